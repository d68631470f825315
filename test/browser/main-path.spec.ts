import { expect, type Page, test } from "@playwright/test";
import { turnProblems } from "../support/echo-turn.js";

interface Run {
  /** The samples that went in, and what the replica heard, from the first sample that is not silence on. */
  firstDifference: number;
  compared: number;
  silenceBefore: boolean;
  silenceAfter: boolean;
  gaps: number;
  outcome: string;
  blocked: number;
  quantum: number;
  messages: { data: unknown }[];
}

/** Plays seeded noise through audioNode() in a 24 kHz context, the real daily-js and the fake room, and compares. */
function play(
  page: Page,
  options: { seed: number; seconds: number; blocks: number; renderSizeHint?: number },
): Promise<Run> {
  return page.evaluate(async ({ seed, seconds, blocks, renderSizeHint }) => {
    const { Daily, echo, fakeRoom, noisePcm } = window.lib;
    const rate = 24_000;
    const pcm = noisePcm(seconds * rate, seed);

    const room = await fakeRoom.createFakeRoom();
    const call = Daily.createCallObject({ audioSource: false, videoSource: false, dailyConfig: room.dailyConfig });
    const replica = new echo.Replica({ transport: echo.dailyTransport(call) });
    await call.join({ url: room.url });
    await replica.ready;

    const options = { sampleRate: rate, ...(renderSizeHint && { renderSizeHint }) };
    const context = new AudioContext(options);
    const buffer = context.createBuffer(1, pcm.length, rate);
    buffer.copyToChannel(
      Float32Array.from(pcm, (sample) => sample / 32_768),
      0,
    );
    const node = new AudioBufferSourceNode(context, { buffer });
    await replica.prepare(echo.audioNode(node));
    const turn = replica.speak(echo.audioNode(node));
    while (turn.state !== "streaming") await new Promise((resolve) => setTimeout(resolve, 5));
    const ended = new Promise((resolve) => node.addEventListener("ended", resolve));
    node.start();
    let blocked = 0;
    for (let count = 0; count < blocks; count++) {
      await new Promise((resolve) => setTimeout(resolve, (seconds * 1000) / (blocks + 1) - 2000));
      const until = performance.now() + 2000;
      while (performance.now() < until) blocked += 1;
    }
    await ended;
    turn.end();
    const outcome = await turn.outcome;
    const heard = (await room.turns())[0];
    const messages = room.messages.map(({ data }) => ({ data }));
    await replica.close();
    await call.leave();

    const start = heard.pcm.findIndex((sample) => sample !== 0) - pcm.findIndex((sample) => sample !== 0);
    const got = heard.pcm.subarray(start, start + pcm.length);
    let firstDifference = -1;
    for (let index = 0; index < pcm.length && firstDifference < 0; index++)
      if (got[index] !== pcm[index]) firstDifference = index;
    const quantum = (context as AudioContext & { renderQuantumSize?: number }).renderQuantumSize ?? 128;
    await context.close();
    return {
      firstDifference,
      compared: got.length,
      silenceBefore: heard.pcm.subarray(0, start).every((sample) => sample === 0),
      silenceAfter: heard.pcm.subarray(start + pcm.length).every((sample) => sample === 0),
      gaps: heard.gaps,
      outcome: outcome.type,
      blocked: blocks === 0 ? 0 : blocked,
      quantum,
      messages,
    };
  }, options);
}

test("60 s of PCM16 through audioNode() arrive sample for sample, the main thread blocked for 2 s three times", async ({
  page,
}) => {
  test.setTimeout(150_000);
  const seed = 20_260_801;
  await page.goto("/");
  const run = await play(page, { seed, seconds: 60, blocks: 3 });
  console.log(
    `seed ${seed}: ${run.compared} samples compared, ${run.messages.length} messages, blocked 3 × 2 s, ${run.gaps} gaps`,
  );
  // A page that is blocked sends late, and the replica pauses meanwhile: gaps in time, never in the samples.
  expect(run).toMatchObject({
    firstDifference: -1,
    compared: 60 * 24_000,
    silenceBefore: true,
    silenceAfter: true,
    outcome: "spoken",
  });
  expect(run.blocked).toBeGreaterThan(0);
  expect(turnProblems(run.messages, 4096)).toEqual([]);
});

for (const renderSizeHint of [64, 256, 480])
  test(`a render quantum of ${renderSizeHint} frames gives the same samples`, async ({ page }) => {
    const seed = renderSizeHint;
    await page.goto("/");
    const run = await play(page, { seed, seconds: 3, blocks: 0, renderSizeHint });
    console.log(
      `seed ${seed}: asked for ${renderSizeHint} frames, got ${run.quantum}; ${run.compared} samples compared`,
    );
    test.skip(
      run.quantum !== renderSizeHint,
      `this browser renders ${run.quantum} frames whatever renderSizeHint says`,
    );
    expect(run).toMatchObject({
      firstDifference: -1,
      compared: 3 * 24_000,
      silenceBefore: true,
      silenceAfter: true,
      outcome: "spoken",
    });
    expect(turnProblems(run.messages, 4096)).toEqual([]);
  });
