/** Order of the prediction: twice the number of sines that can be continued, and enough for a vowel's formants. */
const ORDER = 48;
/** The prediction is complete when what it cannot explain is this small, relative to the signal. */
const ENOUGH = 1e-13;

/**
 * Continues a signal by `count` samples, by linear prediction: J. P. Burg, "Maximum entropy spectral analysis", 37th
 * meeting of the Society of Exploration Geophysicists (1967). Sines go on, noise fades out, silence stays silence.
 * @returns `signal` and the continuation, in one new array.
 */
export function extrapolate(signal: ArrayLike<number>, count: number): Float64Array {
  const length = signal.length;
  const all = new Float64Array(length + count);
  all.set(Array.from(signal));
  const prediction = burg(all.subarray(0, length));
  for (let n = length; n < all.length; n++) {
    let sum = 0;
    prediction.forEach((coefficient, i) => {
      sum += coefficient * (all[n - 1 - i] ?? 0);
    });
    all[n] = sum;
  }
  return all;
}

/** Coefficients a of x[n] ≈ sum of a[i] · x[n - 1 - i], with the least error forwards and backwards. */
function burg(signal: Float64Array): number[] {
  const forward = Float64Array.from(signal);
  const backward = Float64Array.from(signal);
  const energy = signal.reduce((sum, x) => sum + x * x, 0);
  let prediction: number[] = [];
  for (let order = 1; order <= Math.min(ORDER, signal.length >> 1); order++) {
    let product = 0;
    let power = 0;
    for (let n = order; n < signal.length; n++) {
      const f = forward[n] ?? 0;
      const b = backward[n - 1] ?? 0;
      product += f * b;
      power += f * f + b * b;
    }
    if (power <= energy * ENOUGH) break;
    const reflection = (2 * product) / power;
    const mirrored = [...prediction].reverse();
    prediction = [...prediction.map((a, i) => a - reflection * (mirrored[i] ?? 0)), reflection];
    for (let n = signal.length - 1; n >= order; n--) {
      const f = forward[n] ?? 0;
      const b = backward[n - 1] ?? 0;
      forward[n] = f - reflection * b;
      backward[n] = b - reflection * f;
    }
  }
  return prediction;
}
