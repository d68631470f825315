import { systemClock } from "../flow/clock.js";
import type { Warning } from "../warning.js";
import { stateOf } from "./context.js";

/** Seconds without progress after which a running clock counts as stalled. */
const stallSeconds = 2;

/**
 * Tells, until `signal` aborts, when `context` stops giving samples: suspended, interrupted (iOS), or "running" with a
 * clock that stands still (an output device that is asleep or gone). Each once until it moves again.
 */
export async function watchContext(
  context: BaseAudioContext,
  signal: AbortSignal,
  warn: (warning: Warning) => void,
): Promise<void> {
  let told: string | undefined;
  let time = context.currentTime;
  while (!signal.aborted) {
    await systemClock.sleep(stallSeconds, signal);
    const moved = context.currentTime !== time;
    time = context.currentTime;
    const state = stateOf(context);
    if (signal.aborted || state === "closed") return;
    const trouble = moved ? undefined : state;
    // Its words are loaded when they are needed.
    if (trouble && trouble !== told) warn((await import("./stall-warnings.js")).stallWarnings(stallSeconds)[trouble]);
    told = trouble;
  }
}
