import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "@playwright/test";
import { launch } from "../support/launch.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { writeWav } from "../support/wav-writer.js";

const rate = 44_100;
const length = 8;
/** Seconds of the file in which somebody "speaks". */
const sentences = [
  [1, 1.8],
  [4, 5],
] as const;

test("hands-free: every utterance is exactly what the device gave, from before its first sound to its last", async ({
  baseURL,
}) => {
  const random = pseudoRandom(9);
  const pcm = Int16Array.from({ length: rate * length }, (_, n) => {
    const loud = sentences.some(([from, to]) => n >= from * rate && n < to * rate);
    return Math.round((random() - 0.5) * (loud ? 16_000 : 8));
  });
  const file = resolve(".cache", "microphone-utterances.wav");
  mkdirSync(".cache", { recursive: true });
  writeFileSync(file, writeWav(new Uint8Array(pcm.buffer), { encoding: "s16le", sampleRate: rate, channels: 1 }));
  await using browser = await launch(
    baseURL,
    [
      "--autoplay-policy=no-user-gesture-required",
      "--use-fake-device-for-media-stream",
      "--use-fake-ui-for-media-stream",
      `--use-file-for-fake-audio-capture=${file}`,
    ],
    { permissions: ["microphone"] },
  );
  const result = await browser.page.evaluate(
    async ({ sent, rate }) => {
      const { echo, probe } = window.lib;
      const input = Float32Array.from(sent, (sample) => sample / (sample > 0 ? 32_767 : 32_768));
      const context = new AudioContext({ sampleRate: rate });
      const constraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      const mic = echo.microphone({ constraints });
      const told: string[] = [];
      mic.on("speechstart", () => told.push("start"));
      mic.on("speechend", () => told.push("end"));
      const heard = [];
      for await (const source of echo.utterances(mic, { audio: { context } })) {
        // The second is taken late: it is kept meanwhile.
        if (heard.length === 1) await new Promise((resolve) => setTimeout(resolve, 500));
        const { pcm, error } = await (await probe.openSource(source)).result;
        const again = await probe.openSource(source).then(() => undefined, probe.failureOf);
        heard.push({ error, again: again?.code, samples: pcm.length, found: probe.locate(pcm, input, rate, 24_000) });
        if (heard.length === 3) break;
      }
      await mic.close();
      await context.close();
      return { heard, told };
    },
    { sent: Array.from(pcm), rate },
  );
  // Three in a row, the first a whole one or not: the device may have begun within it.
  for (const { error, again, samples, found } of result.heard.slice(1)) {
    expect(error).toBeUndefined();
    expect(again).toBe("source-used");
    expect(found!.peak).toBeLessThanOrEqual(1);
    expect(samples).toBe(Math.floor((found!.frames * 24_000) / rate + 0.5));
    const begins = found!.offset / rate;
    const sentence = sentences.find(([from]) => Math.abs(from - begins) < 0.5);
    expect(sentence).toBeDefined();
    expect(sentence![0] - begins).toBeGreaterThanOrEqual(0.28);
    expect(begins + found!.frames / rate).toBeGreaterThanOrEqual(sentence![1]);
  }
  expect(result.told.slice(0, 5)).toEqual(["start", "end", "start", "end", "start"]);
});
