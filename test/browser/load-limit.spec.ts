import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, test } from "@playwright/test";
import { openHarness } from "../support/open-harness.js";

/** A server of another origin that answers never, until `answer()`: then it serves the built files. */
async function hangingServer(): Promise<{ url: string; asked: number; answer(): void; close(): void }> {
  let open = false;
  const server = createServer((request, response) => {
    state.asked++;
    if (!open) return;
    const name = request.url?.slice(1) ?? "";
    const type = name.endsWith(".js") ? "text/javascript" : "application/wasm";
    response
      .writeHead(200, { "content-type": type, "access-control-allow-origin": "*" })
      .end(readFileSync(new URL(`../../dist/${name}`, import.meta.url)));
  });
  const port = await new Promise<number>((done) => {
    server.listen(0, "127.0.0.1", () => done((server.address() as AddressInfo).port));
  });
  const state = {
    url: `http://127.0.0.1:${port}`,
    asked: 0,
    answer: () => {
      open = true;
    },
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
  return state;
}

// The same for worklet.js is not tested: Chromium waits for the hung request before it asks again.
for (const file of ["encoder.wasm"])
  test(`a ${file} that never answers: load-timeout for a turn and for prepare(); the next try is a real one`, async ({
    page,
  }) => {
    await openHarness(page);
    const server = await hangingServer();
    const files = { [file === "worklet.js" ? "workletUrl" : "wasmUrl"]: `${server.url}/${file}` };
    const failures = await page.evaluate(async (files) => {
      const { echo, probe } = window.lib;
      const context = new AudioContext();
      const source = echo.audioNode(new ConstantSourceNode(context));
      const audio = { ...files, loadTimeoutSeconds: 0.5 };
      const failures = await Promise.all([
        probe.openSource(source, { audio }).then(() => undefined, probe.failureOf),
        source.prepare!(audio).then(() => undefined, probe.failureOf),
        probe.openSource(echo.microphone(), { audio }).then(() => undefined, probe.failureOf),
      ]);
      await context.close();
      return failures;
    }, files);
    for (const failure of failures)
      expect(failure).toMatchObject({
        name: "EchoError",
        code: "load-timeout",
        message: expect.stringContaining(file),
        remedy: expect.stringContaining("audio.loadTimeoutSeconds"),
      });
    const before = server.asked;
    server.answer();
    const samples = await page.evaluate(async (audio) => {
      const { echo, probe } = window.lib;
      const context = new OfflineAudioContext(1, 48_000, 48_000);
      const opened = await probe.openSource(echo.audioNode(new ConstantSourceNode(context)), { audio });
      await context.startRendering();
      return (await opened.result).pcm.length;
    }, files);
    server.close();
    expect(samples).toBe(24_000);
    expect(server.asked).toBeGreaterThan(before);
  });

test("a turn that waits for a wasm that never answers fails with load-timeout, and the queue goes on: what needs no file is spoken", async ({
  page,
}) => {
  await openHarness(page);
  const server = await hangingServer();
  const result = await page.evaluate(async (wasmUrl) => {
    const { echo, dailyRoom, noisePcm, same } = window.lib;
    const { replica, room, close } = await dailyRoom({ replica: { audio: { wasmUrl, loadTimeoutSeconds: 1 } } });
    const pcm = noisePcm(12_000);
    const hung = replica.speak(echo.pcm(noisePcm(44_100), { encoding: "s16le", sampleRate: 44_100 }));
    const free = replica.speak(echo.pcm(pcm.slice(), { encoding: "s16le", sampleRate: 24_000 }));
    const outcomes = await Promise.all([hung.outcome, free.outcome]);
    const [heard] = await room.turns();
    const result = {
      outcomes: outcomes.map((outcome) => (outcome.type === "failed" ? outcome.error.code : outcome.type)),
      whole: same(heard!.pcm, pcm),
    };
    await close();
    return result;
  }, `${server.url}/encoder.wasm`);
  server.close();
  expect(result).toEqual({ outcomes: ["load-timeout", "spoken"], whole: true });
});

test("a blocked main thread is no slow server: a file that came meanwhile is in time", async ({ page }) => {
  await openHarness(page);
  const codes = await page.evaluate(async () => {
    const { echo, probe } = window.lib;
    const context = new AudioContext();
    const opening = probe.openSource(echo.audioNode(new ConstantSourceNode(context)), {
      audio: { loadTimeoutSeconds: 2 },
    });
    await new Promise((done) => setTimeout(done));
    const until = performance.now() + 3000;
    while (performance.now() < until);
    const turn = await opening.catch(({ code }) => code as string);
    if (typeof turn !== "string") turn.end();
    await context.close();
    return typeof turn === "string" ? turn : "opened";
  });
  expect(codes).toBe("opened");
});
