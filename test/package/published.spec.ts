import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { expect, test } from "@playwright/test";
import { publint } from "publint";
import { formatMessage } from "publint/utils";
import { pack } from "../consumers/workshop.js";

const exec = promisify(execFile);
const manifest = JSON.parse(readFileSync("package.json", "utf8"));
const targets = Object.entries(manifest.exports as Record<string, string | Record<string, string>>);
/** Entries that are files to serve, not modules to import. */
const files = targets.filter(([, target]) => typeof target === "string").map(([name]) => name.replace("./", ""));

let tarball = "";
test.describe.configure({ mode: "default" });
test.beforeAll(async () => {
  tarball = await pack(".cache/packed/published");
});

/** Paths inside a .tgz: the names in its tar headers. */
function listing(file: string): string[] {
  const tar = gunzipSync(readFileSync(file));
  const names: string[] = [];
  for (let at = 0; at + 512 <= tar.length && tar[at] !== 0; ) {
    const field = (start: number, length: number) =>
      tar
        .subarray(at + start, at + start + length)
        .toString("latin1")
        .replace(/\0.*$/s, "");
    const prefix = field(345, 155);
    names.push((prefix ? `${prefix}/` : "") + field(0, 100));
    at += 512 + Math.ceil(Number.parseInt(field(124, 12), 8) / 512) * 512;
  }
  return names.map((name) => name.replace(/^package\//, ""));
}

test("the tarball carries every file that exports names", () => {
  const packed = new Set(listing(tarball));
  expect(packed).toContain("dist/index.js");
  const named = targets.flatMap(([, target]) => (typeof target === "string" ? [target] : Object.values(target)));
  expect(named.map((name) => name.replace("./", "")).filter((name) => !packed.has(name))).toEqual([]);
});

test("the tarball carries nothing but the build, its licence and its texts", () => {
  const odd = listing(tarball).filter(
    (name) => !/^(dist\/|package\.json$|README\.md$|LICENSE$|CHANGELOG\.md$)/.test(name),
  );
  expect(odd).toEqual([]);
});

test("publint finds nothing", async () => {
  const { messages, pkg } = await publint({
    pack: { tarball: Uint8Array.from(readFileSync(tarball)).buffer },
    strict: true,
    level: "suggestion",
  });
  expect(messages.map((message) => formatMessage(message, pkg, { color: false }))).toEqual([]);
});

test("are-the-types-wrong finds nothing", async () => {
  const args = [tarball, "--profile", "esm-only", "--format", "ascii", "--no-color", "--no-emoji"];
  const { stdout } = await exec("npx", ["attw", ...args, "--exclude-entrypoints", ...files], {
    maxBuffer: 1 << 24,
  }).catch((error: { stdout?: string }) => {
    throw new Error(`are-the-types-wrong:\n${error.stdout}`);
  });
  const modules = targets.length - files.length;
  expect(stdout.match(/node16 \(from ESM\): OK \(ESM\)/g)).toHaveLength(modules);
  expect(stdout.match(/bundler: OK/g)).toHaveLength(modules);
});
