/** Amplitude and phase of a sine of known frequency in a signal, by least squares, with what remains. */
export interface SineFit {
  amplitude: number;
  /** The fitted sine and constant, at sample k. */
  at(k: number): number;
  /** Mean square of what the sine does not explain. */
  residual: number;
}

/** Fits a sine of `frequency` (Hz) and a constant to the samples from `from` to `to`. */
export function fitSine(
  samples: ArrayLike<number>,
  rate: number,
  frequency: number,
  from: number,
  to: number,
): SineFit {
  const step = (2 * Math.PI * frequency) / rate;
  // Normal equations of sine, cosine and 1.
  const m = [0, 0, 0, 0, 0, 0];
  const v = [0, 0, 0];
  for (let k = from; k < to; k++) {
    const s = Math.sin(step * k);
    const c = Math.cos(step * k);
    const y = samples[k];
    m[0] += s * s;
    m[1] += s * c;
    m[2] += s;
    m[3] += c * c;
    m[4] += c;
    m[5] += 1;
    v[0] += s * y;
    v[1] += c * y;
    v[2] += y;
  }
  const [a, b, d] = solve(m, v);
  const at = (k: number): number => a * Math.sin(step * k) + b * Math.cos(step * k) + d;
  let residual = 0;
  for (let k = from; k < to; k++) residual += (samples[k] - at(k)) ** 2;
  return { amplitude: Math.hypot(a, b), residual: residual / (to - from), at };
}

/** Cramer's rule for the symmetric 3 by 3 system. */
function solve([a, b, c, d, e, f]: number[], [p, q, r]: number[]): [number, number, number] {
  const determinant = a * (d * f - e * e) - b * (b * f - c * e) + c * (b * e - c * d);
  return [
    (p * (d * f - e * e) - b * (q * f - e * r) + c * (q * e - d * r)) / determinant,
    (a * (q * f - e * r) - p * (b * f - c * e) + c * (b * r - c * q)) / determinant,
    (a * (d * r - q * e) - b * (b * r - q * c) + p * (b * e - c * d)) / determinant,
  ];
}
