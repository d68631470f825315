import { describe, expect, test } from "vitest";
import { planEncoder } from "../../src/encoder/plan.js";
import { PcmEncoder } from "../../worklet/encoder.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { encode, encodeAll, exact, expectedLength, ratePairs, sine, wasm } from "./encode.js";

const seed = Number(process.env.SEED ?? 20_261_121);
console.log(`seed ${seed} (SEED=… sets another)`);
const random = pseudoRandom(seed);
const between = (low: number, high: number): number => low + Math.floor(random() * (high - low + 1));
const noise = (frames: number, amplitude = 0.5): Float32Array =>
  Float32Array.from({ length: frames }, () => amplitude * (2 * random() - 1));
const usual = [8_000, 11_025, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000, 88_200, 96_000, 176_400, 192_000];
const anyRate = (): number => (random() < 0.5 ? usual[between(0, usual.length - 1)] : between(8_000, 192_000));
const encoderOf = (inputRate: number, outputRate: number, maxBlockFrames?: number): PcmEncoder =>
  new PcmEncoder(wasm, planEncoder(inputRate, outputRate), maxBlockFrames === undefined ? {} : { maxBlockFrames });

describe("random rates, lengths and cuts", () => {
  test("the count is round(n · out / in), and the samples are those of the formula and of any other cut", () => {
    for (let round = 0; round < 40; round++) {
      const [inputRate, outputRate] = [anyRate(), anyRate()];
      const frames = between(0, Math.min(6_000, Math.floor((40_000 * inputRate) / outputRate)));
      const name = JSON.stringify({ seed, round, inputRate, outputRate, frames });
      const input = noise(frames);
      const encoder = encoderOf(inputRate, outputRate);
      const whole = encodeAll(encoder, input, () => 4096);
      expect(whole.length, name).toBe(expectedLength(frames, inputRate, outputRate));
      // The same instance again, after flush(); then one with short blocks.
      expect(
        encodeAll(encoder, input, () => between(1, 700)),
        name,
      ).toEqual(whole);
      expect(
        encodeAll(encoderOf(inputRate, outputRate, 31), input, () => between(1, 31)),
        name,
      ).toEqual(whole);
      if (inputRate === outputRate) continue;
      for (let i = 0; i < Math.min(25, whole.length); i++) {
        const k = between(0, whole.length - 1);
        const wanted = Math.max(-32_768, Math.min(32_767, exact(inputRate, outputRate, input, k)));
        expect(Math.abs(whole[k] - wanted), `${name}, sample ${k}`).toBeLessThan(0.52);
      }
    }
  });

  test("every length from 0 frames on is counted right", () => {
    for (const [inputRate, outputRate] of [...ratePairs, [24_000, 48_000], [24_000, 24_000], [8_000, 24_000]]) {
      const encoder = encoderOf(inputRate, outputRate);
      for (let frames = 0; frames < 200; frames++)
        expect(encodeAll(encoder, new Float32Array(frames)).length).toBe(expectedLength(frames, inputRate, outputRate));
    }
  });

  test("dither, too, is the same for every cut", () => {
    for (const [inputRate, outputRate] of [...ratePairs, [24_000, 24_000]] as const) {
      const input = noise(5_000);
      const one = encode(inputRate, outputRate, input, true);
      const encoder = new PcmEncoder(wasm, planEncoder(inputRate, outputRate), { dither: true });
      expect(encodeAll(encoder, input, () => between(1, 300))).toEqual(one);
    }
  });

  test("a click at input frame t comes out at t · out / in", () => {
    for (let round = 0; round < 30; round++) {
      const [inputRate, outputRate] = ratePairs[between(0, ratePairs.length - 1)];
      const input = new Float32Array(4_000);
      const at = between(600, 3_400);
      input[at] = 0.9;
      const output = encode(inputRate, outputRate, input);
      let [moment, energy] = [0, 0];
      output.forEach((sample, k) => {
        moment += k * sample ** 2;
        energy += sample ** 2;
      });
      // The middle of the energy is exact to what 16 bits leave of it.
      expect(Math.abs(moment / energy - (at * outputRate) / inputRate)).toBeLessThan(0.01);
    }
  });
});

