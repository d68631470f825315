import type { Delivery } from "./delivery.js";

/** What a text-to-speech server does: settable at any time, read when it is needed. */
export interface SpeechScript {
  /** Seed of all generated audio. */
  seed: number;
  /** How audio leaves. */
  delivery: Delivery;
  /** One per generation, laid over {@link SpeechScript.delivery} for it. */
  generations: Delivery[];
  /** Silence before the first character of each generation, in seconds: why a first time is above 0. Default 0.08. */
  leadSeconds: number;
  /** What the times of characters and words count from, where the service's clients do not agree. */
  timesFrom: "chunk" | "generation" | "context";
  /** Seconds between a text and its first audio. */
  latencySeconds: number;
}

/** The script with its defaults. */
export function speechScript(given: Partial<SpeechScript>, timesFrom: SpeechScript["timesFrom"]): SpeechScript {
  return { seed: 1, delivery: {}, generations: [], leadSeconds: 0.08, timesFrom, latencySeconds: 0, ...given };
}
