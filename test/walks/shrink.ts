import fc from "fast-check";
import { drawn, parameters } from "./draw.js";
import type { Walk } from "./walk.js";

/**
 * Shrinks the walk of a seed to fewer and simpler inputs that still fail, for about `seconds` of wall-clock time. First whole
 * inputs go, then fast-check shrinks their values, then inputs go again. Undefined when the walk does not fail.
 */
export async function shrinkWalk(
  seed: number,
  isFailing: (walk: Walk) => Promise<boolean>,
  { clean = false, seconds = 60 } = {},
): Promise<Walk | undefined> {
  const until = performance.now() + seconds * 1000;
  const tried = new Map<string, boolean>();
  const fails = async (walk: Walk): Promise<boolean> => {
    const key = JSON.stringify(walk);
    const known = tried.get(key);
    if (known !== undefined) return known;
    const result = performance.now() < until && (await isFailing(walk));
    tried.set(key, result);
    return result;
  };
  let best: Walk | undefined;
  // A third of the time at most goes to values, which take the most attempts.
  const property = fc.asyncProperty(drawn(clean), async (walk) => {
    if (!(await fails(walk))) return true;
    best = walk;
    return false;
  });
  await fc.check(property, { ...parameters(seed), interruptAfterTimeLimit: (seconds * 1000) / 3 });
  return best && dropInputs(best, fails);
}

/** Leaves out steps and settings as long as the walk still fails. */
async function dropInputs(walk: Walk, fails: (walk: Walk) => Promise<boolean>): Promise<Walk> {
  let best = walk;
  for (let again = true; again; ) {
    again = false;
    for (let size = Math.ceil(best.steps.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2))
      for (let at = best.steps.length - size; at >= 0; at -= size) {
        const candidate = { ...best, steps: best.steps.toSpliced(at, size) };
        if (!(await fails(candidate))) continue;
        best = candidate;
        again = true;
      }
    for (const candidate of withoutSettings(best)) {
      if (!(await fails(candidate))) continue;
      best = candidate;
      again = true;
      break;
    }
  }
  return best;
}

/** The walk with one setting less, in every way. */
function* withoutSettings(walk: Walk): Generator<Walk> {
  const without = <T extends object>(value: T, name: string): T =>
    Object.fromEntries(Object.entries(value).filter(([member]) => member !== name)) as T;
  const { room, client } = walk;
  for (const name of Object.keys(client)) yield { ...walk, client: without(client, name) };
  for (const name of Object.keys(room)) if (name !== "seed") yield { ...walk, room: without(room, name) };
  for (const name of Object.keys(room.model ?? {}))
    yield { ...walk, room: { ...room, model: without(room.model ?? {}, name) } };
}
