import type { EncoderPlan } from "../../worklet/encoder.js";
import { HALF_LENGTH, impulseResponse } from "./prototype.js";

/** Lowest rate in Hz on either side. */
export const MIN_RATE = 8_000;
/** Highest rate in Hz on either side. */
export const MAX_RATE = 192_000;

/** Outputs that a kernel makes at once. */
const GROUP = 8;
/** Most phases that are stored exactly. */
const MAX_PHASES = 640;
/** Stored phases per frame of input when there are more: cubic interpolation between 64 stays below -130 dB. */
const ROWS = 64;
/** Scale of s16, carried by the coefficients. */
const SCALE = 32_768;
/** Seconds of input kept behind the window: what the next encoder can need (see continue.ts) at the lowest rate. */
const KEEP_SECONDS = 0.016;

const plans = new Map<string, EncoderPlan>();

/**
 * Designs the filter bank for a pair of rates; takes some milliseconds the first time and is cached, so do it off the
 * audio thread. The filter is that of `impulseResponse()`. A stream that goes on at another rate: `continueEncoder()`.
 * @param inputRate Hz, a whole number from 8000 to 192000.
 * @param outputRate Likewise.
 * @throws RangeError naming the rate that is out of range.
 */
export function planEncoder(inputRate: number, outputRate: number): EncoderPlan {
  checkRates(inputRate, outputRate);
  const key = `${inputRate}/${outputRate}`;
  const known = plans.get(key);
  if (known) return known;
  const plan = designPlan(inputRate, outputRate);
  plans.set(key, plan);
  return plan;
}

function checkRates(inputRate: number, outputRate: number): void {
  for (const [name, rate] of Object.entries({ inputRate, outputRate }))
    if (!Number.isInteger(rate) || rate < MIN_RATE || rate > MAX_RATE)
      throw new RangeError(
        `${name} must be a whole number of Hz from ${MIN_RATE} to ${MAX_RATE}, not ${String(rate)}.`,
      );
}

/** Where a sample of output lies, in frames of input: `whole` + `fraction`, 0 ≤ fraction < 1. */
export interface Position {
  /** Frames; below 0 when earlier encoders of the stream owe samples. */
  whole: number;
  /** Rest of a frame. */
  fraction: number;
}

/** A plan whose first sample lies at `position`, not cached; rates and errors as of {@link planEncoder}. */
export function designPlan(
  inputRate: number,
  outputRate: number,
  { whole, fraction }: Position = { whole: 0, fraction: 0 },
): EncoderPlan {
  checkRates(inputRate, outputRate);
  const divisor = greatestCommonDivisor(inputRate, outputRate);
  const up = outputRate / divisor;
  const down = inputRate / divisor;
  const bank =
    up === down && fraction === 0
      ? { kernel: "same" as const, window: 0, span: 0, groups: 1, bank: new Float32Array(0), lead: 0 }
      : up === 1 && fraction === 0
        ? wholeRatio(down)
        : up <= MAX_PHASES
          ? exactPhases(up, down, fraction)
          : interpolatedPhases(up, down, fraction);
  const { lead, ...layout } = bank;
  // The newest frame that a group needs, over its last output; then the wait for the next group, half of it on average.
  const ahead = layout.span - 1 - lead - fraction - meanLastPosition(up, down, layout.groups);
  const wait = ((GROUP * down) / up - 1) / 2;
  return {
    inputRate,
    outputRate,
    up,
    down,
    ...layout,
    first: whole - lead,
    keep: Math.ceil(KEEP_SECONDS * inputRate),
    latencySeconds: layout.kernel === "same" ? 0 : (ahead + wait) / inputRate,
    elapsed: { numerator: 0n, denominator: 1n },
    emitted: 0,
    past: new Float32Array(0),
  };
}

/** A bank and how its windows lie: `lead` frames of the first window are before the group's first output. */
interface Bank extends Pick<EncoderPlan, "kernel" | "window" | "span" | "groups" | "bank"> {
  lead: number;
}

