// `npm test` after the set-up: build, check, then every browser test. Ends with one line of totals.
import { existsSync, readFileSync, rmSync } from "node:fs";
import { run } from "./run.mjs";

const reports = [".cache/vitest.json", ".cache/playwright.json"];
for (const report of reports) rmSync(report, { force: true });

const failures = [];
const attempt = async (command, args) => {
  try {
    await run(command, args);
  } catch (error) {
    failures.push(error.message);
  }
};
await run("node", ["scripts/build.mjs"]);
await attempt("node", ["scripts/check.mjs"]);
await attempt("playwright", ["test", ...process.argv.slice(2)]);

const [unit, browser] = reports.map((report) =>
  existsSync(report) ? JSON.parse(readFileSync(report, "utf8")) : undefined,
);
if (!unit) failures.push("the unit tests left no report");
if (!browser) failures.push("the browser tests left no report");
const passed = (unit?.numPassedTests ?? 0) + (browser?.stats.expected ?? 0);
const failed = (unit?.numFailedTests ?? 0) + (browser?.stats.unexpected ?? 0) + (browser?.stats.flaky ?? 0);
const skipped = (unit?.numPendingTests ?? 0) + (browser?.stats.skipped ?? 0);
for (const failure of failures) console.log(`failed: ${failure}`);
console.log(`${passed} passed, ${Math.max(failed, failures.length)} failed, ${skipped} skipped`);
process.exitCode = failures.length + failed === 0 ? 0 : 1;
