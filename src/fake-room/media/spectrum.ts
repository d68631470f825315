/**
 * Power spectrum of `pcm` under a Hann window: `length / 2` bins, bin `k` at `k · sampleRate / length` Hz; full scale is
 * about 1. `length` must be a power of two. Plain radix-2 FFT (Cooley and Tukey 1965).
 */
export function powerSpectrum(pcm: Int16Array, length: number): Float64Array {
  const real = new Float64Array(length);
  const imaginary = new Float64Array(length);
  for (let n = 0; n < length; n++) {
    const reversed = reverse(n, Math.log2(length));
    const window = 0.5 - 0.5 * Math.cos((2 * Math.PI * n) / length);
    real[reversed] = ((pcm[n] ?? 0) / 32_768) * window;
  }
  for (let size = 2; size <= length; size *= 2) {
    const half = size / 2;
    for (let k = 0; k < half; k++) {
      const cos = Math.cos((2 * Math.PI * k) / size);
      const sin = -Math.sin((2 * Math.PI * k) / size);
      for (let low = k; low < length; low += size) {
        const high = low + half;
        const re = (real[high] ?? 0) * cos - (imaginary[high] ?? 0) * sin;
        const im = (real[high] ?? 0) * sin + (imaginary[high] ?? 0) * cos;
        real[high] = (real[low] ?? 0) - re;
        imaginary[high] = (imaginary[low] ?? 0) - im;
        real[low] = (real[low] ?? 0) + re;
        imaginary[low] = (imaginary[low] ?? 0) + im;
      }
    }
  }
  // A sine of full scale has the amplitude length / 4 under a Hann window.
  const scale = (4 / length) ** 2;
  return Float64Array.from({ length: length / 2 }, (_, k) => scale * ((real[k] ?? 0) ** 2 + (imaginary[k] ?? 0) ** 2));
}

function reverse(value: number, bits: number): number {
  let result = 0;
  for (let bit = 0; bit < bits; bit++) result |= ((value >> bit) & 1) << (bits - 1 - bit);
  return result;
}
