import { describe, expect, test } from "vitest";
import { continueEncoder } from "../../src/encoder/continue.js";
import { planEncoder } from "../../src/encoder/plan.js";
import { type EncoderTail, PcmEncoder } from "../../worklet/encoder.js";
import { joined } from "../support/joined.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { sineError } from "../support/sine-error.js";
import { encode, encodeAll, ratePairs, sine, wasm } from "./encode.js";

/** One stream over several input rates. `signal` is asked for each part's samples, by its rate and start in seconds. */
function stream(
  outputRate: number,
  parts: readonly { rate: number; frames: number }[],
  signal: (rate: number, frames: number, startSeconds: number) => Float32Array,
  cut?: () => number,
): Int16Array {
  const pieces: Int16Array[] = [];
  let tail: EncoderTail | undefined;
  let seconds = 0;
  parts.forEach(({ rate, frames }, i) => {
    const plan = tail ? continueEncoder(rate, tail) : planEncoder(rate, outputRate);
    const encoder = new PcmEncoder(wasm, plan, { maxBlockFrames: 1024 });
    const input = signal(rate, frames, seconds);
    if (i === parts.length - 1) pieces.push(encodeAll(encoder, input, cut));
    else {
      for (let at = 0; at < frames; ) {
        const length = Math.min(cut?.() ?? 128, frames - at);
        pieces.push(encoder.encode([input.subarray(at, at + length)]).slice());
        at += length;
      }
      tail = structuredClone(encoder.tail());
    }
    seconds += frames / rate;
  });
  return joined(Int16Array, pieces);
}

describe("a stream whose input rate changes", () => {
  test.each([
    [48_000, 48_000, 24_000],
    [48_000, 44_100, 24_000],
    [44_100, 48_000, 24_000],
    [48_000, 24_000, 24_000],
    [24_000, 48_000, 24_000],
    [24_000, 44_100, 24_000],
    [44_100, 24_000, 24_000],
    [48_000, 44_100, 16_000],
    [44_100, 44_101, 16_000],
    [48_000, 16_000, 24_000],
    [16_000, 48_000, 24_000],
    [16_000, 48_000, 16_000],
    [8_000, 96_000, 24_000],
  ])("%i then %i to %i Hz: a sine goes on without a click", (before, after, outputRate) => {
    for (const frequency of [200, 997, 2500, 3400]) {
      // Lengths that leave the seam between two samples of output.
      const parts = [
        { rate: before, frames: Math.round(before * 0.2) + 5 },
        { rate: after, frames: Math.round(after * 0.2) + 3 },
      ];
      const output = stream(outputRate, parts, (rate, frames, start) =>
        sine(frequency, rate, frames, 0.8, 2 * Math.PI * frequency * start),
      );
      const seam = Math.round((parts[0].frames / before) * outputRate);
      const near = Math.round(0.01 * outputRate);
      const far = Math.round(0.15 * outputRate);
      const cycles = frequency / outputRate;
      const quiet = sineError(output, cycles, [[seam + near, seam + far]], [seam + near, seam + far]);
      const left = sineError(output, cycles, [[seam - far, seam - near]], [seam - near, seam]);
      const right = sineError(output, cycles, [[seam + near, seam + far]], [seam, seam + near]);
      console.log(
        `${before} then ${after} to ${outputRate} Hz, ${frequency} Hz: 10 ms before the seam ${left.toFixed(1)} dB, ` +
          `after ${right.toFixed(1)} dB; elsewhere ${quiet.toFixed(1)} dB`,
      );
      // Where the lower rate stays, the seam is at the floor of 16 bits. Where it changes, so does the filter's passband
      // ripple (±0.0485 dB, two of which differ by up to -39 dB), and nothing else.
      const sameFilter = Math.min(before, outputRate) === Math.min(after, outputRate);
      expect(left).toBeLessThan(sameFilter ? -94 : -39);
      expect(right).toBeLessThan(sameFilter ? -94 : -85);
    }
  });
});

test("a device that comes back with its rate changes nothing: the samples are those of one encoder", () => {
  const random = pseudoRandom(31);
  const input = Float32Array.from({ length: 20_000 }, () => random() - 0.5);
  for (const [rate, outputRate] of [...ratePairs, [44_101, 24_000], [24_000, 24_000]]) {
    let at = 0;
    const parts = [7_001, 1, 2_998, 10_000].map((frames) => ({ rate, frames }));
    const output = stream(outputRate, parts, (_, frames) => {
      at += frames;
      return input.subarray(at - frames, at);
    });
    const whole = encode(rate, outputRate, input);
    expect(output.length).toBe(whole.length);
    let worst = 0;
    output.forEach((sample, k) => {
      worst = Math.max(worst, Math.abs(sample - whole[k]));
    });
    console.log(`${rate} to ${outputRate} Hz: at most ${worst} LSB from one encoder's output`);
    // Other groups than one encoder's, so that sums may be rounded elsewhere.
    expect(worst).toBeLessThanOrEqual(rate === outputRate ? 0 : 1);
  }
});

test("counts stay exact over any number of changes of rate", () => {
  const seed = 20_261_120;
  console.log(`seed ${seed}`);
  const random = pseudoRandom(seed);
  const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
  for (let round = 0; round < 20; round++) {
    const outputRate = random() < 0.5 ? 24_000 : 16_000;
    const parts = Array.from({ length: between(2, 6) }, () => ({
      rate: [8_000, 16_000, 24_000, 32_000, 44_100, 48_000, 96_000, between(8_000, 48_000)][between(0, 7)],
      frames: between(0, 3_000),
    }));
    const output = stream(
      outputRate,
      parts,
      (_, frames) => new Float32Array(frames).fill(0.25),
      () => between(1, 1024),
    );
    let [numerator, denominator] = [0n, 1n];
    for (const { rate, frames } of parts) {
      numerator = numerator * BigInt(rate) + BigInt(frames * outputRate) * denominator;
      denominator *= BigInt(rate);
    }
    const wanted = Number((2n * numerator + denominator) / (2n * denominator));
    expect(output.length, JSON.stringify({ seed, round, outputRate, parts })).toBe(wanted);
  }
});
