import type { TurnRecord, WalkRecord } from "../record.js";
import type { Conditions } from "./conditions.js";
import type { TurnFacts } from "./facts.js";
import type { Finding } from "./finding.js";

/** Why a turn was cut: each cause needs somebody who did it, then. */
export function causes(facts: TurnFacts, record: WalkRecord, conditions: Conditions): Finding[] {
  const { record: turn } = facts;
  const { outcome, settledAt, index } = turn;
  if (outcome?.type !== "interrupted") return [];
  const fits = record.cuts.some((cut) => {
    if (cut.by !== outcome.by || (cut.turn !== undefined && cut.turn !== index)) return false;
    if (outcome.by === "replica") return cut.at >= turn.madeAt - conditions.lagSeconds && cut.at <= settledAt + 1e-6;
    return Math.abs(cut.at - settledAt) < 1e-6;
  });
  // Others may interrupt the replica: a hostile participant does not, it only says that somebody did.
  if (fits || (outcome.by === "close" && record.closedAt !== undefined)) return [];
  return [{ rule: "cause", turn: index, at: settledAt, text: `interrupted by ${outcome.by}, which never happened.` }];
}

/** Errors that the source, or the walk itself, accounts for. */
function isOwnFailure({ record: turn }: TurnFacts, code: string): boolean {
  if (code === "source-failed") return turn.source?.ending === "fails";
  if (code === "source-stalled") return turn.source?.ending === "open";
  if (code === "no-audio") return turn.total === 0 || turn.endedAt !== undefined || turn.resumed !== undefined;
  return false;
}

/** In a walk without faults every turn is spoken, unless the app cut it; no warning, no error, nothing late. */
export function health(all: readonly TurnFacts[], record: WalkRecord, conditions: Conditions): Finding[] {
  if (!conditions.benign && !sourceFaultsOnly(conditions)) return [];
  const findings: Finding[] = [];
  for (const facts of all) {
    const { index, outcome, settledAt } = facts.record;
    // Ten readings of the level a second do not catch it.
    const unseen = conditions.kinds.has("events-never") && loudSeconds(facts.record) < 0.3;
    if (outcome?.type === "failed" && !unseen && !isOwnFailure(facts, outcome.error.code))
      findings.push({
        rule: "healthy",
        turn: index,
        at: settledAt,
        text: `failed with ${outcome.error.code}: ${outcome.error.message}`,
      });
  }
  if (!conditions.clean) return findings;
  for (const { at, code } of record.warnings)
    if (!expectedWarning(code, record)) findings.push({ rule: "healthy", at, text: `The warning ${code} was given.` });
  return findings;
}

/** Seconds of a turn that a level can show. */
function loudSeconds({ source }: TurnRecord): number {
  if (!source) return Number.POSITIVE_INFINITY;
  return source.parts.reduce((sum, { seconds, quiet }) => sum + (quiet ? 0 : seconds), 0);
}

const sourceFaultsOnly = ({ kinds }: Conditions): boolean =>
  [...kinds].every((kind) => kind === "source-fails" || kind === "source-stalls");

function expectedWarning(code: string, { walk }: WalkRecord): boolean {
  // What a stop's duration measures is unknown: an odd one may be doubted, never failed.
  const durations = String(walk.room.model?.durations ?? "seconds");
  if (code === "heard-doubtful") return durations !== "seconds";
  if (code === "source-silent")
    return walk.steps.some((step) => step.do === "speak" && step.source.parts.some(({ quiet }) => quiet));
  if (code !== "source-stalled") return false;
  return walk.steps.some((step) => {
    const parts = step.do === "speak" ? step.source.parts : step.do === "say" ? step.parts : [];
    return parts.some(({ pauseSeconds }) => pauseSeconds > 3);
  });
}

/** Every failed turn is an error event too; and nothing is thrown past the app. */
export function bookkeeping(all: readonly TurnFacts[], record: WalkRecord): Finding[] {
  const findings: Finding[] = record.uncaught.map((text) => ({ rule: "uncaught", at: 0, text }));
  for (const { record: turn } of all) {
    const { outcome, settledAt, index } = turn;
    if (outcome?.type !== "failed") continue;
    const { code } = outcome.error;
    if (!record.errors.some((error) => error.code === code && Math.abs(error.at - settledAt) < 1e-6))
      findings.push({
        rule: "silent-failure",
        turn: index,
        at: settledAt,
        text: `failed with ${code}, without an error event.`,
      });
  }
  return findings;
}
