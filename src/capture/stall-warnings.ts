import type { Warning } from "../warning.js";

/** What to tell about a context in each state that gives no samples, after `stallSeconds` of it. */
export function stallWarnings(stallSeconds: number): Record<"running" | "suspended" | "interrupted", Warning> {
  return {
    running: {
      code: "clock-stalled",
      message: `The AudioContext says "running", but its clock has stood still for ${stallSeconds} s: nothing is captured.`,
      remedy:
        "Check the output device, which drives a context: choosing another with setSinkId() starts the clock again.",
    },
    suspended: {
      code: "context-suspended",
      message: "The AudioContext was suspended during the turn: nothing is captured.",
      remedy: "Call replica.prepare() in a click, or resume() if the context is yours; or end the turn.",
    },
    interrupted: {
      code: "context-interrupted",
      message: "The system has interrupted the page's audio (a call, or another app): nothing is captured.",
      remedy: "Wait until the system gives the audio back, and do not call resume() meanwhile.",
    },
  };
}
