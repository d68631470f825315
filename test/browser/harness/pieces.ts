/** Samples at 24 kHz that are looked for at once: 20 ms. */
const window = 480;
/** Places a sample at which a window is looked for; between them the best is refined. */
const oversampling = 4;
/** dB from which a window counts as that part of the signal: a dozen tones are nowhere else alike by half of that. */
const alikeDb = 35;

/** What a capture has of a signal. */
export interface Pieces {
  /** Signal to error over all pieces, in dB. */
  db: number;
  /** Seconds of all pieces together, without 20 ms at either end of each. */
  seconds: number;
  /** Second of the signal at which the first piece begins. */
  first: number;
  /** Seconds that sound and are in no piece: where the browser has skipped, and the ends of the signal. */
  other: number;
  /** Samples before the first sound. */
  silence: number;
  /** Each unbroken piece: where in the capture, what of the signal, and how long without 20 ms at either end, in seconds. */
  pieces: { at: number; from: number; seconds: number }[];
}

/**
 * What of `signal` (seconds long) is in `got`, piece by piece, a fraction of a sample included. Not as a whole: the
 * browser's own way from an element or a stream to a context skips when the machine is busy, and what it skipped tells
 * nothing about the rest.
 */
export function pieces(
  got: ArrayLike<number>,
  signal: (time: number) => number,
  seconds: number,
  rate = 24_000,
): Pieces {
  const wanted = Float32Array.from({ length: seconds * rate * oversampling }, (_, n) =>
    signal(n / rate / oversampling),
  );
  const full = 32_768;
  /** Power and error of `got` from `at` on, if it were the signal from `time` on. */
  const measure = (
    at: number,
    length: number,
    time: number,
    step = 1,
  ): { db: number; power: number; error: number } => {
    let power = 0;
    let error = 0;
    for (let n = 0; n < length; n += step) {
      const want = full * signal(time + n / rate);
      power += want ** 2;
      error += (got[at + n] - want) ** 2;
    }
    return { db: 10 * Math.log10(power / error), power, error };
  };
  const find = (at: number): number => {
    let best = { error: Number.POSITIVE_INFINITY, start: 0 };
    for (let start = 0; start + window * oversampling <= wanted.length; start++) {
      let error = 0;
      for (let n = 0; n < window && error < best.error; n += 16)
        error += (got[at + n] - full * wanted[start + n * oversampling]) ** 2;
      if (error < best.error) best = { error, start };
    }
    return refine(at, window, best.start / rate / oversampling, 1 / oversampling);
  };
  const refine = (at: number, length: number, near: number, reach: number): number => {
    let best = { db: Number.NEGATIVE_INFINITY, time: near };
    for (let width = reach; width > 1e-4; width /= 5) {
      const middle = best.time;
      for (let step = -10; step <= 10; step++) {
        const time = middle + (step * width) / 10 / rate;
        const { db } = measure(at, length, time, Math.ceil(length / 2000));
        if (db > best.db) best = { db, time };
      }
    }
    return best.time;
  };

  const found: { at: number; length: number; time: number }[] = [];
  let silence = 0;
  while (silence < got.length && got[silence] === 0) silence++;
  let other = 0;
  for (let at = silence; at + window <= got.length; at += window) {
    const last = found.at(-1);
    const here = last && last.time + (at - last.at) / rate;
    if (last && here !== undefined && last.at + last.length === at && measure(at, window, here).db > alikeDb) {
      last.length += window;
      continue;
    }
    let sounds = false;
    for (let n = 0; n < window; n++) sounds ||= got[at + n] !== 0;
    if (!sounds) continue;
    const time = find(at);
    if (measure(at, window, time).db > alikeDb) found.push({ at, length: window, time });
    else other += window;
  }
  let power = 0;
  let error = 0;
  const parts = found.map(({ at, length, time }) => {
    const from = refine(at, length, time, 0.05);
    // Not its two ends: the encoder's filter rings over a skip.
    const inner = Math.max(0, length - 2 * window);
    const measured = measure(at + window, inner, from + window / rate);
    power += measured.power;
    error += measured.error;
    return { at: at / rate, from, seconds: inner / rate };
  });
  return {
    db: 10 * Math.log10(power / error),
    seconds: parts.reduce((sum, part) => sum + part.seconds, 0),
    first: parts[0]?.from ?? Number.NaN,
    other: other / rate,
    silence,
    pieces: parts,
  };
}
