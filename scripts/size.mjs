// What a page loads of the built package, minified by a bundler and gzipped, against its budget; then, by module, what
// the largest part of it is made of. `--json` prints the figures alone, in bytes.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

const kilobyte = 1024;
const root = new URL("..", import.meta.url).pathname;

/** Bundles `code`: gzipped bytes of what is loaded with it, of what `import()` loads on demand, and bytes by module. */
async function bundle(code, entry) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code.replace("tavus-echo", `./${entry}`), resolveDir: root },
    bundle: true,
    splitting: true,
    outdir: "/",
    absWorkingDir: root,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    metafile: true,
    logLevel: "error",
  });
  const outputs = Object.entries(metafile.outputs);
  const loaded = new Set([outputs.find(([, { entryPoint }]) => entryPoint === "<stdin>")[0]]);
  for (const name of loaded)
    for (const { kind, path } of metafile.outputs[name].imports) if (kind === "import-statement") loaded.add(path);
  const size = (wanted) =>
    outputs
      .filter(([name]) => loaded.has(name) === wanted)
      .map(([name]) => outputFiles.find(({ path }) => path.endsWith(name.split("/").at(-1))).contents)
      .reduce((sum, contents) => sum + gzipSync(contents, { level: 9 }).length, 0);
  const modules = outputs
    .filter(([name]) => loaded.has(name))
    .flatMap(([, { inputs }]) => Object.entries(inputs))
    .map(([name, { bytesInOutput }]) => [name, bytesInOutput]);
  return { bytes: size(true), onDemand: size(false), modules };
}
const gzipped = (file) => gzipSync(readFileSync(new URL(`../dist/${file}`, import.meta.url)), { level: 9 }).length;

const echo = 'export { Replica, dailyTransport, microphone } from "tavus-echo";';
const { bytes: core, onDemand } = await bundle(echo, "dist/index.js");
const everything = (await bundle('export * from "tavus-echo";', "dist/index.js")).bytes;
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
  const { modules } = await bundle(echo, "src/index.ts");
  for (const [name, bytes] of modules.sort(([, a], [, b]) => b - a).filter(([, bytes]) => bytes > 0))
    console.log(`${String(bytes).padStart(9)}  ${name}`);
}
