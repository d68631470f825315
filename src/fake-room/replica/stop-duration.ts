import type { Model } from "./model.js";
import type { Utterance } from "./utterance.js";

/** Pictures a second of the replica's video, for `frames`; the real rate is [unknown]. */
const videoFrameRate = 25;
/** What `padded` durations have too much: of the order of a renderer's lead-out [unknown]. */
const paddingSeconds = 0.2;

/** The `duration` of an utterance's stop at `now`, under a reading of what it measures. */
export function stopDuration(utterance: Utterance, now: number, reading: Model["durations"]): number | null {
  const seconds = utterance.heardFrames(now) / utterance.sampleRate;
  switch (reading) {
    case "seconds":
      return seconds;
    case "null":
      return null;
    case "wall":
      return utterance.wallSeconds(now);
    case "frames":
      // Floating point must not make a frame of its own.
      return Math.ceil(seconds * videoFrameRate - 1e-6) / videoFrameRate;
    case "padded":
      return seconds === 0 ? 0 : seconds + paddingSeconds;
    default:
      return reading satisfies never;
  }
}
