// Measuring with sines: what goes in, and ratios in dB.

/** Ratio in dB of amplitudes. */
export const decibels = (ratio: number): number => 20 * Math.log10(ratio);

/** Amplitude of -1 dBFS. */
export const MINUS_1_DBFS = 10 ** (-1 / 20);

/** Samples of a sine of `frequency` Hz at -1 dBFS. */
export const tone = (frequency: number, rate: number, frames: number): Float32Array =>
  Float32Array.from(
    { length: frames },
    (_, n) => MINUS_1_DBFS * Math.sin((2 * Math.PI * ((frequency * n) % rate)) / rate + 0.5),
  );
