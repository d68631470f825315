import { KNOTS_PER_SAMPLE, TABLE, TABLE_SCALE } from "../../src/encoder/prototype-table.js";

/**
 * The encoder's documented filter, evaluated in double precision by other means than the encoder's: the B-spline by its
 * closed form, and each output by a plain convolution. Only the table of coefficients is shared.
 */
const binomial10 = [1, 10, 45, 120, 210, 252, 210, 120, 45, 10, 1];
const factorial9 = 362_880;

/** Centered cardinal B-spline of degree 9, as a sum of truncated powers (Schoenberg 1946). */
function bspline9(t: number): number {
  // Symmetric: the side where fewer powers cancel.
  const x = 5 - Math.abs(t);
  let sum = 0;
  for (let k = 0; k < x; k++) sum += (k % 2 === 0 ? 1 : -1) * binomial10[k] * (x - k) ** 9;
  return sum / factorial9;
}

/** h(t), `t` in samples of the lower rate. */
export function referenceResponse(t: number): number {
  const position = t * KNOTS_PER_SAMPLE;
  let sum = 0;
  for (let j = Math.ceil(position - 5); j <= Math.floor(position + 5); j++)
    sum += (TABLE[Math.abs(j)] ?? 0) * bspline9(position - j);
  return sum / TABLE_SCALE;
}

/**
 * Sample `k` of what the documented filter makes of `input` (in units of s16, not rounded) when the turn began at frame
 * `start` and had `frames` frames: before and after them is silence.
 */
export function referenceSample(
  input: ArrayLike<number>,
  start: number,
  frames: number,
  k: number,
  inputRate: number,
  outputRate: number,
): number {
  const { first, taps } = phaseOf(k, inputRate, outputRate);
  const from = Math.max(0, -first);
  const to = Math.min(taps.length, frames - first);
  // Modulo once and not at every tap: a test evaluates hundreds of thousands of samples.
  let at = (start + first + from) % input.length;
  let sum = 0;
  for (let i = from; i < to; i++) {
    sum += input[at] * taps[i];
    if (++at === input.length) at = 0;
  }
  return sum;
}

const phases = new Map<string, Float64Array>();

/** The taps of output `k`, and the frame that the first of them meets. They repeat with the phase between two frames. */
function phaseOf(k: number, inputRate: number, outputRate: number): { first: number; taps: Float64Array } {
  const scale = Math.min(1, outputRate / inputRate);
  const reach = Math.ceil((TABLE.length + 5) / KNOTS_PER_SAMPLE / scale);
  // Whole numbers throughout, so that equal phases are found equal.
  const phase = (k * inputRate) % outputRate;
  const first = (k * inputRate - phase) / outputRate - reach;
  const key = `${inputRate} ${outputRate} ${phase}`;
  let taps = phases.get(key);
  if (!taps) {
    taps = Float64Array.from(
      { length: 2 * reach + 2 },
      (_, i) => scale * referenceResponse(scale * (i - reach - phase / outputRate)),
    );
    phases.set(key, taps);
  }
  return { first, taps };
}
