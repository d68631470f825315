// What a page loads of the built package, minified by a bundler and gzipped, against its budget; then, by module, what
// the largest part of it is made of. `--json` prints the figures alone, in bytes.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { bundle } from "./bundle.mjs";

const kilobyte = 1024;
const root = new URL("..", import.meta.url).pathname;
const from = (entry, code) => bundle(code.replace("tavus-echo", `./${entry}`), root);
const gzipped = (file) => gzipSync(readFileSync(new URL(`../dist/${file}`, import.meta.url)), { level: 9 }).length;

const echo = 'export { Replica, dailyTransport, microphone } from "tavus-echo";';
const { bytes: core, onDemand } = await from("dist/index.js", echo);
const everything = (await from("dist/index.js", 'export * from "tavus-echo";')).bytes;
const worklet = gzipped("worklet.js");
const wasm = gzipped("encoder.wasm");
const sizes = { core, onDemand, everything, worklet, wasm, page: core + worklet + wasm };
const budgets = { core: 10 * kilobyte, page: 16 * kilobyte };

if (process.argv.includes("--json")) console.log(JSON.stringify({ sizes, budgets }));
else {
  const shown = (bytes) => `${(bytes / kilobyte).toFixed(2)} KB`.padStart(9);
  const against = (name) =>
    `${shown(sizes[name])}  budget ${budgets[name] / kilobyte} KB${sizes[name] > budgets[name] ? ": OVER" : ""}`;
  console.log(`minified and gzipped:
${against("core")}  Replica, dailyTransport, microphone
${shown(worklet)}  worklet.js
${shown(wasm)}  encoder.wasm
${against("page")}  all that a page with microphone echo loads
${shown(onDemand)}  on demand, not in the page: what a microphone's turns do not need, or need once something fails
${shown(everything)}  every export of the entry, without worklet and wasm
\nthe core by module, minified bytes:`);
  const { modules } = await from("src/index.ts", echo);
  for (const [name, bytes] of modules.sort(([, a], [, b]) => b - a).filter(([, bytes]) => bytes > 0))
    console.log(`${String(bytes).padStart(9)}  ${name}`);
}
