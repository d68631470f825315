import { type Basis, run, timeOf } from "./playback-clock.js";
import type { PlaybackState } from "./state.js";

/** How far the current span has been heard at `now`, and what that rests on; undefined when none is under way. */
export function position({ span }: PlaybackState, now: number): { seconds: number; basis: Basis } | undefined {
  if (!span) return undefined;
  const seconds = Math.min(run({ ...span.clock }, now), span.stop?.seconds ?? Infinity);
  return { seconds, basis: seconds > span.evidenceSeconds ? "estimate" : span.basis };
}

/** When `seconds` of the current span will have been heard, if nothing stops it; Infinity when it cannot be said. */
export const heardAt = ({ span }: PlaybackState, seconds: number, now: number): number =>
  span ? timeOf({ ...span.clock }, seconds, now) : Infinity;
