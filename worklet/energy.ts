/** Sum of the squares of the samples from index `from` to before `to`. */
export function energy(samples: Float32Array | Int16Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const sample = samples[i] as number;
    sum += sample * sample;
  }
  return sum;
}
