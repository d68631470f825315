import { type Basis, place, run } from "./playback-clock.js";
import type { PlaybackFact, PlaybackState, Span, SpanEnd } from "./state.js";

/** A state while it is being changed, and the facts so far. It belongs to one call of `reduce()`. */
export type Step = PlaybackState & { facts: PlaybackFact[] };

/** Events about what is over arrive within seconds; this many utterances are not over in that time. */
const rememberedIds = 64;
/** A start that arrives so much later than it was due is hardly that of what was sent. */
const lateSeconds = 1.5;
/** How long a foreign speech may go on whose stop has not arrived; after that it was missed. */
const foreignSeconds = 60;

/** How far a measured duration may be off: by the frame of a video, by rounding, by the network. Never more than half. */
export const toleranceOf = (seconds: number): number => Math.min(seconds / 2, Math.max(0.5, 0.02 * seconds));

/** Until when the replica may say something that is no turn of ours, as far as is known. */
export const foreignUntil = ({ foreign }: PlaybackState): number =>
  foreign ? foreign.since + foreignSeconds : -Infinity;

/** Events under these ids are not about the current span from now on. */
export function remember(s: Step, ...ids: readonly (string | undefined)[]): void {
  s.past = [...s.past, ...ids.filter((id) => id !== undefined)].slice(-rememberedIds);
}

/** The replica is heard: saying `turn`, or something that is none of ours. */
export function sounds(s: Step, turn: string | undefined, basis: Basis): void {
  if (s.sounding && (turn === undefined || s.sounding.turn === turn)) return;
  hush(s, true);
  s.sounding = { turn };
  s.facts.push({ type: "speaking", turn, basis });
}

/** The replica is no longer heard. */
export function hush(s: Step, interrupted: boolean): void {
  if (s.sounding) s.facts.push({ type: "silent", turn: s.sounding.turn, interrupted });
  s.sounding = undefined;
}

/** The first sound of the span. */
export function begins(s: Step, span: Span, basis: Basis): void {
  if (!span.began) s.facts.push({ type: "began", turn: span.turn });
  span.began = true;
  sounds(s, span.turn, basis);
}

/** The start of the span was heard at `at`, under `id`. */
export function anchors(s: Step, span: Span, id: string | undefined, at: number, now: number): void {
  const late = id !== span.id && at > span.clock.startsAt + lateSeconds;
  if (!late && !span.anchor && span.basis === "estimate") measures(s, span, at);
  span.anchor = { id, at, late };
  span.alias = id ?? span.alias;
  span.start = span.stop = undefined;
  span.basis = "event";
  s.foreign = undefined;
  s.call.idsKept ||= id === span.id;
  place(span.clock, at, 0);
  run(span.clock, now);
  begins(s, span, "event");
}

/** Its sound was heard at `at`: as long takes the next one. */
export function measures(s: Step, span: Span, at: number): void {
  if (span.waited) return;
  s.startSeconds = Math.max(0, at - span.firstSentAt);
  s.call.measured = true;
}

/** Something else is being said until `until` at the latest, or was until now: nothing of the span is heard before. */
export function waits(span: Span, now: number, until: number, startSeconds: number): void {
  if (span.anchor) return;
  span.waited = true;
  span.notBefore = until;
  place(span.clock, now, 0, Math.max(until, span.firstSentAt + startSeconds));
}

/** What was taken for the span was something else, until now. */
export function withdraws(s: Step, span: Span, now: number): void {
  remember(s, span.alias);
  span.anchor = span.alias = span.stop = undefined;
  span.basis = "estimate";
  s.call.foreign = true;
  waits(span, now, now, s.startSeconds);
}

/** The span is over. `heard`: seconds of it. */
export function ends(s: Step, span: Span, end: SpanEnd, heard: number, basis: Basis): void {
  const { turn, id, clock } = span;
  s.span = undefined;
  remember(s, id, span.alias);
  if (end === "spoken" || end === "doubtful") s.call.foreign = false;
  else if (end === "unheard" && s.call.foreign && ++s.call.foreignTurns > 1) doubts(s, span, "not-echo-persona");
  if (heard > 0 && end !== "unheard") s.call.foreignTurns = 0;
  s.facts.push({ type: "ended", turn, id, end, done: span.done, heardSeconds: heard, sentSeconds: clock.sent, basis });
  if (s.sounding?.turn === turn) hush(s, end !== "spoken" && end !== "doubtful");
}

/** Something is to be known about the evidence itself: once a call, or about each turn. */
export function doubts(s: Step, { turn }: Span, code: Extract<PlaybackFact, { type: "doubt" }>["code"]): void {
  if (code !== "heard-doubtful") {
    if (s.call.warned.includes(code)) return;
    s.call.warned = [...s.call.warned, code];
  }
  s.facts.push({ type: "doubt", turn, code });
}
