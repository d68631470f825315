import { defects } from "./defects.js";
import { drawWalk } from "./draw.js";
import { fails } from "./judge/finding.js";
import { judge } from "./judge/judge.js";
import { runWalk } from "./run.js";
import { shrinkWalk } from "./shrink.js";
import { sizeOf, type Walk } from "./walk.js";

/** A defect that was found, or not: `walk` is the shrunk one. */
export interface Hunt {
  name: string;
  /** Walks until it was found. */
  tries: number;
  rule?: string;
  size?: number;
  walk?: Walk;
}

/** Draws walks from `seed` on until the judge finds the defect in one that passes without it, then shrinks that one. */
export async function hunt(name: string, seed: number, most: number, attempts: number): Promise<Hunt> {
  const defect = defects.find((candidate) => candidate.name === name);
  if (!defect) throw new TypeError(`There is no defect "${name}".`);
  const rules = async (walk: Walk): Promise<string[]> => {
    const withIt = judge(await runWalk(walk, defect));
    if (!fails(withIt) || fails(judge(await runWalk(walk)))) return [];
    return withIt.map((finding) => finding.rule);
  };
  for (let tries = 1; tries <= most; tries++) {
    const found = await rules(drawWalk(seed + tries - 1));
    if (found.length === 0) continue;
    const isFailing = async (walk: Walk): Promise<boolean> => (await rules(walk)).length > 0;
    const walk = await shrinkWalk(seed + tries - 1, isFailing, { attempts });
    if (!walk) throw new Error(`Seed ${seed + tries - 1} failed once, and not again.`);
    return { name, tries, rule: [...new Set(await rules(walk))].join(", "), size: sizeOf(walk), walk };
  }
  return { name, tries: most };
}
