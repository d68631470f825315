import type { Source } from "../source/source.js";
import type { Warning } from "../warning.js";
import type { SampleQueue } from "./sample-queue.js";

/** What is judged of a source's level: its first seconds, or all of a shorter one. */
const judged = { leastSeconds: 0.3, mostSeconds: 5 };
/** From how many seconds on it is told that the page did not run. */
const toldSeconds = 5;

/** Windows whose loudest decides whether there was speech in between. */
const windowSeconds = 0.05;
/**
 * dBFS, RMS. Quiet speech lies far above: P.56 speech levels of recordings are -36 to -16 dBov, and its loudest windows some 10 dB
 * above the mean. Both have to be below: of the whole, and of the loudest window.
 */
const silent = { allDb: -68, windowDb: -58 };
/** |sample| from which it counts as loud (-12 dBFS), and as at full scale (-0.2 dBFS, since a filter bends a flat top). */
const loud = 8192;
const full = 32_000;
/** Share of the loud samples at full scale, and seconds of them, from which on the source is clipped. Loud mastered speech stays below a tenth. */
const clipped = { share: 0.5, seconds: 0.1 };

/** What samples measure. */
export interface Levels {
  /** Seconds that were measured. */
  seconds: number;
  /** dBFS; -Infinity for digital silence. */
  peakDb: number;
  /** RMS in dBFS, of everything. */
  rmsDb: number;
  /** RMS in dBFS of the loudest window of 50 ms. */
  loudestDb: number;
  /** Share of the samples that are 0. */
  zeros: number;
  /** Share of the samples above -12 dBFS that are at full scale. */
  clipped: number;
  /** Seconds at full scale. */
  fullSeconds: number;
}

/** Measures samples at `sampleRate` Hz. */
export function levelsOf(samples: Int16Array, sampleRate: number): Levels {
  const window = Math.round(windowSeconds * sampleRate);
  let peak = 0;
  let energy = 0;
  let windowEnergy = 0;
  let loudest = 0;
  const count = { zeros: 0, loud: 0, full: 0 };
  samples.forEach((sample, at) => {
    const size = Math.abs(sample);
    if (size === 0) count.zeros++;
    if (size >= loud) count.loud++;
    if (size >= full) count.full++;
    peak = Math.max(peak, size);
    windowEnergy += size * size;
    if ((at + 1) % window !== 0 && at + 1 < samples.length) return;
    energy += windowEnergy;
    loudest = Math.max(loudest, windowEnergy);
    windowEnergy = 0;
  });
  const db = (square: number): number => 10 * Math.log10(square / 32_768 ** 2);
  return {
    seconds: samples.length / sampleRate,
    peakDb: db(peak * peak),
    rmsDb: db(energy / samples.length),
    loudestDb: db(loudest / Math.min(window, samples.length)),
    zeros: count.zeros / samples.length,
    clipped: count.full / Math.max(1, count.loud),
    fullSeconds: count.full / sampleRate,
  };
}

/** Looks at what a turn's source has given: the samples from its first on, whether it has ended, and for how many seconds the page did not run. */
export type SourceWatch = (samples: SampleQueue, ended: boolean, blockedSeconds: number) => void;

/**
 * Warns of a source that gives silence or is clipped, judged once, by its first 5 seconds or all of a shorter turn, and of a
 * page that does not run while a live one is captured. Loaded with a page's first turn.
 */
export function watchSource(source: Source, sampleRate: number, warn: (warning: Warning) => void): SourceWatch {
  let done = false;
  let told = 0;
  return (samples, ended, blockedSeconds) => {
    if (source.live && blockedSeconds - told > toldSeconds) {
      warn(pageBlocked(blockedSeconds - told));
      told = blockedSeconds;
    }
    const { length } = samples;
    if (done || length < sampleRate * (ended ? judged.leastSeconds : judged.mostSeconds)) return;
    done = true;
    const doubt = levelDoubt(samples.peek(0, Math.min(length, judged.mostSeconds * sampleRate)), sampleRate, () =>
      source.silence?.(),
    );
    if (doubt) warn(doubt);
  };
}

/** The warning that the beginning of a turn, or all of a short one, deserves. `cause`: what its source knows of its silence. */
export function levelDoubt(
  samples: Int16Array,
  sampleRate: number,
  cause: () => string | undefined = () => undefined,
): Warning | undefined {
  const levels = levelsOf(samples, sampleRate);
  const { seconds, rmsDb, peakDb, zeros } = levels;
  const figures = `${seconds.toFixed(1)} s at ${inDb(rmsDb)} RMS, peak ${inDb(peakDb)}, ${percent(zeros)} of the samples 0`;
  if (rmsDb < silent.allDb && levels.loudestDb < silent.windowDb) {
    const why = cause();
    return {
      code: "source-silent",
      message: `The source gave silence: ${figures}${why ? ` (${why.replace(/\.$/, "")})` : ""}.`,
      remedy:
        "Check what feeds the source: a device or track that is muted or disabled, a gain of 0, or a service that synthesised nothing.",
    };
  }
  if (levels.clipped > clipped.share && levels.fullSeconds > clipped.seconds)
    return {
      code: "source-clipped",
      message: `The source is clipped: ${percent(levels.clipped)} of its loud samples are at full scale; ${figures}.`,
      remedy:
        "Turn the gain down in front of the source, and check that samples are scaled once, to -1 to 1 or to 16 bits.",
    };
  return undefined;
}

/** The warning for a page that has not run for `seconds` while a live source was captured. */
export function pageBlocked(seconds: number): Warning {
  return {
    code: "page-blocked",
    message: `The page did not run for ${seconds.toFixed(1)} s during a live turn: what was captured meanwhile is sent late, and whole.`,
    remedy: "Move long work out of the main thread, into a worker or into steps: audio is sent from there.",
  };
}

const inDb = (db: number): string => (Number.isFinite(db) ? `${db.toFixed(1)} dBFS` : "-Infinity dBFS");
const percent = (share: number): string => `${Math.round(100 * share)} %`;
