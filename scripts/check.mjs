// Format, lint, types, docstrings, unit tests, side by side; prints what failed and how long each took.
import { readdirSync } from "node:fs";
import { capture, tsc } from "./run.mjs";

const hasSource = (folder) => readdirSync(folder, { recursive: true }).some((name) => /\.tsx?$/.test(String(name)));

const checks = {
  "format, lint": ["biome", ["check", ...(process.env.CI ? ["--error-on-warnings"] : [])]],
  ...Object.fromEntries(
    ["worklet", "src", "test", "demo", "bench", "conformance"]
      .filter(hasSource)
      .map((folder) => [
        `types of ${folder}`,
        ["node", [tsc, "-p", folder, "--incremental", "--tsBuildInfoFile", `.cache/types-of-${folder}.json`]],
      ]),
  ),
  docstrings: ["node", ["scripts/docstrings.mjs"]],
  "unit tests": ["vitest", ["run", "--reporter=default", "--reporter=json", "--outputFile.json=.cache/vitest.json"]],
};

const results = await Promise.all(
  Object.entries(checks).map(async ([name, [command, args]]) => ({ name, ...(await capture(command, args)) })),
);
for (const { name, ok, output } of results)
  if (!ok || name === "unit tests") console.log(`\n── ${name}\n${output.trim()}`);
console.log(
  `\n${results.map(({ name, ok, seconds }) => `${ok ? "ok    " : "FAILED"} ${name} (${seconds.toFixed(1)} s)`).join("\n")}`,
);
process.exitCode = results.every(({ ok }) => ok) ? 0 : 1;
