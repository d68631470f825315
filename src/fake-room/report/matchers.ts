import { checkOptions, count, finite, show } from "../option-rules.js";
import { compareSamples, describeComparison } from "./compare-samples.js";

/** What {@link fakeRoomMatchers} look at: a turn of `room.turns()`, what `room.heard()` gives, or bare samples. */
export type Heard = Int16Array | { readonly pcm: Int16Array; readonly sampleRate: number };

/** How near is near enough. */
export interface HearingTolerance {
  /** Level of the signal over the error in dB that is enough, a shift taken out. Default: every sample must be the same. */
  db?: number;
  /** Samples by which what was heard may be late or early. Default 0. */
  shiftFrames?: number;
}

interface Verdict {
  readonly pass: boolean;
  message(): string;
}

/**
 * For `expect.extend()` of Vitest, Jest and Playwright: `expect(turn).toHaveHeard(samples)`. A failure tells the first difference, the shift and
 * the level in dB instead of thousands of samples.
 */
export const fakeRoomMatchers = {
  /** Whether these samples were heard: exactly, or within a tolerance. */
  toHaveHeard(received: unknown, expected: unknown, tolerance: HearingTolerance = {}): Verdict {
    checkOptions("option of toHaveHeard()", { db: finite, shiftFrames: count(0) }, tolerance);
    const heard = samplesOf(received, "expect()");
    const wanted = samplesOf(expected, "toHaveHeard()");
    const comparison = compareSamples(heard.pcm, wanted.pcm);
    const { same, db, shiftFrames, heardFrames, expectedFrames } = comparison;
    const { db: enough, shiftFrames: mostShift = 0 } = tolerance as HearingTolerance;
    const near =
      enough !== undefined &&
      db >= enough &&
      Math.abs(shiftFrames) <= mostShift &&
      Math.abs(heardFrames - expectedFrames) <= mostShift;
    return { pass: same || near, message: () => describeComparison(comparison, heard.sampleRate) };
  },
};

function samplesOf(value: unknown, where: string): { pcm: Int16Array; sampleRate: number } {
  // By its name: under jsdom a test's own Int16Array is another realm's.
  const isSamples = (one: unknown): one is Int16Array => Object.prototype.toString.call(one) === "[object Int16Array]";
  if (isSamples(value)) return { pcm: value, sampleRate: 24_000 };
  const { pcm, sampleRate } = (value ?? {}) as { pcm?: unknown; sampleRate?: unknown };
  if (isSamples(pcm) && typeof sampleRate === "number") return { pcm, sampleRate };
  throw new TypeError(`${where} takes samples (Int16Array), or what the fake room heard, not ${show(value)}.`);
}
