import type { Told, WalkRecord } from "../record.js";
import { lookSeconds } from "../record.js";
import type { Conditions } from "./conditions.js";
import { type Evidence, evidenceOf } from "./evidence.js";
import type { TurnFacts } from "./facts.js";
import type { Finding } from "./finding.js";

const short = (seconds: number): string => seconds.toFixed(2);

/** What was told of a turn goes beyond what the room had heard of it. */
export function claims(facts: TurnFacts, record: WalkRecord, conditions: Conditions): Finding[] {
  const findings: Finding[] = [];
  const { record: turn, tolerance, heardSeconds, wholeSeconds } = facts;
  const { outcome, settledAt: at, index } = turn;
  const exempt = !conditions.eventsCouldCome(at) && !conditions.levelsCouldCome(at);
  if (outcome?.type === "spoken") {
    const missing = wholeSeconds - heardSeconds;
    if (outcome.basis === "estimate" && exempt) {
      if (!record.warnings.some(({ code }) => code === "heard-unconfirmed"))
        findings.push({
          rule: "unconfirmed",
          turn: index,
          at,
          text: "spoken is told where neither events nor a level can come, and heard-unconfirmed never was.",
        });
    } else if (missing > tolerance)
      findings.push({
        rule: "spoken-unheard",
        turn: index,
        at,
        text: `spoken by ${outcome.basis}, but ${short(heardSeconds)} of ${short(wholeSeconds)} s were heard.`,
      });
  }
  const kinds = new Set<Told["what"]>();
  for (const told of turn.told) {
    if (told.basis === "estimate" || kinds.has(told.what)) continue;
    if (told.what === "outcome" && findings.length > 0) continue;
    const evidence = evidenceOf(record, facts.ids, told);
    const wrong = beyond(told, facts, record, evidence);
    if (wrong === undefined) {
      if (told.seconds === 0 || (told.basis === "event" ? evidence.event : evidence.level)) continue;
      kinds.add(told.what);
      const text = `${told.what} of ${short(told.seconds)} s by ${told.basis}, which nothing speaks for.`;
      findings.push({ rule: "basis", turn: index, at: told.at, text });
      continue;
    }
    // Between a start and its stop the client may count, though the room may have paused; that all was heard is judged above.
    const misled = told.seconds > 0 && told.seconds <= evidence.seconds + tolerance;
    if (!misled) kinds.add(told.what);
    const finding: Finding = { rule: misled ? "misled" : "claim", turn: index, at: told.at, text: wrong };
    if (!misled || !findings.some(({ rule }) => rule === "misled")) findings.push(finding);
  }
  return findings;
}

/** Says how what was told goes beyond what was heard; undefined when it does not. */
function beyond(told: Told, facts: TurnFacts, record: WalkRecord, evidence: Evidence): string | undefined {
  const { what, seconds, basis, at } = told;
  if (what === "started" || what === "speaking") {
    // The room is looked at now and then.
    const heardAt = record.moments.find(({ heard }) => facts.heardIn(heard) > 0)?.at ?? Number.POSITIVE_INFINITY;
    if (heardAt - lookSeconds <= at + 0.1) return undefined;
    // It began, and was cut before a sample of it was heard.
    if (evidence.started) return undefined;
    return `${what} by ${basis}, but nothing was heard until ${short(heardAt)} s.`;
  }
  const heard = facts.heardIn(told.heard);
  if (seconds <= heard + facts.tolerance) return undefined;
  return `${what} of ${short(seconds)} s by ${basis}, but ${short(heard)} s were heard.`;
}

/** What was told of a turn falls short of what the room heard. Counted apart; in walks without faults it fails. */
export function doubts(facts: TurnFacts, conditions: Conditions): Finding[] {
  const { record: turn, tolerance, heardSeconds, wholeSeconds } = facts;
  const { outcome, told, settledAt: at, index } = turn;
  const note = told.find(({ what }) => what === "outcome");
  if (!outcome || !note) return [];
  const findings: Finding[] = [];
  // What was heard twice counts once.
  const heard = Math.min(facts.heardIn(note.heard), heardSeconds);
  if (outcome.heardSeconds < heard - tolerance)
    findings.push({
      rule: conditions.clean ? "healthy" : "doubt",
      turn: index,
      at,
      text: `${outcome.type} tells ${short(outcome.heardSeconds)} s by ${outcome.basis}, but ${short(heard)} s had been heard.`,
    });
  const { type } = outcome;
  if (type === "failed" && ["not-heard", "audio-lost"].includes(outcome.error.code) && wholeSeconds > 0)
    if (wholeSeconds - heardSeconds <= tolerance)
      findings.push({ rule: "denied", turn: index, at, text: `${outcome.error.code} is told, but all was heard.` });
  return findings;
}
