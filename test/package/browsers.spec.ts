import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "@playwright/test";

const exec = promisify(execFile);

interface Report {
  source: string;
  needs: Record<string, { version: number; because: string[] }>;
  unknown: Record<string, string[]>;
  uses: Record<string, string[]>;
}

test("the browsers that docs/hosting.md promises have every built-in that the library uses, by MDN's tables", async () => {
  const { stdout } = await exec(process.execPath, ["scripts/browsers.mjs", "--json"], { maxBuffer: 1 << 24 });
  const { source, needs, unknown, uses } = JSON.parse(stdout) as Report;
  const versions = Object.fromEntries(Object.entries(needs).map(([browser, { version }]) => [browser, version]));
  console.log(`${source}: ${Object.keys(uses).length} features, ${JSON.stringify(versions)}`);
  const guide = readFileSync("docs/hosting.md", "utf8");
  const promised = (name: string): number => Number(new RegExp(`^\\| ${name} \\| ([\\d.]+) \\|`, "m").exec(guide)?.[1]);
  // Of each kind of thing one that is certainly used: an analysis that saw nothing would promise everything.
  expect(Object.keys(uses)).toEqual(
    expect.arrayContaining([
      "api.AudioWorkletNode",
      "api.EventTarget.addEventListener.options_parameter.options_signal_parameter",
      "javascript.builtins.Promise.allSettled",
      "javascript.classes.private_class_methods",
      "webassembly.fixed-width-SIMD",
    ]),
  );
  expect(unknown).toEqual({});
  expect(versions).toEqual({
    chrome: promised("Chrome, Edge"),
    edge: promised("Chrome, Edge"),
    firefox: promised("Firefox"),
    safari: promised("Safari, macOS and iOS"),
    safari_ios: promised("Safari, macOS and iOS"),
  });
  expect(guide).toContain(source);
});
