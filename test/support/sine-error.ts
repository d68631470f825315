/** Samples from the first index up to, and without, the second. */
type Range = readonly [from: number, to: number];

/**
 * Where `samples` should be one sine: dB by which they differ from it in `range`, relative to it. It is the sine of
 * `cyclesPerSample` that fits the ranges of `fit` best (least squares, without a constant).
 */
export function sineError(
  samples: ArrayLike<number>,
  cyclesPerSample: number,
  fit: readonly Range[],
  range: Range,
): number {
  const angle = (k: number): number => 2 * Math.PI * cyclesPerSample * k;
  let [ss, cc, sc, sy, cy] = [0, 0, 0, 0, 0];
  for (const [from, to] of fit)
    for (let k = from; k < to; k++) {
      const [s, c] = [Math.sin(angle(k)), Math.cos(angle(k))];
      ss += s * s;
      cc += c * c;
      sc += s * c;
      sy += s * samples[k];
      cy += c * samples[k];
    }
  const a = (sy * cc - cy * sc) / (ss * cc - sc * sc);
  const b = (cy * ss - sy * sc) / (ss * cc - sc * sc);
  let [wrong, right] = [0, 0];
  for (let k = range[0]; k < range[1]; k++) {
    const wanted = a * Math.sin(angle(k)) + b * Math.cos(angle(k));
    wrong += (samples[k] - wanted) ** 2;
    right += wanted ** 2;
  }
  return 10 * Math.log10(wrong / right);
}
