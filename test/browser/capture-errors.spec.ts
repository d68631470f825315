import { chromium, expect, type Page, test } from "@playwright/test";
import { findChromium } from "../../scripts/chromium.mjs";
import { openHarness } from "../support/open-harness.js";

/** The header that holds a policy. */
const under = (policy: string) => ({ "content-security-policy": policy });

/** How opening an audioNode() fails with these files. */
function failureWith(page: Page, audio: { workletUrl?: string; wasmUrl?: string }) {
  return page.evaluate(async (audio) => {
    const { echo, probe } = window.lib;
    const context = new AudioContext();
    const source = echo.audioNode(new ConstantSourceNode(context));
    const opening = await probe.openSource(source, { audio }).then(() => undefined, probe.failureOf);
    const preparing = await source.prepare!(audio).then(() => undefined, probe.failureOf);
    await context.close();
    return { opening, preparing };
  }, audio);
}

test("a worklet that the policy blocks is csp-worklet, and names the directive", async ({ page }) => {
  await openHarness(page, under("script-src 'self' 'wasm-unsafe-eval'"));
  const blob = await page.evaluate(() => URL.createObjectURL(new Blob([""], { type: "text/javascript" })));
  for (const workletUrl of [blob, "data:text/javascript,1", "http://127.0.0.1:9/worklet.js"])
    for (const failure of Object.values(await failureWith(page, { workletUrl })))
      expect(failure).toMatchObject({
        name: "EchoError",
        code: "csp-worklet",
        message: expect.stringContaining("script-src"),
        remedy: expect.stringContaining("workletUrl"),
      });
});

test("under script-src 'self' 'wasm-unsafe-eval' the worklet works; without 'wasm-unsafe-eval' it is csp-wasm", async ({
  page,
  context,
}) => {
  await openHarness(page, under("script-src 'self' 'wasm-unsafe-eval'"));
  const samples = await page.evaluate(async () => {
    const { echo, probe } = window.lib;
    const context = new OfflineAudioContext(1, 48_000, 48_000);
    const opened = await probe.openSource(echo.audioNode(new ConstantSourceNode(context)));
    await context.startRendering();
    return (await opened.result).pcm.length;
  });
  expect(samples).toBe(24_000);
  const strict = await context.newPage();
  await openHarness(strict, under("script-src 'self'"));
  for (const failure of Object.values(await failureWith(strict, {})))
    expect(failure).toMatchObject({ code: "csp-wasm", remedy: expect.stringContaining("'wasm-unsafe-eval'") });
});

test("a worklet that is not served is named, with workletUrl as the remedy", async ({ page }) => {
  await page.route("**/gone/worklet.js", (route) => route.fulfill({ status: 404, body: "not here" }));
  await page.route("**/spa/worklet.js", (route) =>
    route.fulfill({ contentType: "text/html", body: "<!doctype html>" }),
  );
  await page.route("**/broken/worklet.js", (route) =>
    route.fulfill({ contentType: "text/javascript", body: "syntax error" }),
  );
  await openHarness(page);
  const expected = {
    "/gone/worklet.js": /404/,
    "/spa/worklet.js": /text\/html/,
    "/broken/worklet.js": /is not this version's/,
  };
  for (const [workletUrl, message] of Object.entries(expected)) {
    const { opening, preparing } = await failureWith(page, { workletUrl });
    for (const failure of [opening, preparing])
      expect(failure).toMatchObject({ code: "worklet-failed", message: expect.stringMatching(message) });
    expect(opening!.remedy).toMatch(/workletUrl/);
  }
});

