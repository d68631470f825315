// What a page loads of the built package, minified by a bundler and gzipped, against its budget; then, by module, what
// the largest part of it is made of. `--json` prints the figures alone, in bytes.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const kilobyte = 1024;
const root = new URL("..", import.meta.url).pathname;

async function bundle(code, entry) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code.replace("tavus-echo", `./${entry}`), resolveDir: root },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const [output] = Object.values(metafile.outputs);
  const modules = Object.entries(output.inputs).map(([name, { bytesInOutput }]) => [name, bytesInOutput]);
  return { bytes: gzipSync(outputFiles[0].contents, { level: 9 }).length, modules };
}
const gzipped = (file) => gzipSync(readFileSync(new URL(`../dist/${file}`, import.meta.url)), { level: 9 }).length;

const echo = 'export { Replica, dailyTransport, microphone } from "tavus-echo";';
const core = (await bundle(echo, "dist/index.js")).bytes;
const everything = (await bundle('export * from "tavus-echo";', "dist/index.js")).bytes;
const worklet = gzipped("worklet.js");
const wasm = gzipped("encoder.wasm");
const sizes = { core, everything, worklet, wasm, page: core + worklet + wasm };
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
${shown(everything)}  every export of the entry, without worklet and wasm
\nthe core by module, minified bytes:`);
  const { modules } = await bundle(echo, "src/index.ts");
  for (const [name, bytes] of modules.sort(([, a], [, b]) => b - a).filter(([, bytes]) => bytes > 0))
    console.log(`${String(bytes).padStart(9)}  ${name}`);
}
