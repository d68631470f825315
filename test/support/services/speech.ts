import { pseudoRandom } from "../pseudo-random.js";

/**
 * Generated speech: a voice of six harmonics that rises and falls like syllables, and noise, at about −14 dBFS. The same
 * seed makes the same samples; two places of one answer are never alike, so a lost, doubled or shifted sample shows.
 *
 * @param seconds - How long.
 * @param sampleRate - In Hz.
 */
export function speech(seed: number, seconds: number, sampleRate: number): Int16Array {
  const random = pseudoRandom(seed);
  const samples = new Int16Array(Math.round(seconds * sampleRate));
  const pitch = 110 + 90 * random();
  const syllables = 3 + 2 * random();
  let phase = 0;
  for (let k = 0; k < samples.length; k++) {
    const t = k / sampleRate;
    phase += (pitch * (1 + 0.08 * Math.sin(2.1 * t))) / sampleRate;
    let voice = 0;
    for (let n = 1; n <= 6; n++) voice += Math.sin(2 * Math.PI * n * phase) / n;
    const loudness = 0.35 + 0.65 * Math.abs(Math.sin(Math.PI * syllables * t));
    const value = 0.18 * loudness * voice + 0.04 * (random() - 0.5);
    samples[k] = Math.max(-32_768, Math.min(32_767, Math.round(value * 32_767)));
  }
  return samples;
}

/** Seconds of one character, also a space or a mark, at a usual pace. */
const letterSeconds = 0.06;

/** How long a text takes to say, in seconds: 60 ms a character. */
export function speakingSeconds(text: string): number {
  return Math.round([...text].length * letterSeconds * 1000) / 1000;
}

/** A 32-bit seed that depends on every character (FNV-1a). */
export function seedOf(text: string, seed = 0): number {
  let hash = 0x811c9dc5 ^ seed;
  for (let k = 0; k < text.length; k++) hash = Math.imul(hash ^ text.charCodeAt(k), 0x01000193);
  return hash >>> 0;
}
