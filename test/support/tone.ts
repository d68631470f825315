import { writeMonoWav } from "./wav-file.js";

/** What a least-squares fit of one sine finds in a signal. */
export interface ToneFit {
  /** Of full scale: 1 is ±32768. */
  amplitude: number;
  /** Power of the sine over the power of everything else, in dB. */
  snrDb: number;
}

/** Fits a sine of exactly `frequency` Hz, and a constant, to PCM16. Everything that is neither counts as noise. */
export function fitTone(pcm: ArrayLike<number>, sampleRate: number, frequency: number): ToneFit {
  const w = (2 * Math.PI * frequency) / sampleRate;
  // Normal equations of a·cos + b·sin + c over the samples.
  const rows = [0, 0, 0].map(() => [0, 0, 0, 0]);
  for (let n = 0; n < pcm.length; n++) {
    const basis = [Math.cos(w * n), Math.sin(w * n), 1];
    for (let i = 0; i < 3; i++) {
      for (let j = 0; j < 3; j++) rows[i][j] += basis[i] * basis[j];
      rows[i][3] += (basis[i] * pcm[n]) / 32768;
    }
  }
  const [a, b, c] = solve(rows);
  let noise = 0;
  for (let n = 0; n < pcm.length; n++)
    noise += (pcm[n] / 32768 - a * Math.cos(w * n) - b * Math.sin(w * n) - c) ** 2 / pcm.length;
  const amplitude = Math.hypot(a, b);
  return { amplitude, snrDb: 10 * Math.log10(amplitude ** 2 / 2 / noise) };
}

function solve(rows: number[][]): number[] {
  for (let i = 0; i < 3; i++)
    for (let k = 0; k < 3; k++) {
      if (k === i) continue;
      const factor = rows[k][i] / rows[i][i];
      for (let j = i; j < 4; j++) rows[k][j] -= factor * rows[i][j];
    }
  return rows.map((row, i) => row[3] / row[i]);
}

/**
 * A WAV for Chromium's fake microphone: one second of a sine with whole periods, so that it loops without a seam.
 * 44.1 kHz mono is what the fake device runs at. Gives the file's absolute path.
 */
export function toneFile(frequency = 1000, amplitude = 0.5, sampleRate = 44_100): string {
  const samples = Int16Array.from({ length: sampleRate }, (_, n) =>
    Math.round(amplitude * 32767 * Math.sin((2 * Math.PI * frequency * n) / sampleRate)),
  );
  return writeMonoWav(`.cache/tone-${frequency}-${amplitude}-${sampleRate}.wav`, samples, sampleRate);
}
