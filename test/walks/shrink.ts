import fc from "fast-check";
import { drawn, parameters } from "./draw.js";
import type { Walk } from "./walk.js";

/**
 * Shrinks the walk of a seed to fewer and simpler inputs that still fail: by fast-check for half of the attempts at most, then
 * by leaving out whole inputs. Attempts are counted, not timed, so that the result is the same every time. Undefined when the
 * walk does not fail.
 */
export async function shrinkWalk(
  seed: number,
  isFailing: (walk: Walk) => Promise<boolean>,
  { clean = false, attempts = 300 } = {},
): Promise<Walk | undefined> {
  const tried = new Map<string, boolean>();
  const within =
    (most: number) =>
    async (walk: Walk): Promise<boolean> => {
      const key = JSON.stringify(walk);
      const known = tried.get(key);
      if (known !== undefined) return known;
      if (tried.size >= most) return false;
      tried.set(key, false);
      const result = await isFailing(walk);
      tried.set(key, result);
      return result;
    };
  let best: Walk | undefined;
  const fails = within(attempts / 2);
  const property = fc.asyncProperty(drawn(clean), async (walk) => {
    if (!(await fails(walk))) return true;
    best = walk;
    return false;
  });
  await fc.check(property, parameters(seed));
  return best && dropInputs(best, within(attempts));
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
