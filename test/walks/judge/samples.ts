import type { WalkRecord } from "../record.js";
import type { Run } from "../signal.js";
import type { Conditions } from "./conditions.js";
import type { TurnFacts } from "./facts.js";
import type { Finding } from "./finding.js";

/** Seconds at a seam between two ids that may be heard again, and a little more for the samples that nobody can tell apart. */
const seamSeconds = 0.12;

/** Samples that were heard twice, in another order, or under the id of another turn. */
export function samples(facts: TurnFacts, record: WalkRecord, { wayOut }: Conditions): Finding[] {
  const { record: turn, runs, ids } = facts;
  const findings: Finding[] = [];
  const add = (rule: Finding["rule"], text: string): void => {
    findings.push({ rule, turn: turn.index, at: turn.settledAt, text });
  };
  const rate = record.sampleRate;
  const alien = runs.reduce((sum, run) => sum + (run.source === turn.number || run.source === -2 ? 0 : run.length), 0);
  // A few samples at each seam cannot be told from one another.
  if (alien > 4 * runs.length) add("mixed", `${alien} samples are none of its source's.`);
  const { twiceFrames, movedFrames } = again(runs.filter(({ source }) => source === turn.number));
  const seams = Math.max(1, ids.length - 1);
  const most = seamSeconds * seams * rate;
  if (wayOut.doubles || wayOut.moves) return findings;
  if (twiceFrames > most) add("twice", `${(twiceFrames / rate).toFixed(2)} s were heard again.`);
  if (movedFrames > most)
    add("order", `${(movedFrames / rate).toFixed(2)} s were heard before what belongs before them.`);
  return findings;
}

/** Samples of one source that were heard again, and samples that were heard before earlier ones of the source were. */
function again(runs: readonly Run[]): { twiceFrames: number; movedFrames: number } {
  const heard: { from: number; to: number }[] = [];
  let twiceFrames = 0;
  let movedFrames = 0;
  for (const { from, length } of runs) {
    const to = from + length;
    let overlap = 0;
    let beyond = 0;
    for (const range of heard) {
      overlap += Math.max(0, Math.min(to, range.to) - Math.max(from, range.from));
      beyond += Math.max(0, range.to - Math.max(to, range.from));
    }
    twiceFrames += Math.min(overlap, length);
    movedFrames += Math.min(Math.max(0, length - overlap), beyond);
    heard.push({ from, to });
  }
  return { twiceFrames, movedFrames };
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
