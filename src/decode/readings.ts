import type { SampleType } from "./sample-format.js";

/** What this module, which loads on demand, is handed: how samples are stored. */
export type SampleFormats = typeof import("./sample-format.js");

/** Bytes read in one way, and how much like audio that looks. */
export interface Reading {
  encoding: SampleType;
  /** Interleaved channels that it was read as. */
  channels: number;
  /** Bytes left out in front. */
  shift: number;
  /** Power of the difference of neighbours over the power of the samples: near 0 for low tones, 2 for white noise. */
  roughness: number;
}

/** Of floats that nobody declared so many are not zero: silence is every encoding's. */
const mostSounding = 0.25;

/**
 * Reads `bytes` as interleaved samples of `channels`; `shift`: bytes to leave out in front; `sounding`: the least share of
 * floats that are not zero.
 */
export function read(
  { decodeFrames, sampleBytes }: SampleFormats,
  bytes: Uint8Array,
  encoding: SampleType,
  channels: number,
  shift = 0,
  sounding = 0,
): Reading {
  const shifted = bytes.subarray(shift);
  const possible = !encoding.startsWith("f") || areFloats(shifted, sampleBytes[encoding], sounding);
  return {
    encoding,
    channels,
    shift,
    roughness: possible ? roughness(decodeFrames(shifted, { encoding, sampleRate: 0, channels })) : Infinity,
  };
}

/** Every way of reading samples of more than a byte, at every shift, in `channels`, one or two. */
export function readWide(formats: SampleFormats, bytes: Uint8Array, channels: number): Reading[] {
  const { sampleBytes } = formats;
  const readings: Reading[] = [];
  const add = (encoding: SampleType, shift: number): void => {
    for (const count of new Set([channels, 1, 2]))
      readings.push(read(formats, bytes, encoding, count, shift, mostSounding));
  };
  const shifts = (size: number) => Array.from({ length: size }, (_, shift) => shift);
  // What has the exponents of floats at one place of so many is read as nothing else.
  const floats = (["f64le", "f32le"] as const).flatMap((encoding) =>
    shifts(sampleBytes[encoding])
      .filter((shift) => areFloats(bytes.subarray(shift), sampleBytes[encoding], mostSounding))
      .map((shift) => ({ encoding, shift })),
  );
  if (floats[0]) {
    for (const { encoding, shift } of floats) if (encoding === floats[0].encoding) add(encoding, shift);
    return readings;
  }
  for (const encoding of ["s16le", "s16be"] as const) for (const shift of shifts(2)) add(encoding, shift);
  for (const encoding of ["s24le", "s32le"] as const)
    for (const shift of shifts(sampleBytes[encoding]))
      if (isWider(bytes, sampleBytes[encoding], shift)) add(encoding, shift);
  return readings;
}

/** Whether the lowest bytes are noise or nothing, and the others smooth, as in integers of more than 16 bits. */
function isWider(bytes: Uint8Array, size: number, shift: number): boolean {
  const count = Math.floor((bytes.length - shift) / size);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const low = new Float32Array(count);
  const high = new Float32Array(count);
  for (let n = 0; n < count; n++) {
    const at = shift + n * size;
    low[n] = size === 3 ? (bytes[at] as number) : view.getInt16(at, true);
    high[n] = view.getInt16(at + size - 2, true);
  }
  if (low.every((byte) => byte === 0)) return true;
  const lowest = roughness([low]);
  return lowest > 1.2 && roughness([high]) < lowest / 4;
}

/** Power of the difference of neighbours over the power of the samples, without what is constant. */
function roughness(planes: readonly Float32Array[]): number {
  let power = 0;
  let difference = 0;
  for (const plane of planes) {
    let mean = 0;
    for (let n = 0; n < plane.length; n++) mean += (plane[n] as number) / plane.length;
    for (let n = 1; n < plane.length; n++) {
      const sample = plane[n] as number;
      power += (sample - mean) ** 2;
      difference += (sample - (plane[n - 1] as number)) ** 2;
    }
  }
  return power > 0 ? difference / power : 0;
}

/** Whether nearly all words of `size` bytes are floats as audio has them, scaled to 1 or to 32768; zeros are not counted. */
function areFloats(bytes: Uint8Array, size: number, sounding: number): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let counted = 0;
  let plausible = 0;
  for (let at = 0; at + size <= bytes.length; at += size) {
    const value = Math.abs(size === 4 ? view.getFloat32(at, true) : view.getFloat64(at, true));
    if (value === 0) continue;
    counted++;
    if (value > (sounding > 0 ? 1e-7 : 1e-10) && value < 1e5) plausible++;
  }
  return counted * size >= sounding * bytes.length && plausible >= 0.95 * counted;
}

/** Whether all are samples of one byte: those at one place are like those at another, but for chance. */
export function areSingle(bytes: Uint8Array): boolean {
  const [two, three] = [unlikeness(bytes, 2), unlikeness(bytes, 3)];
  return two < 0.25 && three < 0.3 && two < 1.3 * three + 0.02;
}

/** How unlike the bytes at the first and the last of each `period` places are: 0 alike, 1 none in common. */
function unlikeness(bytes: Uint8Array, period: number): number {
  const counts = new Int32Array(256);
  for (let at = 0; at + period <= bytes.length; at += period) {
    const [first, last] = [bytes[at] as number, bytes[at + period - 1] as number];
    counts[first] = (counts[first] as number) + 1;
    counts[last] = (counts[last] as number) - 1;
  }
  return counts.reduce((sum, count) => sum + Math.abs(count), 0) / 2 / Math.max(1, Math.floor(bytes.length / period));
}

/** Whether most bytes are near the middle, where 8-bit samples without a sign have their silence. */
export function isCentered(bytes: Uint8Array): boolean {
  return bytes.filter((byte) => byte > 0x70 && byte < 0x90).length > 0.6 * bytes.length;
}
