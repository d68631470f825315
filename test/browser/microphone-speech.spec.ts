import { chromium, expect, test } from "@playwright/test";
import { turnProblems } from "../support/echo-turn.js";
import { deviceSkips, recordInputs } from "../support/record-inputs.js";
import { referenceSample } from "../support/reference-filter.js";
import { doubleRate, speech, speechRate } from "../support/speech.js";
import { writeMonoWav } from "../support/wav-file.js";

type Backstage = {
  demo: {
    room: { turns(): Promise<{ pcm: Int16Array; outcome: string; gaps: number }[]>; messages: { data: unknown }[] };
  };
};

declare global {
  interface Window {
    /** Base64 of the samples' bytes. */
    asText(samples: Int16Array | Float32Array): Promise<string>;
  }
}

/** What `asText` was given. */
const bytesOf = (text: string): ArrayBuffer => Uint8Array.from(Buffer.from(text, "base64")).buffer;

const inputRate = 44_100;
const outputRate = 24_000;

/** Speech between silences, at the rate of Chromium's fake microphone, which plays it in a loop. */
async function recording(): Promise<{ pcm: Int16Array; first: number; last: number }> {
  const spoken = doubleRate(await speech("She had your dark suit in greasy wash water all year."));
  expect(speechRate * 2).toBe(inputRate);
  // Whole blocks of 10 ms: the device starts the file anew in the middle of none.
  const block = inputRate / 100;
  const pcm = new Int16Array(Math.ceil((spoken.length + 2 * inputRate) / block) * block);
  pcm.set(spoken, inputRate);
  const loud = (sample: number): boolean => sample !== 0;
  return { pcm, first: pcm.findIndex(loud), last: pcm.findLastIndex(loud) };
}

/** Where in the recording the turn began: the start for which the documented filter gives what was heard. */
function align(heard: Int16Array, pcm: ArrayLike<number>, frames: number): number {
  // The loudest place tells most.
  let probe = 0;
  for (let at = 100; at < heard.length - 100; at++) if (Math.abs(heard[at]) > Math.abs(heard[probe])) probe = at;
  const probes = Array.from({ length: 24 }, (_, index) => probe - 12 + index);
  let best = { start: -1, error: Number.POSITIVE_INFINITY };
  for (let start = 0; start < pcm.length; start++) {
    // Cheap first: the nearest frame must be about as loud.
    const nearest = pcm[(start + Math.round((probe * inputRate) / outputRate)) % pcm.length];
    if (Math.abs(nearest - heard[probe]) > 6000) continue;
    let error = 0;
    for (const k of probes) {
      error = Math.max(error, Math.abs(referenceSample(pcm, start, frames, k, inputRate, outputRate) - heard[k]));
      if (error >= best.error) break;
    }
    if (error < best.error) best = { start, error };
  }
  return best.start;
}

