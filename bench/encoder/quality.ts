// What comes out of a subject, whatever it is: it is fed tones in blocks of 128 frames, as Web Audio would.

import { fitSine } from "../../test/support/fit-sine.js";
import type { Renderer, Subject } from "./subjects.js";
import { decibels, MINUS_1_DBFS, tone } from "./tones.js";

/** Frames of a block. */
const BLOCK = 128;
/** dB of an ideal 16-bit conversion of a sine at -1 dBFS: 6.02 · 16 + 1.76 - 1. */
export const IDEAL_SINAD = 10 * Math.log10(MINUS_1_DBFS ** 2 / 2 / (1 / 12 / 32_768 ** 2));

/** Figures of one subject at one pair of rates. */
export interface Quality {
  subject: string;
  inputRate: number;
  outputRate: number;
  /** dB of a 997 Hz sine at -1 dBFS over all that is not it. */
  sinad: number;
  /** Strongest spurious product in LSB: aliases of tones at or above the new Nyquist frequency, or images. */
  spuriousLsb: number;
  /** The same relative to the tone, dB; where nothing at all came out, what 1 LSB would have been. */
  spuriousDb: number;
  /** Down: whether every tone at or above the new Nyquist frequency came out as zeros alone. */
  silent: string;
  /** Gain from 20 Hz to 0.92 of the lower Nyquist frequency, least and greatest, dB. */
  lowest: number;
  highest: number;
  /** Where the gain falls below -0.1 dB, relative to the lower Nyquist frequency. */
  edge: number;
  /** Mean time from newest input to newest output, ms, the filter's own delay included; NaN for what is not a stream. */
  latency: number;
}

/** Runs `input` through a fresh stream. */
export async function through(
  subject: Subject,
  inputRate: number,
  outputRate: number,
  input: Float32Array,
): Promise<Int16Array> {
  const stream = await subject.open(inputRate, outputRate);
  const output = new Int16Array(Math.ceil((input.length * outputRate) / inputRate) + 4096);
  let at = 0;
  for (let n = 0; n + BLOCK <= input.length; n += BLOCK) {
    const samples = stream(input.subarray(n, n + BLOCK));
    output.set(samples, at);
    at += samples.length;
  }
  return output.subarray(0, at);
}

/** Everything that is measured, at one pair of rates. `tones`: how many frequencies a band is tried at. */
export async function measureQuality(
  subject: Subject | Renderer,
  inputRate: number,
  outputRate: number,
  tones: number,
): Promise<Quality> {
  const lower = Math.min(inputRate, outputRate);
  const run = (frequency: number, seconds: number): Promise<Int16Array> => {
    const input = tone(frequency, inputRate, Math.round(inputRate * seconds));
    return "open" in subject
      ? through(subject, inputRate, outputRate, input)
      : subject.render(input, inputRate, outputRate);
  };
  const skip = Math.round(0.05 * outputRate);

  const sine = await run(997, 1.2);
  const { amplitude, residual } = fitSine(sine, outputRate, 997, skip, skip + outputRate);
  const gain = async (frequency: number): Promise<number> => {
    const output = await run(frequency, 0.25);
    return decibels(fitSine(output, outputRate, frequency, skip, output.length).amplitude / 32_768 / MINUS_1_DBFS);
  };
  let [lowest, highest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (let i = 0; i <= tones; i++) {
    const level = await gain(20 + ((0.46 * lower - 20) * i) / tones);
    lowest = Math.min(lowest, level);
    highest = Math.max(highest, level);
  }
  const spurious = inputRate > outputRate ? await aliases() : await images();
  return {
    subject: subject.name,
    inputRate,
    outputRate,
    sinad: decibels(amplitude / Math.SQRT2 / Math.sqrt(residual)),
    ...spurious,
    spuriousDb: decibels(Math.max(spurious.spuriousLsb, 1) / 32_768 / MINUS_1_DBFS),
    lowest,
    highest,
    edge: await edge(),
    latency: "open" in subject ? await latency(subject) : Number.NaN,
  };

  /** The loudest sample that any tone at or above the new Nyquist frequency leaves. */
  async function aliases(): Promise<{ spuriousLsb: number; silent: string }> {
    let worst = 0;
    for (let i = 0; i <= tones; i++) {
      const frequency = outputRate / 2 + ((inputRate - outputRate) / 2) * (i / tones) ** 2;
      const output = await run(frequency, 0.25);
      for (let k = skip; k < output.length; k++) worst = Math.max(worst, Math.abs(output[k]));
    }
    return { spuriousLsb: worst, silent: worst === 0 ? "yes" : "no" };
  }

  /** The strongest image of any tone below the old Nyquist frequency. */
  async function images(): Promise<{ spuriousLsb: number; silent: string }> {
    let worst = 0;
    for (let i = 1; i <= tones; i++) {
      const frequency = (inputRate / 2) * (1 - (i / tones) ** 2 * 0.999) - 1;
      const output = Float64Array.from(await run(frequency, 0.5));
      // Without the tone, which would leak into its neighbours.
      const { at } = fitSine(output, outputRate, frequency, skip, output.length);
      for (let k = 0; k < output.length; k++) output[k] -= at(k);
      for (const image of [inputRate - frequency, inputRate + frequency]) {
        const folded = Math.abs(image - outputRate * Math.round(image / outputRate));
        if (Math.abs(folded - frequency) < 20 || folded < 20) continue;
        worst = Math.max(worst, fitSine(output, outputRate, folded, skip, output.length).amplitude);
      }
    }
    return { spuriousLsb: worst, silent: "-" };
  }

  async function edge(): Promise<number> {
    // Linear interpolation falls early, steep filters late: the first crossing from below.
    let [inside, outside] = [0, 1];
    for (let part = 0.05; part <= 1; part += 0.05)
      if ((await gain(part * 0.499 * lower)) < -0.1) {
        outside = part * 0.998;
        break;
      } else inside = part * 0.998;
    for (let round = 0; round < 9; round++) {
      const middle = (inside + outside) / 2;
      if ((await gain((middle * lower) / 2)) < -0.1) outside = middle;
      else inside = middle;
    }
    return inside;
  }

  /** The middle of an impulse tells the delay of the filter; the rest is what the stream has not given yet. */
  async function latency(subject: Subject): Promise<number> {
    const impulse = new Float32Array(BLOCK * 400);
    const at = BLOCK * 20;
    impulse[at] = 0.9;
    const stream = await subject.open(inputRate, outputRate);
    let [given, waiting, blocks, moment, energy] = [0, 0, 0, 0, 0];
    for (let n = 0; n < impulse.length; n += BLOCK) {
      const samples = stream(impulse.subarray(n, n + BLOCK));
      for (let k = 0; k < samples.length; k++) {
        moment += (given + k) * samples[k] ** 2;
        energy += samples[k] ** 2;
      }
      given += samples.length;
      if (n > BLOCK * 200) {
        waiting += (n + BLOCK) / inputRate - given / outputRate;
        blocks++;
      }
    }
    return 1000 * (waiting / blocks + moment / energy / outputRate - at / inputRate);
  }
}
