import fc from "fast-check";
import { cleanWalks, walks } from "./generate.js";
import type { Walk } from "./walk.js";

/** Every walk has a seed of its own, so that any one can be run again alone. */
const parameters = (seed: number) => ({ seed, numRuns: 1, unbiased: true });

/** The walk of a seed. `clean`: one without faults. */
export function drawWalk(seed: number, clean = false): Walk {
  return fc.sample(clean ? cleanWalks : walks, parameters(seed))[0] as Walk;
}

/**
 * Shrinks the walk of a seed to fewer and simpler inputs that still fail, for `seconds` of wall-clock time at most.
 * Undefined when it does not fail.
 */
export async function shrinkWalk(
  seed: number,
  isFailing: (walk: Walk) => Promise<boolean>,
  { clean = false, seconds = 60 } = {},
): Promise<Walk | undefined> {
  let best: Walk | undefined;
  const property = fc.asyncProperty(clean ? cleanWalks : walks, async (walk) => {
    if (!(await isFailing(walk))) return true;
    best = walk;
    return false;
  });
  await fc.check(property, { ...parameters(seed), interruptAfterTimeLimit: seconds * 1000 });
  return best;
}
