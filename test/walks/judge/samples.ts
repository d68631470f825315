import type { WalkRecord } from "../record.js";
import type { Conditions } from "./conditions.js";
import type { TurnFacts } from "./facts.js";
import type { Finding } from "./finding.js";

/** Samples that were heard twice, in another order, or under the id of another turn. */
export function samples(facts: TurnFacts, record: WalkRecord, { wayOut }: Conditions): Finding[] {
  const { record: turn, runs, ids } = facts;
  const findings: Finding[] = [];
  const add = (rule: Finding["rule"], text: string): void => {
    findings.push({ rule, turn: turn.index, at: turn.settledAt, text });
  };
  const rate = record.sampleRate;
  const alien = runs.reduce((sum, run) => sum + (run.source === turn.number ? 0 : run.length), 0);
  // A few samples at each seam cannot be told from one another.
  if (alien > 4 * runs.length) add("mixed", `${alien} samples are none of its source's.`);
  const own = runs.filter(({ source }) => source === turn.number);
  let end = 0;
  let twice = 0;
  let back = 0;
  for (const { from, length } of own) {
    const overlap = Math.max(0, Math.min(end, from + length) - from);
    twice += overlap;
    if (overlap > 0 && from + length < end) back = Math.max(back, end - from);
    end = Math.max(end, from + length);
  }
  const seams = Math.max(1, ids.length - 1);
  if (!wayOut.doubles && !wayOut.moves && twice / rate > 0.1 * seams + 0.001)
    add(back > 0 ? "order" : "twice", `${(twice / rate).toFixed(2)} s were heard again.`);
  return findings;
}

/** A resumed turn begins where the turn that it resumes was told to have come to, or before it. */
export function resumes(facts: TurnFacts): Finding[] {
  const { record: turn, firstSeconds } = facts;
  const { resumed } = turn;
  if (!resumed?.outcome || firstSeconds === undefined || turn.kind === "text") return [];
  let from = resumed.outcome.heardSeconds;
  for (let before = resumed.resumed; before?.outcome; before = before.resumed) from += before.outcome.heardSeconds;
  if (firstSeconds <= from + 0.1) return [];
  return [
    {
      rule: "resume",
      turn: turn.index,
      at: turn.madeAt,
      text: `begins at ${firstSeconds.toFixed(2)} s, but ${from.toFixed(2)} s were told to be heard.`,
    },
  ];
}

/** Audio that left after the network was reported to be gone. */
export function outages(record: WalkRecord): Finding[] {
  const findings: Finding[] = [];
  let down = false;
  for (const passed of record.passed) {
    if (passed.way === "event" && passed.event.type === "network") down = !passed.event.up;
    if (passed.way !== "sent" || !down) continue;
    if ((passed.message as { event_type?: unknown }).event_type !== "conversation.echo") continue;
    findings.push({ rule: "outage", at: passed.at, text: "Audio left while the network was reported to be gone." });
    break;
  }
  return findings;
}
