/**
 * What a position rests on. "event": Tavus' started and stopped, clock time between; "media": measured on the replica's
 * own audio; "estimate": computed from what was sent and when.
 */
export type Basis = "event" | "media" | "estimate";

/**
 * A model of the replica's playback of one `inference_id`: clock time from its start on, standing still where all that
 * was sent has been played. Times are seconds of the clock; the others are seconds of audio.
 */
export interface PlaybackClock {
  /** Audio sent. */
  sent: number;
  /** Audio heard at `countedTo`. */
  heard: number;
  countedTo: number;
  /** Playback runs from here on; Infinity: it stands. */
  playsFrom: number;
  /** When the first sound is heard, or was; Infinity as long as nothing was sent. */
  startsAt: number;
  /** When all that was sent had been heard. */
  dryAt: number;
}

/** Nothing was sent. */
export const stillClock = (): PlaybackClock => ({
  sent: 0,
  heard: 0,
  countedTo: -Infinity,
  playsFrom: Infinity,
  startsAt: Infinity,
  dryAt: -Infinity,
});

/** Brings `clock` to `now`; returns the seconds heard. */
export function run(clock: PlaybackClock, now: number): number {
  const from = Math.max(clock.countedTo, clock.playsFrom);
  if (now > from && clock.heard < clock.sent) {
    clock.dryAt = from + clock.sent - clock.heard;
    clock.heard = Math.min(clock.sent, clock.heard + now - from);
  }
  clock.countedTo = Math.max(clock.countedTo, now);
  return clock.heard;
}

/** `seconds` have been sent in all. Without anything known of the start, it is expected `startSeconds` later. */
export function extend(clock: PlaybackClock, seconds: number, now: number, startSeconds: number): void {
  run(clock, now);
  if (clock.playsFrom === Infinity) clock.playsFrom = now + startSeconds;
  if (clock.sent === 0) clock.startsAt = clock.playsFrom;
  clock.sent = seconds;
}

/** Playback is `heard` seconds into the audio at `now`, and runs from `from` on. */
export function place(clock: PlaybackClock, now: number, heard: number, from = now): void {
  clock.heard = Math.min(clock.sent, heard);
  clock.countedTo = now;
  clock.playsFrom = from;
  if (clock.heard === 0) clock.startsAt = from;
  else if (clock.heard === clock.sent) clock.dryAt = now;
}

/** When `seconds` will have been heard, if nothing stops it; Infinity when that much was not sent, or it cannot be said. */
export function timeOf(clock: PlaybackClock, seconds: number, now: number): number {
  const heard = run(clock, now);
  if (seconds <= heard) return now;
  if (seconds > clock.sent + 1e-9) return Infinity;
  return Math.max(now, clock.playsFrom) + (seconds - heard);
}

/** When all that was sent so far will have been, or was, heard. */
export function endsAt(clock: PlaybackClock, now: number): number {
  return run(clock, now) < clock.sent ? timeOf(clock, clock.sent, now) : clock.dryAt;
}
