import { energy } from "./energy.js";
import type { GateOptions } from "./protocol.js";

/** Seconds of one measurement. */
const windowSeconds = 0.01;
/** dB below the threshold at which speech counts as over, so that a level at the threshold does not flutter. */
const hysteresisDb = 3;
/** dB of full scale below which nothing is speech: the noise of a good microphone. */
const lowestDb = -55;
/** dB per second by which the tracked floor rises: slower than words, faster than a fan that is switched on stays unnoticed. */
const riseDb = { quiet: 6, speech: 1 };

/**
 * Tells when somebody speaks, by level: a noise floor is tracked (down at once, up slowly), and what stays above it by a
 * margin is speech. Knows no voice from a door: a model does. Allocates nothing after construction.
 */
export class Gate {
  readonly #options: GateOptions;
  readonly #windowFrames: number;
  #energy = 0;
  #counted = 0;
  #floor: number | undefined;
  #active = false;
  /** Seconds above the threshold, or, in speech, below. */
  #run = 0;
  #runFrame = 0;

  /** `sampleRate`: Hz of the blocks. */
  constructor(options: GateOptions, sampleRate: number) {
    this.#options = options;
    this.#windowFrames = Math.round(windowSeconds * sampleRate);
  }

  /** Whether somebody is taken to speak. */
  get active(): boolean {
    return this.#active;
  }

  /**
   * Takes a block that begins at context frame `frame`. Returns the frame at which speech began or ended, when `active`
   * has just changed; else -1.
   */
  push(plane: Float32Array, frame: number): number {
    let changed = -1;
    let at = 0;
    while (at < plane.length) {
      const end = Math.min(plane.length, at + this.#windowFrames - this.#counted);
      this.#energy += energy(plane, at, end);
      this.#counted += end - at;
      at = end;
      if (this.#counted < this.#windowFrames) break;
      const level = 10 * Math.log10(this.#energy / this.#counted + 1e-12);
      this.#energy = 0;
      this.#counted = 0;
      if (this.#decide(level, frame + at - this.#windowFrames)) changed = this.#runFrame;
    }
    return changed;
  }

  #decide(level: number, frame: number): boolean {
    const { thresholdDb, attackSeconds, hangoverSeconds } = this.#options;
    const rise = (this.#active ? riseDb.speech : riseDb.quiet) * windowSeconds;
    this.#floor = Math.min(level, (this.#floor ?? level) + rise);
    const threshold = Math.max(this.#floor + thresholdDb, lowestDb) - (this.#active ? hysteresisDb : 0);
    const counts = this.#active ? level < threshold : level >= threshold;
    if (!counts) {
      this.#run = 0;
      return false;
    }
    if (this.#run === 0) this.#runFrame = frame;
    this.#run += windowSeconds;
    if (this.#run < (this.#active ? hangoverSeconds : attackSeconds) - 1e-9) return false;
    this.#run = 0;
    this.#active = !this.#active;
    return true;
  }
}
