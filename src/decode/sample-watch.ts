import type { Warning } from "../warning.js";
import { mpegFrames } from "./mpeg-frame.js";
import type { PcmFormat } from "./sample-format.js";
import * as formats from "./sample-format.js";

/** Bytes that are looked at together: enough for a stable statement, little enough to cost nothing. */
const windowBytes = 8192;
/** Error messages are short. */
const leastBytes = 32;

/**
 * Looks at declared samples as they pass, window after window, for signs that they are something else. What is conspicuous
 * is judged by code that loads then; most turns never need it.
 */
export class SampleWatch {
  readonly #warn: (warning: Warning) => void;
  #format: PcmFormat | undefined;
  readonly #window = new Uint8Array(windowBytes);
  #length = 0;
  #judging: Promise<void>[] = [];
  #windows = 0;
  #conspicuous = 0;
  #warned = false;

  /** `warn` is told what is doubted, once. */
  constructor(warn: (warning: Warning) => void) {
    this.#warn = warn;
  }

  /** Whole frames of `format`; they are copied. */
  push(bytes: Uint8Array, format: PcmFormat): void {
    if (format !== this.#format) this.#look();
    this.#format = format;
    const size = windowBytes - (windowBytes % formats.frameBytes(format));
    for (let at = 0; at < bytes.length && !this.#warned; ) {
      const taken = bytes.subarray(at, at + size - this.#length);
      this.#window.set(taken, this.#length);
      this.#length += taken.length;
      at += taken.length;
      if (this.#length === size) this.#look();
    }
  }

  /** Resolves when all that was conspicuous is judged. */
  async end(): Promise<void> {
    this.#look();
    await Promise.all(this.#judging.splice(0));
  }

  #look(): void {
    const window = this.#window.subarray(0, this.#length);
    const format = this.#format;
    this.#length = 0;
    if (!format || window.length < leastBytes || this.#warned) return;
    const first = this.#windows++ === 0;
    if (!isConspicuous(formats.decodeFrames(window, format))) return;
    // What raised no doubt for so long is noise by nature.
    if (this.#conspicuous++ < 8 || this.#conspicuous % 8 === 0)
      this.#judging.push(this.#judge(window.slice(), format, first));
  }

  async #judge(window: Uint8Array, format: PcmFormat, first: boolean): Promise<void> {
    const { doubt } = await import("./doubt.js");
    const warning = this.#warned ? undefined : doubt(window, format, first, { ...formats, mpegFrames });
    if (!warning) return;
    this.#warned = true;
    this.#warn(warning);
  }
}

/**
 * Whether samples are worth a closer look: they are loud and rough, as misread bytes are, or hardly resemble their
 * neighbours at all; not all are numbers within the reach of audio; or every other step is unlike the one before it, as in
 * channels that were taken for one, and one that was taken for two.
 */
function isConspicuous(planes: readonly Float32Array[]): boolean {
  let power = 0;
  let sum = 0;
  const steps = [0, 0];
  let extreme = 0;
  let count = 0;
  for (const plane of planes)
    for (let n = 0; n < plane.length; n++) {
      const sample = plane[n] as number;
      count++;
      sum += sample;
      power += sample * sample;
      steps[n & 1] = (steps[n & 1] as number) + (sample - (plane[n - 1] ?? sample)) ** 2;
      const size = Math.abs(sample);
      if (!(size < 8) || (size > 0 && size < 1e-10)) extreme++;
    }
  if (extreme > 0) return true;
  const [even = 0, odd = 0] = steps;
  const variance = power - (sum * sum) / count;
  if (variance <= 0) return false;
  const roughness = (even + odd) / variance;
  if (roughness > 0.9 || (roughness > 0.12 && power / count > 0.04)) return true;
  if (planes.length === 1) return Math.min(even, odd) < Math.max(even, odd) / 4;
  return planes.length === 2 && isOneInterleaved(planes as [Float32Array, Float32Array]);
}

/** Whether the second channel lies between the samples of the first. */
function isOneInterleaved([left, right]: readonly [Float32Array, Float32Array]): boolean {
  let across = 0;
  let between = 0;
  for (let n = 0; n + 1 < left.length; n++) {
    across += ((right[n] as number) - (left[n] as number)) ** 2;
    between += ((right[n] as number) - ((left[n] as number) + (left[n + 1] as number)) / 2) ** 2;
  }
  return between < across / 4;
}