test("one module load per context, however many streams, and again after a failure", async ({ page }) => {
  await openHarness(page);
  const result = await page.evaluate(async () => {
    const { echo, probe } = window.lib;
    const loads: string[] = [];
    const addModule = AudioWorklet.prototype.addModule;
    AudioWorklet.prototype.addModule = function (url, options) {
      loads.push(String(url));
      return addModule.call(this, url, options);
    };
    const context = new OfflineAudioContext(1, 24_000, 24_000);
    await probe
      .openSource(echo.audioNode(new ConstantSourceNode(context)), { audio: { workletUrl: "/gone.js" } })
      .catch(() => undefined);
    const nodes = Array.from({ length: 5 }, (_, n) => new ConstantSourceNode(context, { offset: n / 10 }));
    for (const node of nodes) node.start();
    const opened = await Promise.all(nodes.map((node) => probe.openSource(echo.audioNode(node))));
    await context.startRendering();
    const captures = await Promise.all(opened.map(({ result }) => result));
    return { loads, captures: captures.map(({ pcm }) => [pcm.length, pcm[12_000]]) };
  });
  expect(result.captures).toEqual([0, 1, 2, 3, 4].map((n) => [24_000, Math.round((n / 10) * 32_768)]));
  expect(result.loads.map((url) => url.split("/").at(-1))).toEqual(["gone.js", "worklet.js#"]);
});

test("a context that is closed, before and during a turn: what was captured is delivered, then context-closed", async ({
  page,
}) => {
  await openHarness(page);
  const result = await page.evaluate(async () => {
    const { echo, probe } = window.lib;
    const context = new AudioContext({ sampleRate: 24_000 });
    const sent = probe.noise(24_000 * 10, 3);
    const node = new AudioBufferSourceNode(context, { buffer: probe.bufferOf(sent, 24_000) });
    const opened = await probe.openSource(echo.audioNode(node));
    node.start();
    await opened.arrived(24_000);
    const time = context.currentTime;
    await context.close();
    const { pcm, error } = await opened.result;
    const start = pcm.findIndex((sample) => sample !== 0) - sent.findIndex((sample) => sample !== 0);
    const wrong = pcm.subarray(start).findIndex((sample, n) => sample !== sent[n]);
    const late = await probe.openSource(echo.audioNode(node)).then(() => undefined, probe.failureOf);
    return { error, wrong, samples: pcm.length, atLeast: Math.floor(time * 24_000) - 24_000 * 0.1, late };
  });
  expect(result.error).toMatchObject({ code: "context-closed" });
  expect(result.late).toMatchObject({ code: "context-closed" });
  expect(result.wrong).toBe(-1);
  expect(result.samples).toBeGreaterThanOrEqual(24_000);
  console.log(`closed during a turn: ${result.samples} samples delivered`);
});

test("a context without a gesture is context-suspended, not a turn that hangs", async ({ baseURL }) => {
  const executablePath = findChromium();
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: ["--autoplay-policy=document-user-activation-required"],
  });
  const page = await browser.newPage({ baseURL: baseURL! });
  // In a script of the page: what the driver evaluates counts as a gesture.
  await page.addInitScript(() => {
    const look = setInterval(() => {
      if (!window.lib) return;
      clearInterval(look);
      const { echo, probe } = window.lib;
      const node = new ConstantSourceNode(new AudioContext());
      probe.openSource(echo.audioNode(node)).then(
        () => console.log("opened"),
        (error) => console.log(`failure ${JSON.stringify(probe.failureOf(error))}`),
      );
    }, 50);
  });
  const told = page.waitForEvent("console", { predicate: (message) => /^(opened|failure)/.test(message.text()) });
  await page.goto("/");
  const text = (await told).text();
  await browser.close();
  expect(text).toMatch(/^failure/);
  expect(JSON.parse(text.slice(8))).toMatchObject({
    code: "context-suspended",
    remedy: expect.stringContaining("prepare()"),
  });
});

test("ending while the context is suspended delivers what was captured", async ({ page }) => {
  await openHarness(page);
  const result = await page.evaluate(async () => {
    const { echo, probe } = window.lib;
    const context = new AudioContext({ sampleRate: 24_000 });
    const node = new ConstantSourceNode(context, { offset: 0.5 });
    node.start();
    const opened = await probe.openSource(echo.audioNode(node));
    await opened.arrived(12_000);
    await context.suspend();
    opened.end();
    const { pcm, error } = await opened.result;
    await context.close();
    return { error, samples: pcm.length, last: pcm.at(-1) };
  });
  expect(result.error).toBeUndefined();
  expect(result.samples).toBeGreaterThanOrEqual(12_000);
  expect(result.last).toBe(16_384);
});
