import { test as base, chromium, expect, type Page } from "@playwright/test";
import { fitTone, toneFile } from "../support/tone.js";
import type { Consumer } from "./consumer.js";
import { build, install, NotInstallable, open, type Site, spawnServer } from "./workshop.js";

const strict = "'self' 'wasm-unsafe-eval'";
const copied = "worklet=/copied/worklet.js&wasm=/copied/encoder.wasm";
const machine = "machine=/copied/fake-room-machine.js";

/** A page of a Chromium whose microphone hears a sine of 1 kHz at half of full scale. */
export const test = base.extend({
  page: async ({ launchOptions }, use) => {
    const args = [...(launchOptions.args ?? []), `--use-file-for-fake-audio-capture=${toneFile()}`];
    const browser = await chromium.launch({ ...launchOptions, args });
    await use(await browser.newPage({ permissions: ["microphone"] }));
    await browser.close();
  },
});

interface Report {
  error?: { name: string; code?: string; message: string; remedy?: string; cause?: string };
  outcome?: { type: string; sentSeconds: number; error?: { code: string; message: string } };
  turns?: { id: string; seconds: number; pcm: number[]; sampleRate: number; gaps: number; outcome: string }[];
}

async function visit(page: Page, url: string): Promise<Report> {
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("requestfailed", (request) => errors.push(`${request.url()}: ${request.failure()?.errorText}`));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(url);
  const done = page.waitForFunction(() => "report" in window, undefined, { timeout: 30_000 });
  await done.catch(() => {
    throw new Error(`The page never reported. It said:\n${errors.join("\n") || "nothing"}`);
  });
  return page.evaluate(() => (window as unknown as { report: Report }).report);
}

/** SNR in dB that either way in reaches: 86 for Chromium's oscillator, 90 for its fake microphone's resampling. */
const floorDb = 70;

/**
 * What arrived is the tone that went in: nothing lost, nothing added. A microphone is judged by the median of tenths of
 * a second: on a busy machine Chromium's fake device itself skips (test/browser/microphone.spec.ts counts samples).
 */
function expectTone(report: Report, source: "tone" | "microphone"): string {
  expect(report.error, "the page's error").toBeUndefined();
  expect(report.outcome).toMatchObject({ type: "spoken" });
  expect(report.turns).toHaveLength(1);
  const [turn] = report.turns!;
  expect(turn).toMatchObject({ outcome: "spoken", sampleRate: 24_000 });
  expect(turn.pcm.length / turn.sampleRate).toBeCloseTo(report.outcome!.sentSeconds, 3);
  expect(turn.pcm.length).toBeGreaterThan(0.5 * turn.sampleRate);
  // The device's and the filter's first and last milliseconds are no steady tone.
  const steady = turn.pcm.slice(0.2 * turn.sampleRate, -0.05 * turn.sampleRate);
  const length = source === "tone" ? steady.length : turn.sampleRate / 10;
  const fits = Array.from({ length: Math.floor(steady.length / length) }, (_, n) =>
    fitTone(steady.slice(n * length, (n + 1) * length), turn.sampleRate, 1000),
  ).sort((a, b) => a.snrDb - b.snrDb);
  const { amplitude, snrDb } = fits[Math.floor(fits.length / 2)];
  expect(amplitude).toBeCloseTo(0.5, 2);
  expect(snrDb).toBeGreaterThan(floorDb);
  return `${(turn.pcm.length / turn.sampleRate).toFixed(2)} s at ${snrDb.toFixed(1)} dB`;
}

/**
 * Everything that docs/hosting.md promises of one tool. `home`: where it is built. `borrow`: with the project's own copy
 * of the tool. `tarball`: made by the caller.
 */
export function consumerSuite(consumer: Consumer, home: string, borrow: boolean, tarball: () => string): void {
  test.describe(consumer.title, () => {
    test.describe.configure({ mode: "default", timeout: 120_000 });
    const sites: Site[] = [];
    let missing: string | undefined;

    const site = async (scriptSrc?: string): Promise<string> => {
      const opened = await open(consumer, home, scriptSrc);
      sites.push(opened);
      return opened.url;
    };
    const path = (page: "file" | "inline") => ("start" in consumer.serves ? page : `${page}.html`);
    const byHand = consumer.copiesFiles ? machine : `${machine}&${copied}`;

    test.beforeAll(async () => {
      test.setTimeout(400_000);
      try {
        await install(consumer, tarball(), home, borrow);
      } catch (error) {
        if (!(error instanceof NotInstallable)) throw error;
        missing = error.message;
        console.log(`NOT TESTED: ${consumer.title}: ${missing}`);
        return;
      }
      await build(consumer, home);
    });
    test.beforeEach(() => test.skip(!!missing, missing));
    test.afterEach(async () => {
      for (const opened of sites.splice(0)) await opened.close();
    });

    for (const source of ["tone", "microphone"] as const)
      test(`sends the ${source} with the file worklet under script-src ${strict}`, async ({ page }) => {
        const report = await visit(page, `${await site(strict)}/${path("file")}?source=${source}&${byHand}`);
        console.log(`${consumer.title}: ${source}: ${expectTone(report, source)}`);
      });

    test("sends the microphone with the inline entry, without a policy", async ({ page }) => {
      const report = await visit(page, `${await site()}/${path("inline")}?source=microphone`);
      console.log(`${consumer.title}: inline: ${expectTone(report, "microphone")}`);
    });

    test("prepare() fails with csp-wasm where 'wasm-unsafe-eval' is missing", async ({ page }) => {
      const { error } = await visit(page, `${await site("'self'")}/${path("file")}?source=tone&${byHand}`);
      expect(error).toMatchObject({ name: "EchoError", code: "csp-wasm" });
      expect(error?.remedy).toContain("'wasm-unsafe-eval'");
      expect(error?.remedy).toContain("script-src");
    });

    test("prepare() fails with csp-worklet where the policy blocks the worklet", async ({ page }) => {
      // A page without a bundler has its scripts inline, which this policy blocks before the worklet.
      const blocked = consumer.builds
        ? path("inline")
        : `${path("file")}?worklet=${encodeURIComponent(`${await site()}/copied/worklet.js`)}`;
      const query = `${blocked.includes("?") ? "&" : "?"}source=tone&${machine}`;
      const { error } = await visit(page, `${await site(strict)}/${blocked}${query}`);
      expect(error).toMatchObject({ name: "EchoError", code: "csp-worklet" });
      expect(error?.remedy).toContain("script-src");
    });

    if (!consumer.copiesFiles) {
      test("finds files that were copied beside the bundle without being told", async ({ page }) => {
        const report = await visit(page, `${await site(strict)}/copied/${path("file")}?source=tone&${machine}`);
        console.log(`${consumer.title}: beside the bundle: ${expectTone(report, "tone")}`);
      });

      test("prepare() names the file that the bundler did not copy", async ({ page }) => {
        const { error } = await visit(page, `${await site(strict)}/${path("file")}?source=tone&${machine}`);
        expect(error).toMatchObject({ name: "EchoError", code: "worklet-failed" });
        expect(error?.message).toContain("404");
        expect(error?.remedy).toContain("copy both out of the package");
        expect(error?.remedy).toMatch(/workletUrl|wasmUrl/);
      });
    }

    const dev = consumer.dev;
    if (dev)
      test("sends the tone from the development server", async ({ page }) => {
        const opened = await spawnServer(dev, home);
        sites.push(opened);
        const report = await visit(page, `${opened.url}/${path("file")}?source=tone`);
        console.log(`${consumer.title}: development: ${expectTone(report, "tone")}`);
      });
  });
}
