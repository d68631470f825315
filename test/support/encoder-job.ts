// One job for the public encoder, the same in Node, in a page and in a worker. It stands alone but for what it is given.
import type * as entry from "tavus-echo/encoder";
import { pseudoRandom } from "./pseudo-random.js";

/** What is encoded: noise of this seed, cut into blocks by the same. */
export interface EncoderJob {
  inputRate: number;
  outputRate: number;
  frames: number;
  seed: number;
  /** Bad calls are made between the good ones. */
  badCalls: boolean;
}

/** An error as it was told. */
export interface Refusal {
  what: string;
  name: string;
  message: string;
}

/** What came out. */
export interface EncoderFinding {
  pcm: number[];
  latencySeconds: number;
  refusals: Refusal[];
}

/** Longest block that is agreed in every job. */
export const MOST = 1000;

/** The input of a job: noise from -1 to 1. */
export function jobInput({ frames, seed }: EncoderJob): Float32Array {
  const random = pseudoRandom(seed);
  return Float32Array.from({ length: frames }, () => 2 * random() - 1);
}

/** Runs the job with an encoder of this entry. */
export async function runEncoderJob({ createEncoder }: typeof entry, job: EncoderJob): Promise<EncoderFinding> {
  const input = jobInput(job);
  const random = pseudoRandom(job.seed + 1);
  const { inputRate, outputRate } = job;
  const encoder = await createEncoder({ inputRate, outputRate, channels: 2, maxBlockFrames: MOST });
  const refusals: Refusal[] = [];
  const pcm: number[] = [];
  const refused = async (what: string, call: () => unknown): Promise<void> => {
    try {
      await call();
      refusals.push({ what, name: "none", message: "" });
    } catch (error) {
      const { name, message } = error as Error;
      refusals.push({ what, name: error instanceof RangeError ? name : `not a RangeError: ${name}`, message });
    }
  };
  const loud = (frames: number): Float32Array => new Float32Array(frames).fill(1);
  const badCalls: Record<string, () => unknown> = {
    "block too long": () => encoder.encode(loud(MOST + 1)),
    "three planes of two channels": () => encoder.encode([loud(10), loud(10), loud(10)]),
    "no planes": () => encoder.encode([]),
    "planes of two lengths": () => encoder.encode([loud(10), loud(11)]),
  };
  for (let at = 0; at < input.length; ) {
    const length = Math.min(Math.floor(random() * (MOST + 1)), input.length - at);
    pcm.push(...encoder.encode(input.subarray(at, at + length)));
    at += length;
    if (job.badCalls) for (const [what, call] of Object.entries(badCalls)) await refused(what, call);
  }
  pcm.push(...encoder.flush());
  if (job.badCalls) {
    const bad = {
      inputRate: [0, 7999, 192_001, Number.NaN, -48_000, 44_100.5],
      channels: [0, 9, 1.5],
      maxBlockFrames: [0, 4097],
    };
    for (const [option, values] of Object.entries(bad))
      for (const value of values)
        await refused(`${option} ${value}`, () => createEncoder({ inputRate, outputRate, [option]: value }));
    for (const value of bad.inputRate)
      await refused(`outputRate ${value}`, () => createEncoder({ inputRate, outputRate: value }));
  }
  const { latencySeconds } = encoder;
  encoder.close();
  return { pcm, latencySeconds, refusals };
}
