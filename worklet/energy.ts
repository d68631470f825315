/**
 * Sum of the squares of the samples from index `from` to before `to`. Not a number counts as 0, as it does in the encoder: no
 * level would ever recover from it.
 */
export function energy(samples: Float32Array | Int16Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const sample = samples[i] || 0;
    sum += sample * sample;
  }
  return sum;
}
