import { started, stopped } from "./correlate.js";
import { judge } from "./judge.js";
import { extend, place, run, stillClock } from "./playback-clock.js";
import { noEvidence, type PlaybackFact, type PlaybackInput, type PlaybackState } from "./state.js";
import { begins, foreignUntil, hush, remember, type Step } from "./step.js";

/** After an interrupt the next turn waits for the stop event, or this long: Tavus acknowledges nothing else. */
const gateSeconds = 0.5;
/** The stop that answers an interrupt arrives within the round trip; this long while none has been measured. */
const answerSeconds = 3;
/** Once it was measured, it may vary by this much. */
const answerSlackSeconds = 0.5;

/**
 * What was heard, as a pure function: takes what happened at `now` (seconds of any clock that does not go back) and returns
 * the new state, the facts that follow, in order, and when time alone may bring more. `state` stays as it was.
 */
export function reduce(
  state: PlaybackState,
  input: PlaybackInput,
  now: number,
): { state: PlaybackState; facts: readonly PlaybackFact[]; lookAgainAt: number } {
  const { span, foreign } = state;
  const step: Step = {
    ...state,
    call: { ...state.call },
    span: span && { ...span, clock: { ...span.clock } },
    foreign: foreign && { ...foreign },
    facts: [],
  };
  apply(step, input, now);
  const lookAgainAt = judge(step, now);
  const { facts, ...next } = step;
  return { state: next, facts, lookAgainAt };
}

function apply(s: Step, input: PlaybackInput, now: number): void {
  const { call, span } = s;
  switch (input.type) {
    case "sent":
      sent(s, input, now);
      break;
    case "started":
      arrived(s);
      started(s, input.id, input.at ?? now, now);
      break;
    case "stopped":
      arrived(s);
      stopped(s, input, input.at ?? now, now);
      break;
    case "message":
      arrived(s);
      break;
    case "interruptSent":
      interruptSent(s, now);
      break;
    case "dropped":
      if (!span) break;
      remember(s, span.id, span.alias);
      s.span = undefined;
      if (s.sounding?.turn === span.turn) hush(s, true);
      break;
    case "gone":
      if (input.call) s.call = noEvidence();
      s.answers = [];
      s.foreign = undefined;
      s.gateUntil = -Infinity;
      hush(s, true);
      break;
    case "network":
      // How late an outage is noticed is unknown: what left after the last sign of life may be lost.
      if (!input.up && span)
        span.evidenceSeconds = Math.min(span.evidenceSeconds, run(span.clock, now), span.provenSeconds);
      break;
    case "noLevel":
      call.level = "none";
      break;
    case "level":
      level(s, input, now);
      break;
    case "tick":
      break;
    default:
      input satisfies never;
  }
}

function arrived({ span }: Step): void {
  if (span) span.provenSeconds = span.clock.sent;
}

function sent(s: Step, input: PlaybackInput & { type: "sent" }, now: number): void {
  const { turn, id, seconds, done, goesOn, exact } = input;
  s.span ??= {
    turn,
    id,
    exact,
    firstSentAt: now,
    lastSentAt: now,
    done: false,
    goesOn: false,
    began: false,
    waited: false,
    notBefore: now,
    clock: stillClock(),
    basis: "estimate",
    anchor: undefined,
    alias: undefined,
    stop: undefined,
    start: undefined,
    provenSeconds: 0,
    evidenceSeconds: Infinity,
    holed: false,
    silentFrom: undefined,
  };
  const { span } = s;
  span.lastSentAt = now;
  span.holed ||= span.evidenceSeconds < Infinity && !goesOn;
  span.done ||= done;
  span.goesOn = goesOn;
  extend(span.clock, seconds, now, s.startSeconds);
}

function interruptSent(s: Step, now: number): void {
  s.gateUntil = now + gateSeconds;
  const { span, foreign } = s;
  const wait = s.call.measured ? Math.max(1, 2 * s.startSeconds + answerSlackSeconds) : answerSeconds;
  const until = now + wait;
  // It has one voice: behind a foreign speech nothing of ours has begun.
  if (foreign && foreignUntil(s) > now)
    s.answers = [...s.answers, { ids: [foreign.id], known: true, seconds: now - foreign.since, until }];
  else if (span) {
    const { id, alias, anchor, firstSentAt } = span;
    s.answers = [...s.answers, { ids: [id, alias], known: anchor !== undefined, seconds: now - firstSentAt, until }];
  }
  // What was interrupted is over, ours or not.
  if (s.foreign && s.sounding && s.sounding.turn === undefined) hush(s, true);
  s.foreign = undefined;
}

function level(s: Step, input: PlaybackInput & { type: "level" }, now: number): void {
  const { call, span } = s;
  const { loud, heard, silentFrom } = input;
  if (loud) {
    call.level = "heard";
    call.soundedAt = now;
  } else if (call.level !== "heard") call.level = "silent";
  if (!span) return;
  if (heard !== undefined && !span.anchor) {
    if (span.basis === "estimate" && loud && !span.waited) s.startSeconds = Math.max(0, now - heard - span.firstSentAt);
    span.basis = "media";
    place(span.clock, now, heard);
    begins(s, span, "media");
  }
  if (loud) span.silentFrom = undefined;
  else if (call.level === "heard") span.silentFrom ??= silentFrom;
}