describe("channels", () => {
  const mono: Record<number, (x: readonly number[]) => number> = {
    1: ([a]) => a,
    2: ([a, b]) => 0.5 * (a + b),
    4: ([a, b, c, d]) => 0.25 * (a + b + c + d),
    6: ([l, r, c, _lfe, sl, sr]) => Math.SQRT1_2 * (l + r) + c + 0.5 * (sl + sr),
  };

  test("are mixed by the speaker rules, or the first is taken, with a count that changes from block to block", () => {
    const encoder = encoderOf(24_000, 24_000);
    for (let round = 0; round < 200; round++) {
      const channels = between(1, 8);
      const frames = between(0, 300);
      const planes = Array.from({ length: channels }, () => noise(frames, 0.24));
      const output = encoder.encode(planes);
      expect(output.length).toBe(frames);
      for (let n = 0; n < frames; n++) {
        const mix = mono[channels] ?? (([first]: readonly number[]) => first);
        const wanted = 32_768 * mix(planes.map((plane) => plane[n]));
        expect(Math.abs(output[n] - wanted), `seed ${seed}, ${channels} channels`).toBeLessThan(0.51);
      }
    }
  });
});

describe("equal rates", () => {
  test("every s16 value comes out as it went in, at once", () => {
    const all = Float32Array.from({ length: 65_536 }, (_, n) => (n - 32_768) / 32_768);
    for (const rate of [8_000, 44_101]) {
      const encoder = encoderOf(rate, rate);
      expect(encoder.latencySeconds).toBe(0);
      expect(encoder.encode([all.subarray(0, 77)]).length).toBe(77);
      encoder.reset();
      const output = encodeAll(encoder, all, () => between(1, 4096));
      expect(output).toHaveLength(65_536);
      expect(output.every((sample, n) => sample === n - 32_768)).toBe(true);
    }
  });

  test("out of range is limited, halves go to even", () => {
    const encoder = encoderOf(24_000, 24_000);
    const input = Float32Array.of(
      1,
      1.5,
      -1,
      -1.5,
      0.5 / 32_768,
      1.5 / 32_768,
      -0.5 / 32_768,
      -2.5 / 32_768,
      1e30,
      -1e30,
    );
    expect([...encoder.encode([input])]).toEqual([32_767, 32_767, -32_768, -32_768, 0, 2, 0, -2, 32_767, -32_768]);
  });
});

describe("input that is no audio", () => {
  test("NaN counts as 0: the output is that of the same input with zeros", () => {
    for (const [inputRate, outputRate] of [...ratePairs, [24_000, 24_000], [44_101, 24_000]] as const) {
      const broken = noise(4_000);
      const mended = broken.slice();
      for (let i = 0; i < 100; i++) {
        const n = between(0, 3_999);
        broken[n] = Number.NaN;
        mended[n] = 0;
      }
      expect(encode(inputRate, outputRate, broken)).toEqual(encode(inputRate, outputRate, mended));
    }
  });

  test("infinities do not outlast the filter, and nothing wraps around", () => {
    for (const [inputRate, outputRate] of ratePairs) {
      const input = noise(6_000, 0.3);
      const clean = encode(inputRate, outputRate, input);
      input[3_000] = Number.POSITIVE_INFINITY;
      input[3_001] = Number.NEGATIVE_INFINITY;
      const output = encode(inputRate, outputRate, input);
      const center = (3_000 * outputRate) / inputRate;
      const reach = 55 * Math.max(1, outputRate / inputRate);
      output.forEach((sample, k) => {
        if (Math.abs(k - center) > reach) expect(sample).toBe(clean[k]);
      });
      const loud = new Float32Array(4_000).fill(Number.POSITIVE_INFINITY);
      const held = encode(inputRate, outputRate, loud);
      expect(held.subarray(100, held.length - 100).every((sample) => sample === 32_767)).toBe(true);
    }
  });

  test("denormals are silence", () => {
    for (const [inputRate, outputRate] of ratePairs) {
      const input = Float32Array.from({ length: 3_000 }, () => (random() - 0.5) * 1e-38);
      expect(encode(inputRate, outputRate, input).every((sample) => sample === 0)).toBe(true);
    }
  });

  test("a full-scale square wave overshoots into the limit and never wraps around", () => {
    for (const [inputRate, outputRate] of ratePairs) {
      const period = between(40, 400);
      const input = Float32Array.from({ length: 3_000 }, (_, n) => (n % period < period / 2 ? 1 : -1));
      const output = encode(inputRate, outputRate, input);
      let limited = 0;
      let worst = 0;
      output.forEach((sample, k) => {
        const wanted = exact(inputRate, outputRate, input, k);
        if (Math.abs(wanted) > 32_768) limited++;
        worst = Math.max(worst, Math.abs(sample - Math.max(-32_768, Math.min(32_767, wanted))));
      });
      expect(worst).toBeLessThan(0.52);
      expect(limited).toBeGreaterThan(0);
    }
  });

  test("digital silence stays silence", () => {
    for (const [inputRate, outputRate] of [...ratePairs, [24_000, 24_000]])
      expect(encode(inputRate, outputRate, new Float32Array(5_000)).every((sample) => sample === 0)).toBe(true);
  });
});

