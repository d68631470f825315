/**
 * Sum of the squares of the samples from index `from` to before `to`; of the mean of two channels, where `other` is the
 * second: a device may have its microphone on either. Not a number counts as 0, as it does in the encoder: no level would
 * ever recover from it.
 */
export function energy<Samples extends Float32Array | Int16Array>(
  samples: Samples,
  from: number,
  to: number,
  other?: Samples,
): number {
  let sum = 0;
  for (let i = from; i < to; i++) {
    const sample = samples[i] || 0;
    const mean = other ? (sample + (other[i] || 0)) / 2 : sample;
    sum += mean * mean;
  }
  return sum;
}
