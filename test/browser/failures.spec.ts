import { expect, type Page, test } from "@playwright/test";
import { samplesOf } from "../support/echo-turn.js";
import { launch } from "../support/launch.js";

/** What a turn came to, or the error that prepare() threw, in a form that leaves the page. */
interface Failure {
  code: string;
  remedy: string;
  message: string;
  sentSeconds?: number;
  messages?: number;
}

/** Speaks from the microphone and returns how that failed. */
function speakFromMicrophone(page: Page): Promise<Failure> {
  return page.evaluate(async () => {
    const { echo, fakeRoom } = window.lib;
    const room = await fakeRoom.createFakeRoom();
    const replica = new echo.Replica({ transport: room.transport() });
    const turn = replica.speak(echo.microphone());
    const outcome = await turn.outcome;
    if (outcome.type !== "failed") throw new Error(`the turn was ${outcome.type}`);
    const { code, remedy, message } = outcome.error;
    const echoes = room.messages.filter(({ data }) => JSON.stringify(data).includes("conversation.echo"));
    return { code, remedy, message, sentSeconds: outcome.sentSeconds, messages: echoes.length };
  });
}

const autoplay = "--autoplay-policy=no-user-gesture-required";

test("a denied microphone fails the turn, sends nothing, and says how to allow it", async ({ baseURL }) => {
  const flags = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream=deny"];
  await using browser = await launch(baseURL, [autoplay, ...flags]);
  const failure = await speakFromMicrophone(browser.page);
  expect(failure).toMatchObject({ code: "microphone-denied", sentSeconds: 0, messages: 0 });
  expect(failure.remedy).toContain("click");
});

test("without a microphone the turn fails, sends nothing, and says so", async ({ baseURL }) => {
  const permissions = { permissions: ["microphone"] };
  await using browser = await launch(baseURL, [autoplay, "--use-fake-ui-for-media-stream"], permissions);
  const failure = await speakFromMicrophone(browser.page);
  expect(failure).toMatchObject({ code: "microphone-missing", sentSeconds: 0, messages: 0 });
  expect(failure.remedy).toContain("microphone");
});

test("a context that is not running fails the turn and asks for a gesture", async ({ baseURL }) => {
  await using browser = await launch(baseURL, ["--autoplay-policy=document-user-activation-required"]);
  // page.evaluate counts as a gesture, so the page's own script speaks.
  await browser.page.addInitScript(() => {
    addEventListener("lib", async () => {
      const { echo, fakeRoom } = window.lib;
      const room = await fakeRoom.createFakeRoom();
      const replica = new echo.Replica({ transport: room.transport() });
      const node = new ConstantSourceNode(new AudioContext());
      const outcome = await replica.speak(echo.audioNode(node)).outcome;
      const told = outcome.type === "failed" ? { code: outcome.error.code, remedy: outcome.error.remedy } : outcome;
      document.title = JSON.stringify(told);
    });
  });
  await browser.page.reload();
  await expect(browser.page).toHaveTitle(/\{/, { timeout: 30_000 });
  const failure = JSON.parse(await browser.page.title());
  expect(failure.code).toBe("context-suspended");
  expect(failure.remedy).toContain("prepare()");
});

test.describe("with the real daily-js", () => {
  test("a call that is left in the middle of a turn fails it, and says how much was sent", async ({ page }) => {
    await page.goto("/");
    const { failure, messages, handed, before } = await page.evaluate(async () => {
      const { Daily, echo, fakeRoom, recordSends } = window.lib;
      const room = await fakeRoom.createFakeRoom();
      const call = Daily.createCallObject({ audioSource: false, videoSource: false, dailyConfig: room.dailyConfig });
      const handed = recordSends(call);
      const replica = new echo.Replica({ transport: echo.dailyTransport(call) });
      await call.join({ url: room.url });
      await replica.ready;
      const context = new AudioContext({ sampleRate: 24_000 });
      const node = new ConstantSourceNode(context, { offset: 0.25 });
      node.start();
      const turn = replica.speak(echo.audioNode(node));
      while (room.messages.length < 30) await new Promise((resolve) => setTimeout(resolve, 10));
      const before = handed.length;
      await call.leave();
      const outcome = await turn.outcome;
      if (outcome.type !== "failed") throw new Error(`the turn was ${outcome.type}`);
      const { code, remedy } = outcome.error;
      await context.close();
      const messages = room.messages.map(({ data }) => ({ data }));
      return { failure: { code, remedy, sentSeconds: outcome.sentSeconds }, messages, handed, before };
    });
    const samples = samplesOf(messages).length;
    console.log(`${samples} samples had left; the outcome says ${failure.sentSeconds} s`);
    expect(failure.code).toBe("call-left");
    expect(failure.remedy).toContain("resume()");
    expect(samples).toBeGreaterThan(2400);
    expect(Math.round(failure.sentSeconds * 24_000)).toBe(samplesOf(handed).length);
    // While a call is being left, daily-js takes messages that go nowhere, and says nothing.
    expect(samples).toBeGreaterThanOrEqual(samplesOf(handed.slice(0, before)).length);
    expect(samples).toBeLessThanOrEqual(samplesOf(handed).length);
  });

  test("a turn without a sample sends nothing and fails", async ({ page }) => {
    await page.goto("/");
    const failure = await page.evaluate(async (): Promise<Failure> => {
      const { Daily, echo, fakeRoom } = window.lib;
      const room = await fakeRoom.createFakeRoom();
      const call = Daily.createCallObject({ audioSource: false, videoSource: false, dailyConfig: room.dailyConfig });
      const replica = new echo.Replica({ transport: echo.dailyTransport(call) });
      await call.join({ url: room.url });
      const outcome = await replica.speak(echo.pcm(new ArrayBuffer(0), { encoding: "s16le", sampleRate: 24_000 }))
        .outcome;
      if (outcome.type !== "failed") throw new Error(`the turn was ${outcome.type}`);
      const { code, remedy, message } = outcome.error;
      const echoes = room.messages.filter(({ data }) => JSON.stringify(data).includes("conversation.echo"));
      return { code, remedy, message, sentSeconds: outcome.sentSeconds, messages: echoes.length };
    });
    expect(failure).toMatchObject({ code: "no-audio", sentSeconds: 0, messages: 0 });
  });

  test("a call that publishes its own microphone gives a warning with a remedy", async ({ page }) => {
    await page.goto("/");
    const warning = await page.evaluate(async () => {
      const { Daily, echo, fakeRoom } = window.lib;
      const room = await fakeRoom.createFakeRoom();
      const call = Daily.createCallObject({ videoSource: false, dailyConfig: room.dailyConfig });
      const replica = new echo.Replica({ transport: echo.dailyTransport(call) });
      const warned = new Promise<{ code: string; remedy: string }>((resolve) => replica.on("warning", resolve));
      await call.join({ url: room.url });
      return warned;
    });
    expect(warning.code).toBe("microphone-published");
    expect(warning.remedy).toContain("audioSource: false");
  });
});
