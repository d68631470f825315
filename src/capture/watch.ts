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
    const warning = moved ? undefined : warnings[state];
    if (warning && told !== warning.code) warn(warning);
    told = warning?.code;
  }
}

const warnings: Record<"running" | "suspended" | "interrupted", Warning> = {
  running: {
    code: "clock-stalled",
    message: `The AudioContext says "running", but its clock has stood still for ${stallSeconds} s: nothing is captured.`,
    remedy:
      "Check the output device: a context is driven by it. Choosing another with setSinkId() starts the clock again.",
  },
  suspended: {
    code: "context-suspended",
    message: "The AudioContext was suspended during the turn: nothing is captured.",
    remedy: "Call resume() on it in a click, or end the turn.",
  },
  interrupted: {
    code: "context-interrupted",
    message: "The system has interrupted the page's audio (a call, or another app): nothing is captured.",
    remedy: "Wait: the system gives the audio back. Do not call resume() meanwhile.",
  },
};
