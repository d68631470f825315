import { endsAt, run } from "./playback-clock.js";
import type { Span } from "./state.js";
import {
  anchors,
  doubts,
  ends,
  foreignUntil,
  hush,
  measures,
  remember,
  type Step,
  sounds,
  toleranceOf,
  waits,
  withdraws,
} from "./step.js";

/** Reports of one foreign start, with and without an id, arrive within this time. */
const repeatSeconds = 2;
/** An event cannot name more speech than has passed since the first message; clocks and networks get this much. */
const slackSeconds = 0.25;
/** A stop that ends a turn is waited for this long in case another start shows that it was something else's. */
const settleSeconds = 3;
/** The same before `done`: what the replica has buffered it begins at once. */
const nextStartSeconds = 1;
/** What a duration may hold beyond the sound. */
const padSeconds = 0.3;
/** A stop that names so much more than was sent is no stop of ours. */
const foreignPart = 1.25;
/** The stop of an interrupted turn follows its start as soon as the interrupt followed its first message; jitter gets this much. */
const jitterSeconds = 0.3;

/**
 * The replica began to speak: the current span, as far as can be known? Tavus rewrites ids by a rule that is [unknown], and
 * events may lack them, repeat, or be about a greeting or another client's echo. So: by the id where it is ours, else by order.
 */
export function started(s: Step, id: string | undefined, at: number, now: number): void {
  s.call.events = true;
  const { span } = s;
  if (id !== undefined && s.past.includes(id)) return;
  const certain = id !== undefined && id === span?.id;
  if (!certain && repeatsForeign(s, id, at)) return;
  const another = s.call.idsKept && id !== undefined && !certain;
  const answer = certain ? undefined : s.answers.find(({ known }) => !known);
  if (!span || at < span.firstSentAt || another) {
    // What was interrupted before its start arrived begins late.
    if (answer && !another) {
      s.answers = s.answers.map((one) => (one === answer ? { ...one, ids: [...one.ids, id], known: true } : one));
      remember(s, id);
    } else foreignBegins(s, id, at);
    return;
  }
  if (span.anchor) {
    // A start that is known, reported again.
    if (id === undefined ? !span.stop : id === span.alias) return;
    const over = run(span.clock, now) >= span.clock.sent;
    if (!span.stop && (span.alias === span.id || (!certain && over))) {
      foreignBegins(s, id, at);
      return;
    }
  }
  if (span.stop) withdraws(s, span, now);
  if (answer && !span.start) span.start = { id, at, until: at + answer.seconds + jitterSeconds };
  else anchors(s, span, id, at, now);
}

/** The replica stopped: whose speech was it, and what does that say about the current span? */
export function stopped(
  s: Step,
  event: { id?: string | undefined; seconds?: number | undefined; interrupted: boolean },
  at: number,
  now: number,
): void {
  const { call, span } = s;
  const { id, interrupted } = event;
  call.events = true;
  call.stopless = false;
  s.gateUntil = -Infinity;
  if (s.sounding && s.sounding.turn === undefined) hush(s, interrupted);
  const certain = id !== undefined && id === span?.id;
  if (!certain && endsForeign(s, id, at)) {
    if (span) waits(span, now, at, s.startSeconds);
    return;
  }
  if (id !== undefined && s.past.includes(id)) {
    takeAnswer(s, id);
    return;
  }
  if (span?.start && (id === undefined || id === span.start.id) && !certain) {
    const { start } = span;
    const fits =
      span.done && Math.abs((event.seconds ?? at - start.at) - span.clock.sent) <= toleranceOf(span.clock.sent);
    if (interrupted || !fits) {
      span.start = undefined;
      remember(s, start.id);
      takeAnswer(s);
      return;
    }
    anchors(s, span, start.id, start.at, now);
  }
  if (interrupted && !certain && s.answers.length > 0 && !(span?.anchor && id !== undefined && id === span.alias)) {
    remember(s, id);
    takeAnswer(s);
    return;
  }
  if (span && (certain || id === undefined || span.alias === undefined || id === span.alias))
    spanStopped(s, span, event, certain, at);
}

