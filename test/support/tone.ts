import { fitSine } from "./fit-sine.js";
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
  const { amplitude, residual } = fitSine(pcm, sampleRate, frequency, 0, pcm.length);
  return { amplitude: amplitude / 32_768, snrDb: 10 * Math.log10(amplitude ** 2 / 2 / residual) };
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
