import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { defects } from "./defects.js";
import { fails } from "./judge/finding.js";
import { judge } from "./judge/judge.js";
import { runWalk } from "./run.js";
import { sizeOf, type Walk } from "./walk.js";

/** For each defect the rule that found it, and the shrunk walk: `npm run walks -- --defects` makes them anew. */
const found = JSON.parse(readFileSync(new URL("defect-walks.json", import.meta.url), "utf8")) as Record<
  string,
  { rule: string; walk: Walk }
>;

test.each(defects)("$name is found in a walk of at most 12 inputs, which passes without it", async (defect) => {
  const { rule, walk } = found[defect.name]!;
  expect(sizeOf(walk)).toBeLessThanOrEqual(12);
  const findings = judge(await runWalk(walk, defect));
  expect(fails(findings)).toBe(true);
  expect(rule.split(", ")).toContain(findings[0]?.rule);
  expect(judge(await runWalk(walk))).toEqual([]);
});
