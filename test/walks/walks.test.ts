import fc from "fast-check";
import { expect, test } from "vitest";
import { walks } from "./generate.js";
import { judge } from "./judge/judge.js";
import { runWalk } from "./run.js";

test("statistics", async () => {
  const t0 = performance.now();
  const list = fc.sample(walks, { numRuns: 100, seed: 1 });
  console.log("gen", performance.now() - t0);
  const counts: Record<string, number> = {};
  for (const walk of list) {
    const record = await runWalk(walk);
    for (const rule of new Set(judge(record).map(({ rule }) => rule))) counts[rule] = (counts[rule] ?? 0) + 1;
  }
  console.log(performance.now() - t0, counts);
  expect(1).toBe(1);
});
