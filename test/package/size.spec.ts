import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";

const exec = promisify(execFile);

/** Bytes that each figure may not grow beyond while it is above its budget: lower them with every saving, then drop them. */
const ceilings: Record<string, number> = { core: 30_900, page: 35_900 };

test("what a page loads keeps to its budget, or does not move further away from it", async () => {
  const { stdout } = await exec(process.execPath, ["scripts/size.mjs", "--json"]);
  const { sizes, budgets } = JSON.parse(stdout) as Record<"sizes" | "budgets", Record<string, number>>;
  console.log(`bytes, minified and gzipped: ${JSON.stringify(sizes)}`);
  for (const [name, budget] of Object.entries(budgets)) {
    if (sizes[name] > budget)
      console.log(`OVER BUDGET: ${name} has ${sizes[name]} bytes of ${budget}; see scripts/size.mjs`);
    expect.soft(sizes[name], name).toBeLessThanOrEqual(Math.max(budget, ceilings[name]));
  }
});

/** Vite's default `assetsInlineLimit`: smaller files become data: URLs, which script-src 'self' blocks. */
const viteInlines = 4096;

for (const file of ["dist/worklet.js", "dist/encoder.wasm"])
  test(`${file} is too large for Vite to turn it into a data: URL`, () => {
    expect(statSync(file).size).toBeGreaterThan(viteInlines);
  });
