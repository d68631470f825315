import { execFile } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { posix } from "node:path";
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
    (name) => !/^(dist\/|docs\/[\w-]+\.(md|png|svg)$|package\.json$|LICENSE$|[A-Z]+\.md$)/.test(name),
  );
  expect(odd).toEqual([]);
});

/** Targets of a text's relative links and pictures, as paths from the package's root; code blocks are no links. */
const links = (file: string): string[] =>
  [
    ...readFileSync(file, "utf8")
      .replace(/^```.*?^```/gms, "")
      .matchAll(/\]\(([^)\s#]+)[^)]*\)/g),
  ]
    .map(([, target = ""]) => target)
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => posix.join(posix.dirname(file), target));

test("every relative link of the README and the other texts leads to a file of the tarball", () => {
  const packed = listing(tarball);
  const texts = packed.filter((name) => name.endsWith(".md"));
  const targets = texts.flatMap((file) => links(file).map((target) => ({ file, target })));
  console.log(
    `relative links: ${targets.length} in ${texts.length} texts, ${links("README.md").length} of them in the README`,
  );
  expect(links("README.md").length).toBeGreaterThan(10);
  expect(targets.filter(({ target }) => !packed.includes(target))).toEqual([]);
});

test("publishing is refused until the addresses are filled in, which then stand in package.json", async () => {
  const release = (...args: string[]) => exec(process.execPath, ["scripts/release.mjs", "--print", ...args]);
  const folder = ".cache/packed/release";
  mkdirSync(`${folder}/scripts`, { recursive: true });
  writeFileSync(`${folder}/package.json`, readFileSync("package.json"));
  writeFileSync(`${folder}/CHANGELOG.md`, `## [${manifest.version}]\n`);
  const fill = (addresses: object): void =>
    writeFileSync(`${folder}/scripts/addresses.json`, JSON.stringify(addresses));
  fill({ homepage: "", repository: "", bugs: "" });
  await expect(release(folder)).rejects.toMatchObject({
    code: 1,
    stderr: expect.stringContaining('"repository" must be'),
  });
  const bugs = "https://example.test/bugs";
  fill({ homepage: "https://example.test/", repository: "https://example.test/tavus-echo.git", bugs });
  const { stdout } = await release(folder);
  expect(JSON.parse(stdout)).toEqual({
    ...manifest,
    homepage: "https://example.test/",
    repository: { type: "git", url: "git+https://example.test/tavus-echo.git" },
    bugs: { url: bugs },
  });
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