test("speech through the fake microphone at 44.1 kHz arrives as the documented filter makes it, whole, within 1 LSB", async () => {
  test.setTimeout(120_000);
  const { pcm, first, last } = await recording();
  const wav = writeMonoWav(".cache/recordings/speech-44100.wav", pcm, inputRate);
  const { launchOptions } = test.info().project.use;
  const browser = await chromium.launch({
    ...launchOptions,
    args: [...(launchOptions?.args ?? []), `--use-file-for-fake-audio-capture=${wav}`],
  });
  const context = await browser.newContext({ permissions: ["microphone"] });
  const page = await context.newPage();
  await page.addInitScript(recordInputs);
  // Processing off, as a recording for music would ask, so that what the device gives is known to the bit.
  await page.goto(`http://localhost:${process.env.DEMO_PORT}/?processing=off`);
  await page.getByRole("button", { name: "Join" }).click();
  const hold = page.getByRole("button", { name: "Hold to talk" });
  await expect(hold).toBeEnabled({ timeout: 30_000 });

  await hold.hover();
  await page.mouse.down();
  // Two passes: one of them lies inside whole, wherever in the loop the press falls.
  const enough = ((2 * pcm.length) / inputRate) * outputRate;
  const messages = () =>
    page.evaluate(() => (globalThis as unknown as Backstage).demo.room.messages.map(({ data }) => ({ data })));
  await page.waitForFunction(
    (enough) => {
      let samples = 0;
      for (const { data } of (globalThis as unknown as Backstage).demo.room.messages) {
        const { audio } = (data as { properties?: { audio?: string } }).properties ?? {};
        samples += ((audio?.length ?? 0) * 3) / 8;
      }
      return samples > enough;
    },
    enough,
    { polling: 200 },
  );
  await page.mouse.up();
  // Samples cross as text: as millions of numbers, a minute of them takes Playwright minutes on a busy machine.
  await page.evaluate(() => {
    window.asText = async (samples) => {
      const reader = new FileReader();
      await new Promise((resolve) => {
        reader.onload = resolve;
        reader.readAsDataURL(new Blob([samples.slice()]));
      });
      return String(reader.result).split(",")[1];
    };
  });
  // turns() waits until the room is idle.
  const heard = await page.evaluate(async () => {
    const [turn] = await (globalThis as unknown as Backstage).demo.room.turns();
    return { pcm: await window.asText(turn.pcm), outcome: turn.outcome };
  });
  const sent = await messages();
  const given = await page.evaluate(async () => {
    const [{ rate, samples }] = await window.inputRecordings();
    return { rate, samples: await window.asText(samples) };
  });
  await browser.close();
  const recorded = new Float32Array(bytesOf(given.samples));
  console.log(
    deviceSkips(
      recorded,
      Array.from(pcm, (sample) => sample / (sample > 0 ? 32_767 : 32_768)),
    ),
  );
  expect(given.rate).toBe(inputRate);
  const input = Float64Array.from(recorded, (sample) => sample * 32_768);

  // The frames captured are whole blocks of 128 (and the pre-roll's): the count of samples must fit one such number.
  const got = new Int16Array(bytesOf(heard.pcm));
  expect(heard.outcome).toBe("spoken");
  const lengths = Array.from(
    { length: 4 },
    (_, index) => Math.floor((got.length * inputRate) / outputRate) - 1 + index,
  ).filter((frames) => Math.floor((frames * outputRate) / inputRate + 0.5) === got.length);
  expect(lengths.length).toBeGreaterThan(0);
  const start = align(got, input, lengths[0]);
  expect(start).toBeGreaterThanOrEqual(0);

  let best = { frames: 0, peak: Number.POSITIVE_INFINITY, at: -1 };
  for (const frames of lengths) {
    let peak = 0;
    let at = -1;
    for (let k = 0; k < got.length; k++) {
      const wanted = Math.max(
        -32_768,
        Math.min(32_767, referenceSample(input, start, frames, k, inputRate, outputRate)),
      );
      const error = Math.abs(Math.round(wanted) - got[k]);
      if (error > peak) {
        peak = error;
        at = k;
      }
    }
    if (peak < best.peak) best = { frames, peak, at };
  }
  console.log(
    `${got.length} samples for ${best.frames} frames (${(best.frames / 128).toFixed(2)} blocks), from frame ${start} of the recording; ` +
      `peak error ${best.peak} LSB at sample ${best.at}; speech at ${first} to ${last}`,
  );
  expect(best.peak).toBeLessThanOrEqual(1);
  expect(got.length).toBe(Math.floor((best.frames * outputRate) / inputRate + 0.5));
  // Of two passes of the speech one lies inside whole.
  const heardLoud = got.filter((sample) => Math.abs(sample) > 100).length / outputRate;
  const sentLoud = pcm.filter((sample) => Math.abs(sample) > 100).length / inputRate;
  console.log(`loud for ${heardLoud.toFixed(2)} s; one pass of the speech: ${sentLoud.toFixed(2)} s`);
  expect(heardLoud).toBeGreaterThan(sentLoud);
  expect(turnProblems(sent, 4096)).toEqual([]);
});
