import { expect, test } from "@playwright/test";
import { systemClock } from "../../src/flow/clock.js";
import { openHarness } from "../support/open-harness.js";
import { noisePcm } from "../support/pcm-source.js";
import { RealtimeServer } from "../support/realtime-server.js";

const speech = (seconds: number, seed: number): Int16Array => noisePcm(Math.round(seconds * 24_000), seed);

test("in a page: the platform's WebSocket, the real daily-js, an answer sample for sample, a barge-in", async ({
  page,
}) => {
  const answers = [speech(1.5, 1), speech(8, 2), speech(1, 3)];
  const server = await RealtimeServer.listen({
    clock: systemClock,
    answer: (n) => ({ pcm: answers[n] ?? speech(0.5, n), transcript: `answer ${n}` }),
    accepts: (secret) => secret === "ek_page",
    oddBytes: true,
  });
  try {
    await page.goto("/");
    await page.waitForFunction(() => window.lib !== undefined);
    const heard = await page.evaluate(async (url) => {
      const { Daily, echo, fakeRoom, realtime } = window.lib;
      const room = await fakeRoom.createFakeRoom();
      const call = Daily.createCallObject({ audioSource: false, videoSource: false, dailyConfig: room.dailyConfig });
      await call.join({ url: room.url });
      const replica = new echo.Replica({ transport: echo.dailyTransport(call) });

      // Somebody at a microphone, who speaks when told to: 40 ms of a tone or of silence at a time.
      let loud = 0;
      const input: import("tavus-echo").Source = {
        live: true,
        open: async ({ signal }) =>
          new ReadableStream({
            start(controller) {
              const timer = setInterval(() => {
                const chunk = new Int16Array(960);
                if (loud > 0) for (let n = 0; n < 960; n++) chunk[n] = 8000 * Math.sin((n * 2 * Math.PI) / 96);
                loud = Math.max(0, loud - 0.04);
                controller.enqueue(chunk);
              }, 40);
              signal.addEventListener("abort", () => clearInterval(timer));
            },
          }),
      };
      const secret = async (): Promise<string> => "ek_page";
      const voice = new realtime.RealtimeVoice({ replica, input, secret, url, greeting: "Hello." });
      const errors: string[] = [];
      const said: string[] = [];
      voice.on("error", (error) => errors.push(error.message));
      voice.on("transcript", ({ role, text, final }) => final && said.push(`${role}: ${text}`));
      const next = (type: "speaking" | "silent"): Promise<void> =>
        new Promise((resolve) => {
          const off = replica.on(type, () => {
            off();
            resolve();
          });
        });
      const greeted = next("silent");
      await voice.open();
      await greeted;
      const speaking = next("speaking");
      loud = 0.4;
      await speaking;
      await new Promise((resolve) => setTimeout(resolve, 700));
      const cut = next("silent");
      loud = 0.4;
      await cut;
      await next("silent");
      const turns = await room.turns();
      await voice.close();
      // Given back: plain echo goes on in the same call.
      const plain = await replica.say("Still here.").outcome;
      const interrupts = room.messages.filter(
        ({ data }) => (data as { event_type?: string }).event_type === "conversation.interrupt",
      );
      return {
        errors,
        said,
        plain: plain.type,
        interrupts: interrupts.length,
        turns: turns.map(({ pcm, outcome, gaps }) => ({ pcm: [...pcm], outcome, gaps })),
      };
    }, server.url);

    expect(heard.errors).toEqual([]);
    expect(heard.turns.map(({ outcome }) => outcome)).toEqual(["spoken", "interrupted", "spoken"]);
    for (const [n, turn] of heard.turns.entries())
      expect(
        Buffer.from(Int16Array.from(turn.pcm).buffer).equals(Buffer.from(answers[n]!.slice(0, turn.pcm.length).buffer)),
      ).toBe(true);
    expect(heard.turns[0]!.pcm).toHaveLength(answers[0]!.length);
    expect(heard.turns[2]!.pcm).toHaveLength(answers[2]!.length);
    expect(heard.interrupts).toBe(1);
    const [cut] = server.session.of("conversation.item.truncate");
    console.log(
      `truncated to ${cut!.audio_end_ms} ms, the replica had played ${(heard.turns[1]!.pcm.length / 24).toFixed(0)} ms`,
    );
    expect(server.session.refusals).toEqual([]);
    expect(heard.said).toContain("replica: answer 0");
    expect(heard.plain).toBe("spoken");
    expect(server.session.request.headers["sec-websocket-protocol"]).toContain("openai-insecure-api-key.ek_page");
  } finally {
    await server.close();
  }
});

test("an account's key is refused in a page, before anything is opened", async ({ page }) => {
  await page.goto("/");
  await page.waitForFunction(() => window.lib !== undefined);
  const error = await page.evaluate(async () => {
    const { echo, fakeRoom, realtime } = window.lib;
    const room = await fakeRoom.createFakeRoom();
    const replica = new echo.Replica({ transport: room.transport() });
    const input = { open: async () => new ReadableStream<Int16Array>() };
    const voice = new realtime.RealtimeVoice({
      replica,
      input,
      secret: async () => "sk-account",
      url: "ws://localhost:9",
    });
    return voice.open().then(
      () => "opened",
      (reason: Error & { code: string }) => `${reason.code} ${reason.message} ${reason.stack}`,
    );
  });
  expect(error).toMatch(/^secret-unsafe /);
  expect(error).not.toContain("sk-account");
});

for (const [where, headers, head] of [
  ["a header", { "content-security-policy": "connect-src 'self'" }, ""],
  ["a <meta>, by default-src", {}, `<meta http-equiv="content-security-policy" content="default-src 'self'">`],
] as const)
  test(`a socket that a policy in ${where} blocks: open() rejects at once, and names the directive`, async ({
    page,
  }) => {
    await openHarness(page, headers, head);
    const { error, seconds } = await page.evaluate(async () => {
      const { echo, fakeRoom, realtime } = window.lib;
      const room = await fakeRoom.createFakeRoom();
      const replica = new echo.Replica({ transport: room.transport() });
      const input = { open: async () => new ReadableStream<Int16Array>() };
      const secret = async (): Promise<string> => "ek_page_secret";
      const voice = new realtime.RealtimeVoice({ replica, input, secret });
      const from = performance.now();
      const error = await voice.open().catch(({ code, message, remedy }: Error & { code: string; remedy: string }) => ({
        ...{ code, message, remedy },
      }));
      return { error, seconds: (performance.now() - from) / 1000 };
    });
    console.log(`rejected after ${(seconds * 1000).toFixed(0)} ms`);
    expect(error).toMatchObject({
      code: "csp-socket",
      message: expect.stringMatching(/(connect|default)-src.* blocked the socket to api\.openai\.com/),
      remedy: expect.stringContaining("connect-src"),
    });
    expect(JSON.stringify(error)).not.toContain("ek_page_secret");
  });
