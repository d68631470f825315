import { powerSpectrum } from "./spectrum.js";

/** A mouth: what the jaw, the lips and the teeth do, whatever the loudness. */
export interface Mouth {
  /** Jaw: 0 closed to 1 wide open. */
  open: number;
  /** Lips: -1 round to 1 spread. */
  width: number;
  /** Teeth together and showing, as for s and f: 0 to 1. */
  teeth: number;
}

/** Lips closed, at rest. */
export const restingMouth: Mouth = { open: 0, width: 0, teeth: 0 };

const clamp = (value: number, low: number, high: number): number => Math.min(high, Math.max(low, value));

/** Frames that {@link mouthOf} looks at: the power of two nearest to 43 ms. */
export const windowFrames = (sampleRate: number): number => 2 ** Math.round(Math.log2(sampleRate * 0.043));

/**
 * The mouth that makes this sound, from where its energy lies: the first formant (200 to 1000 Hz) rises as the jaw opens,
 * the second (700 to 2700 Hz) as the lips spread (Peterson and Barney 1952; Fant, "Acoustic Theory of Speech
 * Production", 1960); noise above 3.5 kHz comes through the teeth; a hum without anything above 1 kHz comes through
 * closed lips. Loudness only says whether there is speech at all. Bounds by measurement on synthesised vowels.
 */
export function mouthOf(pcm: Int16Array, sampleRate: number): Mouth {
  const length = windowFrames(sampleRate);
  const power = powerSpectrum(pcm, length);
  const hz = sampleRate / length;
  let total = 0;
  let low = 0;
  let middle = 0;
  let high = 0;
  let first = 0;
  let second = 0;
  let secondWeight = 0;
  for (let k = Math.ceil(80 / hz); k < power.length && k * hz < 9000; k++) {
    const frequency = k * hz;
    const energy = power[k] ?? 0;
    total += energy;
    if (frequency >= 200 && frequency < 1000) {
      low += energy;
      first += energy * frequency;
    }
    if (frequency >= 1000 && frequency < 3000) middle += energy;
    if (frequency >= 700 && frequency < 2700) {
      // Weighted by frequency, against the fall of the voice's own spectrum.
      secondWeight += energy * frequency;
      second += energy * frequency * frequency;
    }
    if (frequency >= 3500) high += energy;
  }
  const level = 10 * Math.log10(total + 1e-12);
  const voiced = clamp((level + 55) / 15, 0, 1);
  if (voiced === 0 || low === 0 || secondWeight === 0) return restingMouth;
  const jaw = clamp((first / low - 230) / 570, 0.12, 1);
  const lips = clamp((second / secondWeight - 1450) / 650, -1, 1);
  const hum = clamp((-20 - 10 * Math.log10(middle / low + 1e-9)) / 8, 0, 1);
  const teeth = clamp((high / total - 0.15) / 0.35, 0, 1);
  return {
    open: voiced * (1 - hum) * (jaw * (1 - teeth) + 0.12 * teeth),
    width: voiced * (1 - hum) * clamp(lips + 0.6 * jaw ** 3, -1, 1),
    teeth: voiced * teeth,
  };
}

/** `from` moved towards `to` as lips move: most of the way in `seconds` = 40 ms. */
export function ease(from: Mouth, to: Mouth, seconds: number): Mouth {
  const part = 1 - Math.exp(-seconds / 0.04);
  const mix = (name: keyof Mouth): number => from[name] + (to[name] - from[name]) * part;
  return { open: mix("open"), width: mix("width"), teeth: mix("teeth") };
}
