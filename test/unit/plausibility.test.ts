import { expect, test } from "vitest";
import { doubt } from "../../src/decode/plausibility.js";
import type { PcmFormat, SampleType } from "../../src/decode/sample-format.js";
import { pseudoRandom } from "../support/pseudo-random.js";

const format = (encoding: SampleType, channels = 1): PcmFormat => ({ encoding, sampleRate: 24_000, channels });

/** A voice-like signal: a few harmonics with a slow envelope, over a little noise. */
function voice(frames: number, seed: number): Float32Array {
  const random = pseudoRandom(seed);
  const pitch = 90 + 160 * random();
  // Not below -20 dB: whispers leave the high byte empty, and say nothing about its place.
  const level = 10 ** -random();
  return Float32Array.from({ length: frames }, (_, n) => {
    const time = n / 24_000;
    let sum = 0;
    for (let k = 1; k < 12; k++) sum += Math.sin(2 * Math.PI * k * pitch * time) / k;
    return level * (0.4 * sum * (0.6 + 0.4 * Math.sin(2 * Math.PI * 3 * time)) + 0.002 * (random() - 0.5));
  });
}

const toInt16 = (samples: Float32Array): Uint8Array =>
  new Uint8Array(Int16Array.from(samples, (s) => Math.round(32_767 * Math.max(-1, Math.min(1, s)))).buffer);
const toFloat = (samples: Float32Array): Uint8Array => new Uint8Array(samples.slice().buffer);
const swap = (bytes: Uint8Array): Uint8Array => bytes.map((_, i) => bytes[i ^ 1]);

const seeds = Array.from({ length: 50 }, (_, seed) => seed);

test("what is declared right raises no doubt", () => {
  for (const seed of seeds) {
    const samples = voice(4096, seed);
    const random = pseudoRandom(seed);
    const noise = Float32Array.from({ length: 4096 }, () => random() * 2 - 1);
    for (const signal of [samples, noise, samples.map((s) => s * 1e-3), new Float32Array(4096)]) {
      expect(doubt(toInt16(signal), format("s16le"))).toBeUndefined();
      expect(doubt(toFloat(signal), format("f32le"))).toBeUndefined();
    }
  }
});

test("what is declared wrong is named", () => {
  for (const seed of seeds) {
    const samples = voice(4096, seed);
    expect(doubt(toFloat(samples), format("s16le"))?.remedy).toContain("f32le");
    expect(doubt(toInt16(samples), format("f32le"))?.remedy).toContain("s16le");
    expect(doubt(swap(toInt16(samples)), format("s16le"))?.code).toBe("byte-order");
    expect(doubt(toInt16(samples).subarray(1), format("s16le"))?.code).toBe("byte-order");
    const base64 = new TextEncoder().encode(Buffer.from(toInt16(samples)).toString("base64"));
    for (const encoding of ["s16le", "f32le", "mulaw", "alaw"] as const)
      expect(doubt(base64, format(encoding))?.code).toBe("base64-as-audio");
  }
});

test("short texts are told from audio, and smooth or constant samples from what they look like by chance", () => {
  for (const text of ['{"detail":"the quota is exceeded"}', "UklGRiQAAABXQVZFZm10IBAAAAABAAEA"])
    for (const encoding of ["s16le", "mulaw"] as const)
      expect(doubt(new TextEncoder().encode(text), format(encoding))?.code).toBe("base64-as-audio");
  // Printable bytes, and nothing else.
  const square = Int16Array.from({ length: 4096 }, (_, n) => (n % 200 < 100 ? 0x4040 : 0x3030));
  expect(doubt(new Uint8Array(square.buffer), format("s16le"))).toBeUndefined();
  // Two samples of it at a time are a float below full scale.
  const steady = Int16Array.from({ length: 4096 }, (_, n) => 16_000 + Math.round(100 * Math.sin(n / 50)));
  expect(doubt(new Uint8Array(steady.buffer), format("s16le"))).toBeUndefined();
});
