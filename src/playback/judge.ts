import { settleByStop } from "./correlate.js";
import { endsAt } from "./playback-clock.js";
import type { Span } from "./state.js";
import { anchors, begins, doubts, ends, foreignUntil, type Step, waits } from "./step.js";

/** A start event is waited for this much longer than the sound is expected to take; then the level is asked for. */
const overdueSeconds = 1;
/**
 * How long past the computed end a stop is waited for. `announced` by a start; the same once it is known that stops do not
 * arrive; `missing`: events arrive, and none about this span; `unknown`; `silent`: no event ever arrives, or the level has shown the end.
 */
const graceSeconds = { announced: 10, stopless: 3, missing: 3, unknown: 1.5, silent: 0.3 };
/** A sound of this length shows in a level that is read ten times a second. */
const shownSeconds = 1;
/** Times nearer than this are the same moment: clocks are floating point. */
const momentSeconds = 1e-9;

/** What time alone says about the current span. Returns when it may say more. */
export function judge(s: Step, now: number): number {
  if (s.answers.length > 0) s.answers = s.answers.filter(({ until }) => until > now);
  const { span } = s;
  if (!span) return Infinity;
  const times: number[] = [];
  const due = (time: number): boolean => {
    const passed = time <= now + momentSeconds;
    if (!passed) times.push(time);
    return passed;
  };
  if (span.start && due(span.start.until)) anchors(s, span, span.start.id, span.start.at, now);
  if (span.stop) {
    if (due(span.stop.until)) settleByStop(s, span, span.stop);
    return Math.min(...times, Infinity);
  }
  const foreign = foreignUntil(s);
  if (foreign > now) {
    waits(span, now, foreign, s.startSeconds);
    times.push(foreign);
  }
  if (!span.began) judgeStart(s, span, due);
  if (span.done) judgeEnd(s, span, now, due);
  return Math.min(...times, Infinity);
}

/** Whether the span is heard by now although no start said so. */
function judgeStart(s: Step, span: Span, due: (time: number) => boolean): void {
  const { call } = s;
  if (span.basis === "media") {
    if (due(span.clock.startsAt)) begins(s, span, "media");
    return;
  }
  const time = span.clock.startsAt + (call.events === false && call.level === "none" ? 0 : overdueSeconds);
  if (!due(time)) return;
  call.overdue = true;
  // What is heard may still be what was interrupted.
  if (call.level === "heard" && call.soundedAt >= span.clock.startsAt && s.answers.length === 0)
    begins(s, span, "media");
  // Where events arrive, or the level can be read, a start that neither shows is not claimed.
  else if (!call.events && call.level !== "silent" && call.level !== "heard")
    if (call.level === "none" || due(time + overdueSeconds)) begins(s, span, "estimate");
}

/** Whether the span must be over by now although no stop said so. */
function judgeEnd(s: Step, span: Span, now: number, due: (time: number) => boolean): void {
  const { call, startSeconds } = s;
  const { clock, anchor, basis } = span;
  // A level that was read shows what lasts; Tavus' messages arrive while it stays silent.
  const shows = clock.sent >= shownSeconds;
  const silent = shows && call.level === "silent" && span.provenSeconds > 0;
  // A voice may take twice the time that was guessed for a text.
  const end = endsAt(clock, now) + (span.exact ? 0 : clock.sent);
  let grace = graceSeconds.unknown;
  if (anchor) grace = call.stopless ? graceSeconds.stopless : graceSeconds.announced;
  else if (basis === "media") grace = graceSeconds.silent;
  else if (call.events || (shows && call.level === "heard") || silent) grace = graceSeconds.missing;
  else if (call.events === false) grace = graceSeconds.silent;
  // A stop arrives within the round trip, or the turn need not wait for it to go on.
  if (span.goesOn && (anchor || !call.events)) grace = Math.min(grace, startSeconds + graceSeconds.silent);
  if (span.silentFrom !== undefined) grace = -Infinity;
  if (!due((span.goesOn ? Math.max(end, span.lastSentAt) : end) + grace)) return;
  if (anchor && !span.goesOn) call.stopless = call.overdue = true;
  call.events ??= false;
  const seconds = span.silentFrom ?? clock.sent;
  const sounded = call.level === "heard" && call.soundedAt >= span.notBefore;
  if (seconds < clock.sent) ends(s, span, seconds > 0 ? "lost" : "unheard", seconds, "estimate");
  else if (anchor || basis === "media" || sounded) endUnconfirmed(s, span);
  else if (call.events || (shows && call.level === "heard") || silent) ends(s, span, "unheard", 0, "estimate");
  else {
    doubts(s, span, call.level === "silent" ? "replica-silent" : "heard-unconfirmed");
    endUnconfirmed(s, span);
  }
}

/** Nothing speaks against it. What left just before the network went down may not have arrived. */
function endUnconfirmed(s: Step, span: Span): void {
  const { clock, basis, anchor, evidenceSeconds } = span;
  if (evidenceSeconds >= clock.sent) {
    if (anchor && s.call.agreed && !span.goesOn) doubts(s, span, "heard-doubtful");
    ends(s, span, "spoken", clock.sent, anchor ? "estimate" : basis);
  } else {
    doubts(s, span, "heard-doubtful");
    ends(s, span, "doubtful", evidenceSeconds, "estimate");
  }
}
