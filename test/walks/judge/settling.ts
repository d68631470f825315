import { lookSeconds, type WalkRecord } from "../record.js";
import type { Conditions } from "./conditions.js";
import type { TurnFacts } from "./facts.js";
import type { Finding } from "./finding.js";

/** Seconds after its computed end by which a turn must have settled. */
const settleSeconds = 10;
/** Seconds after its stop, or the level's silence, by which it must have settled. */
const stopSeconds = 3;
/** The longest documented wait: for the call and the replica, or for a source that gives nothing. */
const waitSeconds = 30;

/** A turn that does not settle by itself, or settles late. */
export function settling(facts: TurnFacts, record: WalkRecord, conditions: Conditions): Finding[] {
  const { record: turn } = facts;
  const { index, outcome, settledAt } = turn;
  if (!outcome)
    return [
      { rule: "hang", turn: index, at: record.endedAt, text: `still ${turn.turn.state} at the end of the walk.` },
    ];
  const end = computedEnd(facts, record);
  const { clean, lagSeconds } = conditions;
  const lastHeard = lastHeardAt(facts, record);
  const whole = facts.wholeSeconds - facts.heardSeconds <= facts.tolerance;
  if (clean && whole && outcome.type === "spoken" && settledAt > lastHeard + stopSeconds + lookSeconds) {
    const text = `settled at ${settledAt.toFixed(2)} s without any fault, though it was heard until ${lastHeard.toFixed(2)} s.`;
    return [{ rule: "late", turn: index, at: settledAt, text }];
  }
  const bound = end + settleSeconds + lagSeconds + 2 * lookSeconds;
  if (settledAt <= bound) return [];
  const text = `settled at ${settledAt.toFixed(2)} s, ${(settledAt - end).toFixed(2)} s after its computed end.`;
  return [{ rule: "late", turn: index, at: settledAt, text }];
}

/**
 * Room time of the last sample that the turn could have played, worked out from the room's record: the latest of
 * - when the last of its samples was heard,
 * - when all that it sent would have been heard had nothing been lost: each message begins where the one before it ends, or
 *   when it leaves; what the room said meanwhile in other names comes on top,
 * - for a turn that waits (in the queue, for the call, the replica, the network, or its source): when the last of these waits
 *   was over, and the documented time-out where a wait has none of its own.
 */
function computedEnd(facts: TurnFacts, record: WalkRecord): number {
  const { record: turn, sent } = facts;
  let before = 0;
  let othersSeconds = 0;
  const firstAt = sent[0]?.at ?? Number.POSITIVE_INFINITY;
  let othersBefore = 0;
  for (const { at, heard } of record.moments) {
    const own = facts.heardIn(heard);
    let all = 0;
    for (const seconds of heard.values()) all += seconds;
    const others = all - own;
    if (own <= before + 1e-6 && others > othersBefore + 1e-6 && at > firstAt && at <= turn.settledAt)
      othersSeconds += lookSeconds;
    before = own;
    othersBefore = others;
  }
  // How fast a text is spoken is the room's affair: nobody can compute it to the second.
  const slow = turn.kind === "text" ? 2 : 1;
  let lossless = 0;
  for (const { at, seconds } of sent) lossless = Math.max(lossless, at) + seconds * slow;
  const changes = record.passed.flatMap((passed) =>
    passed.way === "event" && passed.event.type !== "message" && passed.at <= turn.settledAt ? [passed.at] : [],
  );
  const queue = record.turns.filter((other) => other.index < turn.index && other.settledAt <= turn.settledAt);
  const waitedUntil = Math.max(turn.madeAt, ...queue.map(({ settledAt }) => settledAt), ...changes);
  const sourceUntil = turn.given.doneAt ?? Math.max(lossless, waitedUntil) + waitSeconds;
  const over = turn.given.doneAt !== undefined || turn.endedAt !== undefined;
  const waits = facts.done && over ? 0 : Math.max(waitedUntil, Math.min(sourceUntil, turn.settledAt)) + waitSeconds;
  // A greeting is not among what the room tells of turns.
  const greetingSeconds = 0.1 * (record.walk.room.model?.greeting?.length ?? 0);
  return Math.max(lastHeardAt(facts, record), lossless + othersSeconds + greetingSeconds, turn.endedAt ?? 0, waits);
}

/** In a walk without faults a turn that need not wait for its source begins soon after the one before it is over. */
export function beginnings(facts: TurnFacts, record: WalkRecord, { clean }: Conditions): Finding[] {
  const { record: turn, sent } = facts;
  const [first] = sent;
  if (!clean || !first || turn.source?.kind !== "pcm") return [];
  const ready = record.states.find(({ state }) => state === "ready")?.at ?? 0;
  const before = record.turns.filter(({ index, settledAt }) => index < turn.index && settledAt <= first.at);
  const due = Math.max(ready, turn.madeAt, ...before.map(({ settledAt }) => settledAt));
  if (first.at <= due + stopSeconds) return [];
  const text = `begins at ${first.at.toFixed(2)} s, though it could at ${due.toFixed(2)} s.`;
  return [{ rule: "late", turn: turn.index, at: first.at, text }];
}

/** When the last of its samples was heard, as far as the room was looked at. */
function lastHeardAt(facts: TurnFacts, { moments }: WalkRecord): number {
  let last = 0;
  let before = 0;
  for (const { at, heard } of moments) {
    const seconds = facts.heardIn(heard);
    if (seconds > before + 1e-6) last = at;
    before = seconds;
  }
  return last;
}

/** A turn is heard on after it was told to be over, though nothing keeps an interrupt from reaching the room. */
export function runsOn(facts: TurnFacts, conditions: Conditions): Finding[] {
  const { record: turn, utterances } = facts;
  const note = turn.told.find(({ what }) => what === "outcome");
  if (!note || turn.outcome?.type === "spoken") return [];
  const more = utterances.reduce((sum, { seconds }) => sum + seconds, 0) - facts.heardIn(note.heard);
  if (more <= 0.5 + conditions.lagSeconds) return [];
  const disturbed = conditions.wayOut.loses || conditions.wayOut.moves;
  const text = `told ${turn.outcome?.type}, then ${more.toFixed(2)} s more of it were heard.`;
  return [{ rule: disturbed ? "runs-on-faulty" : "runs-on", turn: turn.index, at: note.at, text }];
}