describe("dither", () => {
  test("is triangular: 0.25 LSB² of noise above rounding, no mean, no trace of the signal", () => {
    const input = sine(997, 24_000, 240_000, 0.6 / 32_768);
    const output = encode(24_000, 24_000, input, true);
    // A sine below 1 LSB survives: its amplitude is found again in the noise.
    let [product, square, error, mean] = [0, 0, 0, 0];
    output.forEach((sample, n) => {
      const wanted = input[n] * 32_768;
      product += sample * wanted;
      square += wanted ** 2;
      error += (sample - wanted) ** 2;
      mean += sample - wanted;
    });
    const variance = error / output.length;
    console.log(
      `dither: variance ${variance.toFixed(4)} LSB² (ideal 0.25), gain of a 0.6 LSB sine ${(product / square).toFixed(4)}`,
    );
    expect(variance).toBeGreaterThan(0.245);
    expect(variance).toBeLessThan(0.255);
    expect(Math.abs(mean / output.length)).toBeLessThan(0.005);
    expect(Math.abs(product / square - 1)).toBeLessThan(0.02);
  });
});

describe("bad input", () => {
  test("throws a RangeError that names the option and its range", () => {
    for (const bad of [
      0,
      -48_000,
      Number.NaN,
      44_100.5,
      7_999,
      192_001,
      Number.POSITIVE_INFINITY,
      "48000" as unknown as number,
    ]) {
      expect(() => planEncoder(bad, 24_000)).toThrow(/inputRate must be .*8000 to 192000/);
      expect(() => planEncoder(48_000, bad)).toThrow(/outputRate must be .*8000 to 192000/);
      expect(() => planEncoder(bad, 24_000)).toThrow(RangeError);
    }
    for (const bad of [0, 4_097, -1, 1.5, Number.NaN])
      expect(() => encoderOf(48_000, 24_000, bad)).toThrow(/maxBlockFrames must be .*1 to 4096/);
  });

  test("leaves the stream as it was", () => {
    for (const [inputRate, outputRate] of ratePairs) {
      const encoder = encoderOf(inputRate, outputRate, 256);
      const input = noise(2_560);
      const pieces: number[] = [];
      for (let n = 0; n < input.length; n += 256) {
        pieces.push(...encoder.encode([input.subarray(n, n + 256)]));
        expect(() => encoder.encode([])).toThrow(/planes must be 1 to 8/);
        expect(() => encoder.encode(Array.from({ length: 9 }, () => new Float32Array(8)))).toThrow(
          /planes must be 1 to 8/,
        );
        expect(() => encoder.encode([new Float32Array(257)])).toThrow(/256.*maxBlockFrames/);
        expect(() => encoder.encode([new Float32Array(8), new Float32Array(9)])).toThrow(RangeError);
      }
      pieces.push(...encoder.flush());
      expect(Int16Array.from(pieces)).toEqual(encode(inputRate, outputRate, input));
    }
  });
});

test("the output's view is not made anew: equal counts give the same object", () => {
  const encoder = encoderOf(48_000, 24_000);
  const block = [new Float32Array(128)];
  const views = new Set(Array.from({ length: 100 }, () => encoder.encode(block)));
  expect([...views].filter(({ length }) => length === 64)).toHaveLength(1);
});

test("24 hours of samples are counted without drift", () => {
  // Positions and counts are those of the real plan; its windows are cut to 4 zeros, so that a day takes seconds. The bench
  // runs the day with all its taps.
  const [inputRate, outputRate] = [11_025, 8_000];
  const plan = planEncoder(inputRate, outputRate);
  const encoder = new PcmEncoder(wasm, { ...plan, window: 4, bank: new Float32Array(plan.groups * 32) });
  const block = [new Float32Array(4_096)];
  let [frames, samples] = [0, 0];
  for (let hour = 1; hour <= 24; hour++) {
    while (frames < hour * 3600 * inputRate) {
      samples += encoder.encode(block).length;
      frames += 4_096;
    }
    // What is held back never grows.
    const held = expectedLength(frames, inputRate, outputRate) - samples;
    expect(held).toBeGreaterThanOrEqual(50);
    expect(held).toBeLessThanOrEqual(50 + 11);
  }
  expect(samples + encoder.flush().length).toBe(expectedLength(frames, inputRate, outputRate));
}, 180_000);
