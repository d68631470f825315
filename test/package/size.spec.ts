import { readFileSync, statSync } from "node:fs";
import { resolve } from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test } from "@playwright/test";
import { build } from "esbuild";

const kilobyte = 1024;
const shown = (bytes: number): string => `${(bytes / kilobyte).toFixed(2)} KB`;

/** Bytes, gzipped, of what a user's production bundle carries for `code`. */
async function bundled(code: string): Promise<number> {
  const { outputFiles } = await build({
    stdin: { contents: code, resolveDir: process.cwd() },
    alias: { "tavus-echo": resolve("dist/index.js") },
    bundle: true,
    minify: true,
    format: "esm",
    target: "es2022",
    write: false,
    logLevel: "error",
  });
  return gzipSync(outputFiles[0].contents, { level: 9 }).length;
}

const gzipped = (file: string): number => gzipSync(readFileSync(file), { level: 9 }).length;

test("the core and what a page loads for microphone echo keep to their budgets", async () => {
  const echo = await bundled(`export { Replica, dailyTransport, microphone } from "tavus-echo";`);
  const whole = await bundled(`export * from "tavus-echo";`);
  const worklet = gzipped("dist/worklet.js");
  const wasm = gzipped("dist/encoder.wasm");
  const page = echo + worklet + wasm;
  console.log(
    [
      "size, minified and gzipped:",
      `  microphone echo, library   ${shown(echo)} of 10 KB`,
      `  every export of the entry  ${shown(whole)}`,
      `  worklet.js                 ${shown(worklet)}`,
      `  encoder.wasm               ${shown(wasm)}`,
      `  a page with microphone echo loads ${shown(page)} of 16 KB`,
    ].join("\n"),
  );
  expect(echo, "the core: Replica, dailyTransport, microphone").toBeLessThanOrEqual(10 * kilobyte);
  expect(page, "everything that a page loads for microphone echo").toBeLessThanOrEqual(16 * kilobyte);
});

/** Vite's default `assetsInlineLimit`: smaller files become data: URLs, which script-src 'self' blocks. */
const viteInlines = 4096;

for (const file of ["dist/worklet.js", "dist/encoder.wasm"])
  test(`${file} is too large for Vite to turn it into a data: URL`, () => {
    expect(statSync(file).size).toBeGreaterThanOrEqual(viteInlines);
  });
