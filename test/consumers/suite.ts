import { test as base, expect, type Page } from "@playwright/test";
import { fitTone, toneFile } from "../support/tone.js";
import type { Consumer } from "./consumer.js";
import { build, install, NotInstallable, open, type Site, spawnServer } from "./workshop.js";

const strict = "'self' 'wasm-unsafe-eval'";
const copied = "worklet=/copied/worklet.js&wasm=/copied/encoder.wasm";
const machine = "machine=/copied/fake-room-machine.js";

/** Chromium with a microphone that hears a sine of 1 kHz at half of full scale. */
export const test = base.extend<object, object>({
  launchOptions: [
    async ({ launchOptions }, use) => {
      const args = [...(launchOptions.args ?? []), `--use-file-for-fake-audio-capture=${toneFile()}`];
      await use({ ...launchOptions, args });
    },
    { scope: "worker", option: true } as never,
  ],
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

/** What arrived is the tone that went in: nothing lost, nothing added. `floorDb`: what the way in allows. */
function expectTone(report: Report, floorDb: number): string {
  expect(report.error, "the page's error").toBeUndefined();
  expect(report.outcome).toMatchObject({ type: "spoken" });
  expect(report.turns).toHaveLength(1);
  const [turn] = report.turns!;
  expect(turn).toMatchObject({ outcome: "spoken", sampleRate: 24_000 });
  expect(turn.pcm.length / turn.sampleRate).toBeCloseTo(report.outcome!.sentSeconds, 3);
  expect(turn.pcm.length).toBeGreaterThan(0.5 * turn.sampleRate);
  // The device's and the filter's first and last milliseconds are no steady tone.
  const steady = turn.pcm.slice(0.2 * turn.sampleRate, -0.05 * turn.sampleRate);
  const fit = fitTone(steady, turn.sampleRate, 1000);
  expect(fit.amplitude).toBeCloseTo(0.5, 2);
  expect(fit.snrDb).toBeGreaterThan(floorDb);
  return `${(turn.pcm.length / turn.sampleRate).toFixed(2)} s at ${fit.snrDb.toFixed(1)} dB`;
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

    for (const [source, floorDb] of [
      ["tone", 70],
      ["microphone", 70],
    ] as const)
      test(`sends the ${source} with the file worklet under script-src ${strict}`, async ({ page }) => {
        const report = await visit(page, `${await site(strict)}/${path("file")}?source=${source}&${byHand}`);
        console.log(`${consumer.title}: ${source}: ${expectTone(report, floorDb)}`);
      });

    test("sends the microphone with the inline entry, without a policy", async ({ page }) => {
      const report = await visit(page, `${await site()}/${path("inline")}?source=microphone`);
      console.log(`${consumer.title}: inline: ${expectTone(report, 70)}`);
    });

    test("prepare() fails with csp-wasm where 'wasm-unsafe-eval' is missing", async ({ page }) => {
      const { error } = await visit(page, `${await site("'self'")}/${path("file")}?source=tone&${byHand}`);
      expect(error).toMatchObject({ name: "EchoError", code: "csp-wasm" });
      expect(error?.remedy).toContain("'wasm-unsafe-eval'");
      expect(error?.remedy).toContain("script-src");
    });

    test("prepare() fails with csp-worklet where the policy blocks the worklet", async ({ page }) => {
      const { error } = await visit(page, `${await site(strict)}/${path("inline")}?source=tone&${machine}`);
      expect(error).toMatchObject({ name: "EchoError", code: "csp-worklet" });
      expect(error?.remedy).toContain("script-src");
    });

    if (!consumer.copiesFiles)
      test("prepare() names the file that the bundler did not copy", async ({ page }) => {
        const { error } = await visit(page, `${await site(strict)}/${path("file")}?source=tone&${machine}`);
        expect(error).toMatchObject({ name: "EchoError", code: "worklet-failed" });
        expect(error?.message).toContain("404");
        expect(error?.remedy).toContain("copy both out of the package");
        expect(error?.remedy).toMatch(/workletUrl|wasmUrl/);
      });

    const dev = consumer.dev;
    if (dev)
      test("sends the tone from the development server", async ({ page }) => {
        const opened = await spawnServer(dev, home);
        sites.push(opened);
        const report = await visit(page, `${opened.url}/${path("file")}?source=tone`);
        console.log(`${consumer.title}: development: ${expectTone(report, 70)}`);
      });
  });
}
