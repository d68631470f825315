import fc from "fast-check";
import { cleanWalks, walks } from "./generate.js";
import type { Walk } from "./walk.js";

/** Every walk has a seed of its own, so that any one can be run again alone. */
export const parameters = (seed: number) => ({ seed, numRuns: 1, unbiased: true });

/** Where walks are drawn from. `clean`: none of them has a fault. */
export const drawn = (clean: boolean): fc.Arbitrary<Walk> => (clean ? cleanWalks : walks);

/** The walk of a seed. */
export function drawWalk(seed: number, clean = false): Walk {
  return fc.sample(drawn(clean), parameters(seed))[0] as Walk;
}
