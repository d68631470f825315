import { expect, test } from "@playwright/test";
import { launch } from "../support/launch.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { recordInputs } from "../support/record-inputs.js";
import { writeMonoWav } from "../support/wav-file.js";

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
  const file = writeMonoWav(".cache/microphone-utterances.wav", pcm, rate);
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
  await browser.page.evaluate(recordInputs);
  const result = await browser.page.evaluate(
    async ({ sent, rate }) => {
      const { deviceSkips, echo, probe } = window.lib;
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
        heard.push({ error, again: again?.code, pcm });
        if (heard.length === 3) break;
      }
      await mic.close();
      const [{ samples }] = await window.inputRecordings();
      await context.close();
      // Chromium's devices scale positive samples by 32767.
      const fed = sent.map((sample) => sample / (sample > 0 ? 32_767 : 32_768));
      let from = 0;
      const found = heard.map(({ pcm, ...rest }) => {
        // Each after the one before: the file repeats, and a device that skips does not do it the same way twice.
        const found = probe.locate(pcm, samples.subarray(from), rate, 24_000);
        if (found) found.offset += from;
        from = found ? found.offset + found.frames : from;
        // Where somebody began and ceased to speak within it, in what the processor was given.
        const part = samples.subarray(found?.offset ?? 0, (found?.offset ?? 0) + (found?.frames ?? 0));
        const loud = (sample: number): boolean => Math.abs(sample) > 0.01;
        return { ...rest, samples: pcm.length, found, first: part.findIndex(loud), last: part.findLastIndex(loud) };
      });
      return { heard: found, told, skips: deviceSkips(samples, fed) };
    },
    { sent: Array.from(pcm), rate },
  );
  console.log(result.skips);
  // Three in a row, the first a whole one or not: the device may have begun within it.
  for (const { error, again, samples, found, first, last } of result.heard.slice(1)) {
    console.log(
      `speech from ${(first / rate).toFixed(3)} to ${(last / rate).toFixed(3)} of ${(found!.frames / rate).toFixed(3)} s`,
    );
    expect(error).toBeUndefined();
    expect(again).toBe("source-used");
    expect(found!.peak).toBeLessThanOrEqual(1);
    expect(samples).toBe(Math.floor((found!.frames * 24_000) / rate + 0.5));
    // The pre-roll is 0.3 s less a measurement of 10 ms; the hangover is 0.7 s.
    expect(first / rate).toBeGreaterThanOrEqual(0.28);
    expect(first / rate).toBeLessThan(0.5);
    expect(found!.frames - last).toBeGreaterThan(0.5 * rate);
  }
  expect(result.told.slice(0, 5)).toEqual(["start", "end", "start", "end", "start"]);
});
