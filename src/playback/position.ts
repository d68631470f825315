import { type Basis, endsAt, run, timeOf } from "./playback-clock.js";
import type { PlaybackState } from "./state.js";

/** A stop may be this late beyond the round trip. */
const overdueSeconds = 0.5;

/** How far the current span has been heard at `now`, and what that rests on; undefined when none is under way. */
export function position(state: PlaybackState, now: number): { seconds: number; basis: Basis } | undefined {
  const { span, startSeconds } = state;
  if (!span) return undefined;
  const clock = { ...span.clock };
  const seconds = Math.min(run(clock, now), span.stop?.seconds ?? Infinity);
  // Where the stop should have arrived by now, the end is computed.
  const overdue = span.done && now > endsAt(clock, now) + startSeconds + overdueSeconds;
  return { seconds, basis: overdue || seconds > span.evidenceSeconds ? "estimate" : span.basis };
}

/** When `seconds` of the current span will have been heard, if nothing stops it; Infinity when it cannot be said. */
export const heardAt = ({ span }: PlaybackState, seconds: number, now: number): number =>
  span ? timeOf({ ...span.clock }, seconds, now) : Infinity;
