import { read } from "./readings.js";
import { decodeFrames, type PcmFormat } from "./sample-format.js";

/** Two channels that were declared as one, and one that was declared as two: what they look like, and what helps. */
export function doubtChannels(bytes: Uint8Array, { encoding, channels }: PcmFormat): [string, string] | undefined {
  if (channels > 2) return undefined;
  const one = read(bytes, encoding, 1).roughness;
  const two = read(bytes, encoding, 2).roughness;
  const plane = decodeFrames(bytes, { encoding, sampleRate: 0, channels: 1 })[0] as Float32Array;
  // Power of the steps to even and to odd places, and of how far off the middle of its neighbours every sample is.
  const steps: [number, number] = [0, 0];
  let between = 0;
  for (let n = 1; n + 1 < plane.length; n++) {
    const [before, here, after] = [plane[n - 1], plane[n], plane[n + 1]] as [number, number, number];
    steps[(n % 2) as 0 | 1] += (here - before) ** 2;
    between += (here - (before + after) / 2) ** 2;
  }
  const [small, large] = [Math.min(...steps), Math.max(...steps)];
  if (channels === 2) {
    // One voice goes on smoothly from sample to sample; in two channels every other step leads across.
    const isOne = two > 3 * one && small > large / 2 && between < (small + large) / 12;
    return isOne ? ["one channel, not two", "Declare { channels: 1 }."] : undefined;
  }
  // Every other step is small, as between equal channels, or neighbours have nothing in common; each channel is smooth.
  const isTwo = (two < 0.6 && small < large / 8) || (two < 0.15 && one > 1.5 && one < 2.5);
  return isTwo ? ["two channels, not one", "Declare { channels: 2 }."] : undefined;
}
