import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";

const exec = promisify(execFile);

test("what a page loads keeps to its budget", async () => {
  const { stdout } = await exec(process.execPath, ["scripts/size.mjs", "--json"]);
  const { sizes, budgets } = JSON.parse(stdout) as Record<"sizes" | "budgets", Record<string, number>>;
  console.log(`bytes, minified and gzipped: ${JSON.stringify(sizes)}; budgets: ${JSON.stringify(budgets)}`);
  for (const [name, budget] of Object.entries(budgets)) expect.soft(sizes[name], name).toBeLessThanOrEqual(budget);
});

/** Vite's default `assetsInlineLimit`: smaller files become data: URLs, which script-src 'self' blocks. */
const viteInlines = 4096;

for (const file of ["dist/worklet.js", "dist/encoder.wasm"])
  test(`${file} is too large for Vite to turn it into a data: URL`, () => {
    expect(statSync(file).size).toBeGreaterThan(viteInlines);
  });
