/** How what was heard differs from what was expected. */
export interface SampleComparison {
  /** Sample for sample the same. */
  readonly same: boolean;
  /** Index of the first sample that differs, or at which the shorter one ends; undefined when they are the same. */
  readonly firstDifference: number | undefined;
  /** By how many samples what was heard is late (above 0) or early, where it fits best. */
  readonly shiftFrames: number;
  /** Level of the expected signal over the error, in dB, with that shift taken out; Infinity when nothing differs then. */
  readonly db: number;
  /** By how many dB what was heard is louder than expected, with that shift taken out. */
  readonly gainDb: number;
  readonly heardFrames: number;
  readonly expectedFrames: number;
}

/** Samples that are compared to find the shift: 20 ms at 24 kHz. */
const windowFrames = 480;

/**
 * Compares two signals of the same rate. The shift is looked for up to `maxShiftFrames` either way (default 12,000: 0.5 s at 24 kHz), by the
 * correlation with the loudest 480 samples of each third of what was expected.
 */
export function compareSamples(heard: Int16Array, expected: Int16Array, maxShiftFrames = 12_000): SampleComparison {
  const frames = { heardFrames: heard.length, expectedFrames: expected.length };
  const shorter = Math.min(heard.length, expected.length);
  let first = 0;
  while (first < shorter && heard[first] === expected[first]) first++;
  if (first === shorter && heard.length === expected.length)
    return {
      same: true,
      firstDifference: undefined,
      shiftFrames: 0,
      db: Number.POSITIVE_INFINITY,
      gainDb: 0,
      ...frames,
    };
  const shiftFrames = bestShift(heard, expected, maxShiftFrames);
  return { same: false, firstDifference: first, shiftFrames, ...levels(heard, expected, shiftFrames), ...frames };
}

/** What a comparison says, in a sentence. `sampleRate` in Hz gives the times. */
export function describeComparison(comparison: SampleComparison, sampleRate: number): string {
  const { same, firstDifference = 0, shiftFrames, db, gainDb, heardFrames, expectedFrames } = comparison;
  const lengths = `${heardFrames} samples were heard (${(heardFrames / sampleRate).toFixed(3)} s), ${expectedFrames} expected (${(expectedFrames / sampleRate).toFixed(3)} s)`;
  if (same) return `${lengths}: the same, sample for sample.`;
  const shift =
    shiftFrames === 0
      ? "without a shift"
      : `shifted by ${shiftFrames} samples (${((shiftFrames / sampleRate) * 1000).toFixed(1)} ms)`;
  const level =
    Math.abs(gainDb) < 0.05 ? "" : ` and is ${Math.abs(gainDb).toFixed(1)} dB ${gainDb > 0 ? "louder" : "quieter"}`;
  return `${lengths}; the first difference is at sample ${firstDifference} (${(firstDifference / sampleRate).toFixed(3)} s); ${shift} what overlaps agrees to ${db.toFixed(1)} dB${level}.`;
}

function bestShift(heard: Int16Array, expected: Int16Array, most: number): number {
  // A window that is shifted may leave what was heard, so each third of the signal has one.
  const third = Math.ceil(expected.length / 3);
  const starts = [0, 1, 2].map((part) =>
    loudest(expected, part * third, Math.min((part + 1) * third, expected.length)),
  );
  const length = Math.min(windowFrames, ...starts.map((start) => expected.length - start));
  const [wanted, got] = [runningEnergy(expected), runningEnergy(heard)];
  const energy = (sums: Float64Array, at: number): number => (sums[at + length] ?? 0) - (sums[at] ?? 0);
  let best = 0;
  let highest = 0;
  // 0 first and then outwards: of two shifts that fit equally, the smaller.
  for (let step = 0; step <= 2 * most; step++) {
    const shift = step % 2 === 0 ? step / 2 : -(step + 1) / 2;
    for (const start of starts) {
      const at = start + shift;
      if (at < 0 || at + length > heard.length) continue;
      let product = 0;
      for (let n = 0; n < length; n++) product += (expected[start + n] as number) * (heard[at + n] as number);
      // Normalised: 1 when one is a multiple of the other.
      const fit = product <= 0 ? 0 : product / Math.sqrt(energy(wanted, start) * energy(got, at));
      if (fit > highest * (1 + 1e-9)) [best, highest] = [shift, fit];
    }
  }
  return best;
}

/** Sums of the squares up to each sample. */
function runningEnergy(signal: Int16Array): Float64Array {
  const sums = new Float64Array(signal.length + 1);
  for (let n = 0; n < signal.length; n++) sums[n + 1] = (sums[n] as number) + (signal[n] as number) ** 2;
  return sums;
}

/** Where the loudest window between two samples begins, in steps of a quarter of it. */
function loudest(signal: Int16Array, from: number, to: number): number {
  let best = from;
  let highest = -1;
  for (let start = from; start === from || start + windowFrames <= to; start += windowFrames / 4) {
    let energy = 0;
    for (let n = start; n < Math.min(start + windowFrames, to); n++) energy += (signal[n] ?? 0) ** 2;
    if (energy > highest) [best, highest] = [start, energy];
  }
  return best;
}

function levels(heard: Int16Array, expected: Int16Array, shift: number): { db: number; gainDb: number } {
  let [wanted, got, error] = [0, 0, 0];
  for (let n = Math.max(0, -shift); n < Math.min(expected.length, heard.length - shift); n++) {
    const [one, other] = [expected[n] ?? 0, heard[n + shift] ?? 0];
    wanted += one * one;
    got += other * other;
    error += (one - other) ** 2;
  }
  const decibels = (ratio: number): number => 10 * Math.log10(ratio);
  return {
    db: error === 0 ? (wanted > 0 ? Number.POSITIVE_INFINITY : 0) : decibels(wanted / error),
    gainDb: wanted === 0 || got === 0 ? 0 : decibels(got / wanted),
  };
}