/**
 * M:1. The group's 8 outputs lie symmetric about a middle, so half of the window's frames tells all: see whole() in
 * wasm/kernels.ts. Of each of outputs 0 to 3 and its mirror image, half the sum and half the difference are stored.
 */
function wholeRatio(ratio: number): Bank {
  const middle = ((GROUP - 1) * ratio) / 2;
  const newest = Math.ceil(2 * middle + HALF_LENGTH * ratio) - 1;
  const window = Math.ceil((newest - Math.ceil(middle) + 1) / 4) * 4;
  const lead = window - 1 - Math.floor(middle);
  const bank = new Float32Array(window * GROUP);
  for (let i = 0; i < window; i++) {
    // A frame on the middle is its own image and comes in twice.
    const share = i - lead === middle ? 0.25 : 0.5;
    for (let output = 0; output < GROUP / 2; output++) {
      const one = tap(i - lead - output * ratio, 1 / ratio);
      const image = tap(i - lead - (GROUP - 1 - output) * ratio, 1 / ratio);
      const at = (i & ~3) * GROUP + output * 4 + (i & 3);
      bank[at] = share * (one + image);
      bank[at + GROUP * 2] = share * (one - image);
    }
  }
  return { kernel: "whole", window, span: 2 * window - ((ratio + 1) % 2), groups: 1, bank, lead };
}

/** Groups of 8 outputs, one after the other until the phases repeat; in each, 4 floats of each output per vector. */
function exactPhases(up: number, down: number, offset: number): Bank {
  const groups = up / greatestCommonDivisor(GROUP, up);
  const positions = Array.from({ length: groups }, (_, group) => {
    const phase = offset + ((GROUP * group * down) % up) / up;
    return Array.from({ length: GROUP }, (_, output) => phase + (output * down) / up);
  });
  const { bank, window, lead } = interleaved(positions, up / down);
  return { kernel: "fractional", window, span: window, groups, bank, lead };
}

/** Rows of one phase each, 64 per frame and 3 more for the polynomial's reach. */
function interpolatedPhases(up: number, down: number, offset: number): Bank {
  const rows = Array.from({ length: ROWS + 3 }, (_, row) => [offset + (row - 1) / ROWS]);
  const { bank, window, lead } = interleaved(rows, up / down);
  const reach = Math.floor((up - 1 + (GROUP - 1) * down) / up);
  return { kernel: "interpolated", window, span: window + reach, groups: 1, bank, lead };
}

/**
 * Coefficients for groups of outputs at `positions`, in frames after the group's base. A group's outputs share one
 * window; it ends with the newest frame that any group needs. `ratio`: output to input rate.
 */
function interleaved(positions: readonly (readonly number[])[], ratio: number): Pick<Bank, "bank" | "window" | "lead"> {
  const scale = Math.min(1, ratio);
  const reach = HALF_LENGTH / scale;
  const all = positions.flat();
  const oldest = Math.floor(Math.min(...all) - reach) + 1;
  const newest = Math.ceil(Math.max(...all) + reach) - 1;
  const window = Math.ceil((newest - oldest + 1) / 4) * 4;
  const lead = window - 1 - newest;
  const bank = new Float32Array(window * all.length);
  let offset = 0;
  for (const group of positions) {
    group.forEach((position, output) => {
      for (let i = 0; i < window; i++) {
        const at = offset + (i & ~3) * group.length + output * 4 + (i & 3);
        bank[at] = tap(i - lead - position, scale);
      }
    });
    offset += window * group.length;
  }
  return { bank, window, lead };
}

/** The coefficient for a frame so many frames after the output; `scale`: lower rate over input rate. */
function tap(frames: number, scale: number): number {
  return SCALE * scale * impulseResponse(scale * frames);
}

/** Where the last output of a group lies after the group's base, on average over the phases, in frames. */
function meanLastPosition(up: number, down: number, groups: number): number {
  let phases = 0;
  for (let group = 0; group < groups; group++) phases += ((GROUP * group * down) % up) / up;
  return phases / groups + ((GROUP - 1) * down) / up;
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}
