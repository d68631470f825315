import { readFileSync } from "node:fs";
import { planEncoder } from "../../src/encoder/plan.js";
import { HALF_LENGTH, impulseResponse } from "../../src/encoder/prototype.js";
import { PcmEncoder } from "../../worklet/encoder.js";
import { joined } from "../support/joined.js";

/** The bytes of the wasm that the set-up compiled. */
export const wasm = readFileSync(new URL("../../build/encoder.wasm", import.meta.url));

/** The rate pairs that the measured demands name. */
export const ratePairs: readonly (readonly [number, number])[] = [
  [48_000, 24_000],
  [44_100, 24_000],
  [48_000, 16_000],
  [44_100, 16_000],
  [96_000, 24_000],
  [22_050, 24_000],
  [32_000, 24_000],
];

/** The whole output of an encoder for mono input, cut into blocks of the lengths that `cut` gives. */
export function encodeAll(encoder: PcmEncoder, input: Float32Array, cut: () => number = () => 128): Int16Array {
  const pieces: Int16Array[] = [];
  for (let at = 0; at < input.length; ) {
    const length = Math.min(cut(), input.length - at);
    pieces.push(encoder.encode([input.subarray(at, at + length)]).slice());
    at += length;
  }
  pieces.push(encoder.flush().slice());
  return joined(Int16Array, pieces);
}

/** A fresh encoder's output for mono input. */
export const encode = (inputRate: number, outputRate: number, input: Float32Array, dither = false): Int16Array =>
  encodeAll(new PcmEncoder(wasm, planEncoder(inputRate, outputRate), { dither }), input);

/** Output sample `k` before rounding, from the filter's formula in double precision. */
export function exact(inputRate: number, outputRate: number, input: Float32Array, k: number): number {
  const scale = Math.min(1, outputRate / inputRate);
  const center = (k * inputRate) / outputRate;
  const reach = HALF_LENGTH / scale;
  let sum = 0;
  for (let n = Math.max(0, Math.ceil(center - reach)); n <= Math.min(input.length - 1, center + reach); n++)
    sum += input[n] * scale * impulseResponse(scale * (n - center));
  return sum * 32_768;
}

/** round(frames · outputRate / inputRate), half up, in exact arithmetic. */
export const expectedLength = (frames: number, inputRate: number, outputRate: number): number =>
  Number((2n * BigInt(frames) * BigInt(outputRate) + BigInt(inputRate)) / (2n * BigInt(inputRate)));

/** Samples of a sine. */
export const sine = (frequency: number, rate: number, frames: number, amplitude = 1, phase = 0): Float32Array =>
  Float32Array.from({ length: frames }, (_, n) => amplitude * Math.sin((2 * Math.PI * frequency * n) / rate + phase));
