// Brings a machine that has Node and npm alone to where the other scripts can run: dependencies, the wasm, and with
// --browser a Chromium. What is done already is skipped. Node's built-ins alone.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { findChromium, hasDownloadedChromium } from "./chromium.mjs";
import { run } from "./run.mjs";

process.chdir(new URL("..", import.meta.url).pathname);
mkdirSync(".cache", { recursive: true });

const filesOf = (folder) =>
  readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name));
const hash = (files) =>
  files
    .sort()
    .reduce((sum, file) => sum.update(file).update(readFileSync(file)), createHash("sha256"))
    .digest("hex");

/** Runs `make` unless it ran before with the same inputs and left `output`. */
async function step(name, inputs, output, make) {
  const stamp = `.cache/${name}.stamp`;
  const now = hash(inputs);
  if (existsSync(output) && existsSync(stamp) && readFileSync(stamp, "utf8") === now) return;
  console.log(`set-up: ${name}`);
  await make();
  writeFileSync(stamp, now);
}

async function installBrowser() {
  if (findChromium() || hasDownloadedChromium()) return;
  console.log("set-up: a Chromium for the tests");
  if (process.getuid?.() === 0 && existsSync("/usr/bin/apt-get")) {
    try {
      await run("apt-get", ["update", "-qq"]);
      await run("apt-get", ["install", "-y", "-qq", "--no-install-recommends", "chromium-headless-shell"], {
        DEBIAN_FRONTEND: "noninteractive",
      });
      return;
    } catch (error) {
      console.log(`set-up: the system's package failed (${error.message}); trying Playwright's download`);
    }
  }
  await run("playwright", ["install", "chromium", "--only-shell"]);
  const { chromium } = await import("@playwright/test");
  writeFileSync(".cache/chromium", chromium.executablePath());
}

await step("dependencies", ["package-lock.json"], "node_modules/.package-lock.json", () =>
  run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"]),
);
await step("wasm", ["asconfig.json", "scripts/setup.mjs", ...filesOf("wasm")], "build/encoder-sum.json", async () => {
  await run("asc", ["--target", "release"]);
  // As src/encoder/wasm.ts does it: the library knows its own wasm.
  const sum = readFileSync("build/encoder.wasm").reduce((sum, byte) => Math.imul(sum ^ byte, 16777619), 0);
  writeFileSync("build/encoder-sum.json", `${JSON.stringify({ sum })}\n`);
});
if (process.argv.includes("--browser")) await installBrowser();
