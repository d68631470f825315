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
  const scale = Math.min(1, outputRate / inputRate);
  const reach = (TABLE.length + 5) / KNOTS_PER_SAMPLE / scale;
  const middle = (k * inputRate) / outputRate;
  let sum = 0;
  const from = Math.max(0, Math.ceil(middle - reach));
  const to = Math.min(frames - 1, Math.floor(middle + reach));
  for (let n = from; n <= to; n++) sum += input[(start + n) % input.length] * scale * tap(scale * (n - middle));
  return sum;
}

const taps = new Map<number, number>();

/** The phases repeat, so a turn needs only some thousand values. */
function tap(t: number): number {
  const key = Math.round(t * 1e9);
  const known = taps.get(key);
  if (known !== undefined) return known;
  const value = referenceResponse(t);
  taps.set(key, value);
  return value;
}