function spanStopped(
  s: Step,
  span: Span,
  event: { id?: string | undefined; seconds?: number | undefined; interrupted: boolean },
  certain: boolean,
  at: number,
): void {
  const { anchor, clock, done } = span;
  const { sent } = clock;
  const heardByClock = run(clock, at);
  const seconds = event.seconds ?? (anchor ? at - anchor.at : certain ? heardByClock : undefined);
  const ours = certain || anchor !== undefined;
  s.call.idsKept ||= certain;
  if (event.interrupted) {
    if (ours) ends(s, span, "interrupted", Math.min(sent, seconds ?? heardByClock), "event");
    return;
  }
  // A start that never arrived: it can be ours only if so much time has passed.
  if (!ours && !(done && seconds !== undefined && at - span.notBefore >= seconds - slackSeconds)) return;
  if (!span.exact) {
    if (done) {
      clock.sent = seconds ?? sent;
      ends(s, span, "spoken", clock.sent, "event");
    } else span.stop = { at, until: at + (certain ? 0 : nextStartSeconds), seconds: sent, sent };
    return;
  }
  if (seconds === undefined) return;
  const tolerance = toleranceOf(sent);
  // A duration may count the pauses that the sound made.
  const longest = Math.max(sent, anchor ? endsAt(clock, at) - anchor.at : 0) + Math.max(tolerance, padSeconds);
  if (done && seconds >= sent - tolerance && (certain || seconds <= longest)) {
    const agrees = Math.abs(seconds - sent) <= tolerance;
    if (agrees && anchor?.late) measures(s, span, anchor.at);
    s.call.agreed ||= agrees;
    ends(s, span, "spoken", event.seconds === undefined ? sent : Math.min(sent, seconds), "event");
  } else if (ours) {
    // Another's, whose end was awaited for a short turn.
    const foreign = !certain && seconds > foreignPart * longest;
    const wait = certain ? 0 : done && !span.goesOn ? settleSeconds : nextStartSeconds;
    span.stop = { at, until: at + wait, seconds: foreign ? 0 : seconds, sent };
    hush(s, false);
  }
}

/** No other start followed the stop that did not fit: it was the span's own. */
export function settleByStop(s: Step, span: Span, stop: NonNullable<Span["stop"]>): void {
  s.call.overdue = true;
  const { seconds, sent } = stop;
  const tolerance = toleranceOf(sent);
  const whole = seconds >= sent - tolerance;
  if (!span.done && !whole && span.anchor?.late) {
    withdraws(s, span, stop.until);
    return;
  }
  // What left before an outage was noticed is missing at the end, where nothing was sent after it.
  const cut = span.goesOn && span.evidenceSeconds < Infinity && !span.holed && !whole;
  if (!span.done || cut) ends(s, span, "abandoned", whole ? sent : seconds, "event");
  else if (whole) ends(s, span, "spoken", sent, "event");
  else if (seconds === 0 || span.anchor?.late) {
    s.call.foreign = true;
    ends(s, span, "unheard", 0, "estimate");
  } else if (s.call.agreed || (span.anchor && stop.at - span.anchor.at < sent - tolerance))
    ends(s, span, "lost", seconds, "event");
  else {
    doubts(s, span, "heard-doubtful");
    ends(s, span, "doubtful", seconds, "estimate");
  }
}

function foreignBegins(s: Step, id: string | undefined, at: number): void {
  s.foreign = { id, since: at };
  s.call.foreign = true;
  remember(s, id);
  sounds(s, undefined, "event");
}

/** Whether a start under `id` only reports again that a foreign speech goes on. */
function repeatsForeign(s: Step, id: string | undefined, at: number): boolean {
  const { foreign } = s;
  if (!foreign || at >= foreignUntil(s) || (id !== undefined && foreign.id !== undefined)) return false;
  if (id !== undefined && at > foreign.since + repeatSeconds) return false;
  foreign.id ??= id;
  return true;
}

/** Whether a stop under `id` is the end of a foreign speech. */
function endsForeign(s: Step, id: string | undefined, at: number): boolean {
  const { foreign } = s;
  if (!foreign || at >= foreignUntil(s)) return false;
  if (id !== undefined && foreign.id !== undefined && id !== foreign.id) return false;
  s.foreign = undefined;
  return true;
}

/** An interrupt is answered: the one about `id`, and those before it; or the oldest. */
function takeAnswer(s: Step, id?: string): void {
  const index = id === undefined ? 0 : s.answers.findIndex(({ ids }) => ids.includes(id));
  s.answers = s.answers.slice(index + 1);
}
