import { read, type SampleFormats } from "./readings.js";
import type { PcmFormat } from "./sample-format.js";

/** Two channels that were declared as one, and one that was declared as two: what they look like, and what helps. */
export function doubtChannels(
  bytes: Uint8Array,
  { encoding, channels }: PcmFormat,
  formats: SampleFormats,
): [string, string] | undefined {
  if (channels > 2) return undefined;
  const one = read(formats, bytes, encoding, 1).roughness;
  const two = read(formats, bytes, encoding, 2).roughness;
  const plane = formats.decodeFrames(bytes, { encoding, sampleRate: 0, channels: 1 })[0] as Float32Array;
  // Steps to even and to odd places: their power, and how many are small beside the next.
  const power: [number, number] = [0, 0];
  const small: [number, number] = [0, 0];
  let moving = 0;
  for (let n = 2; n < plane.length; n++) {
    const [before, here, after] = [plane[n - 2], plane[n - 1], plane[n]] as [number, number, number];
    const [step, next] = [Math.abs(here - before), Math.abs(after - here)];
    power[(n & 1) as 0 | 1] += step ** 2;
    if (next > 0) moving++;
    if (4 * step < next) small[(n & 1) as 0 | 1]++;
  }
  // One voice goes on evenly from sample to sample; in two channels every other step leads across.
  if (channels === 2)
    return two > 2 * one && Math.min(...power) > 0.8 * Math.max(...power)
      ? ["one channel, not two", "Declare { channels: 1 }."]
      : undefined;
  // Every other step is small, as between equal channels, or neighbours have nothing in common; each channel is smooth.
  const equal = two < 0.8 && moving > plane.length / 4 && Math.max(...small) > 0.35 * plane.length;
  const isTwo = (equal && Math.min(...small) < 0.1 * plane.length) || (two < 0.15 && one > 1.5 && one < 2.5);
  return isTwo ? ["two channels, not one", "Declare { channels: 2 }."] : undefined;
}
