import { expect, test } from "@playwright/test";
import { launch } from "../support/launch.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { recordInputs } from "../support/record-inputs.js";
import { writeMonoWav } from "../support/wav-file.js";

const rate = 44_100;
const seconds = 8;
const autoplay = "--autoplay-policy=no-user-gesture-required";
const fakeUi = "--use-fake-ui-for-media-stream";
const fakeDevice = "--use-fake-device-for-media-stream";
const microphone = { permissions: ["microphone"] };

/** Noise at half scale that the fake microphone plays over and over. */
function noiseFile(): { sent: number[]; args: string[] } {
  const random = pseudoRandom(44);
  const pcm = Int16Array.from({ length: rate * seconds }, () => Math.floor((random() - 0.5) * 32_768));
  const file = writeMonoWav(".cache/microphone-noise.wav", pcm, rate);
  return {
    sent: Array.from(pcm),
    args: [autoplay, fakeDevice, fakeUi, `--use-file-for-fake-audio-capture=${file}`],
  };
}

/** What the page needs in each test: the constraints under which the fake microphone is exact. */
const exact = { constraints: { echoCancellation: false, noiseSuppression: false, autoGainControl: false } };

test("a prepared microphone: every turn is exactly what the device gave, pre-roll included", async ({ baseURL }) => {
  const { sent, args } = noiseFile();
  await using browser = await launch(baseURL, args, microphone);
  await browser.page.evaluate(recordInputs);
  const result = await browser.page.evaluate(
    async ({ sent, rate, exact }) => {
      const { deviceSkips, echo, probe } = window.lib;
      const context = new AudioContext({ sampleRate: rate });
      const levels: number[] = [];
      const mic = echo.microphone({ ...exact, preRollSeconds: 0.5 });
      mic.on("level", (level) => levels.push(level));
      const audio = { context };
      await mic.prepare(audio);
      const turns = [];
      for (const length of [0, 24_000, 48_000]) {
        await new Promise((resolve) => setTimeout(resolve, 900));
        const frame = Math.round(context.currentTime * rate);
        const opened = await probe.openSource(mic, { audio });
        const late = Math.round(context.currentTime * rate) - frame;
        await opened.arrived(length);
        opened.end();
        turns.push({ frame, late, ...(await opened.result) });
      }
      const before = levels.length;
      await mic.close();
      await new Promise((resolve) => setTimeout(resolve, 300));
      const after = levels.length - before;
      const state = context.state;
      const [{ from, samples }] = await window.inputRecordings();
      await context.close();
      let past = 0;
      return {
        turns: turns.map(({ pcm, ...turn }) => {
          // Each after the one before: the file repeats.
          const found = probe.locate(pcm, samples.subarray(past), rate, 24_000);
          if (found) found.offset += past;
          past = found ? found.offset + found.frames : past;
          return { ...turn, samples: pcm.length, found, begins: found ? from + found.offset : Number.NaN };
        }),
        levels: before,
        after,
        state,
        // Chromium's devices scale positive samples by 32767.
        skips: deviceSkips(
          samples,
          sent.map((sample) => sample / (sample > 0 ? 32_767 : 32_768)),
        ),
      };
    },
    { sent, rate, exact },
  );
  console.log(`microphone at 44.1 kHz, peak errors in LSB: ${result.turns.map(({ found }) => found?.peak.toFixed(3))}`);
  console.log(result.skips);
  for (const { samples, found, error, warnings, frame, late, begins } of result.turns) {
    expect(error).toBeUndefined();
    expect(warnings).toEqual([]);
    expect(found?.peak).toBeLessThanOrEqual(1);
    expect(samples).toBe(Math.floor((found!.frames * 24_000) / rate + 0.5));
    // Half a second from before the turn is in it: it begins where the context's clock stood between two readings, less that.
    const now = begins + rate / 2;
    console.log(
      `begins ${now - frame} frames after the first reading of the clock, less 0.5 s; the second was at ${late}`,
    );
    expect(now % 128).toBe(0);
    expect(now).toBeGreaterThanOrEqual(frame);
    expect(now).toBeLessThanOrEqual(frame + late);
    expect(samples).toBeGreaterThanOrEqual(12_000);
  }
  expect(result.levels).toBeGreaterThan(10);
  expect(result.after).toBe(0);
  expect(result.state).toBe("running");
});

test("at 48 kHz the browser resamples the device; the signal is the same", async ({ baseURL }) => {
  const tone = Int16Array.from({ length: rate * 4 }, (_, n) =>
    Math.round(12_000 * Math.sin((2 * Math.PI * 500 * n) / rate)),
  );
  const file = writeMonoWav(".cache/microphone-tone.wav", tone, rate);
  await using browser = await launch(
    baseURL,
    [autoplay, fakeDevice, fakeUi, `--use-file-for-fake-audio-capture=${file}`],
    microphone,
  );
  const result = await browser.page.evaluate(async (exact) => {
    const { echo, probe } = window.lib;
    const context = new AudioContext({ sampleRate: 48_000 });
    const mic = echo.microphone(exact);
    const opened = await probe.openSource(mic, { audio: { context } });
    await opened.arrived(48_000);
    opened.end();
    const { pcm, error } = await opened.result;
    // A sine of the known frequency is fitted; what does not fit is the error.
    const used = pcm.slice(12_000, 36_000);
    const w = (2 * Math.PI * 500) / 24_000;
    let a = 0;
    let b = 0;
    used.forEach((s, n) => {
      a += (2 / used.length) * s * Math.cos(w * n);
      b += (2 / used.length) * s * Math.sin(w * n);
    });
    const fit = (n: number) => a * Math.cos(w * n) + b * Math.sin(w * n);
    await context.close();
    return { error, amplitude: Math.hypot(a, b), ...probe.compare(used, fit, 0, used.length) };
  }, exact);
  console.log(`microphone at 48 kHz: ${result.db.toFixed(1)} dB, amplitude ${result.amplitude.toFixed(1)} of 12000`);
  expect(result.error).toBeUndefined();
  expect(result.db).toBeGreaterThan(75);
  expect(Math.abs(20 * Math.log10(result.amplitude / 12_000))).toBeLessThan(0.1);
});

test("unprepared, each turn opens the device, and releases it and our own context", async ({ baseURL }) => {
  const { sent, args } = noiseFile();
  await using browser = await launch(baseURL, args, microphone);
  const result = await browser.page.evaluate(
    async ({ recordInputs, sent, exact }) => {
      const { deviceSkips, echo, probe } = window.lib;
      const tracks: MediaStreamTrack[] = [];
      const contexts: AudioContext[] = [];
      const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
      navigator.mediaDevices.getUserMedia = async (constraints) => {
        const stream = await ask(constraints);
        tracks.push(...stream.getTracks());
        return stream;
      };
      const Native = AudioContext;
      window.AudioContext = class extends Native {
        constructor(options?: AudioContextOptions) {
          super({ ...options, sampleRate: 44_100 });
          contexts.push(this);
        }
      };
      new Function(`(${recordInputs})()`)();
      const mic = echo.microphone(exact);
      const turns = [];
      for (const how of ["end", "drop", "end"] as const) {
        const opened = await probe.openSource(mic);
        const live = tracks.map(({ readyState }) => readyState);
        await opened.arrived(24_000);
        opened[how]();
        const { pcm, error } = await opened.result;
        await new Promise((resolve) => setTimeout(resolve, 500));
        turns.push({ how, live, error: error?.name, pcm });
      }
      const recordings = await window.inputRecordings();
      // Chromium's devices scale positive samples by 32767.
      const fed = sent.map((sample) => sample / (sample > 0 ? 32_767 : 32_768));
      return {
        turns: turns.map(({ pcm, ...turn }, i) => {
          const { samples } = recordings[i];
          const found = turn.how === "end" && probe.locate(pcm, samples, 44_100, 24_000);
          return { ...turn, samples: pcm.length, found, skips: deviceSkips(samples, fed) };
        }),
        tracks: tracks.map(({ readyState }) => readyState),
        contexts: contexts.map(({ state }) => state),
      };
    },
    { recordInputs: String(recordInputs), sent, exact },
  );
  expect(result.tracks).toEqual(["ended", "ended", "ended"]);
  expect(result.contexts).toEqual(["closed", "closed", "closed"]);
  expect(result.turns.map(({ live }) => live.at(-1))).toEqual(["live", "live", "live"]);
  expect(result.turns.map(({ error }) => error)).toEqual([undefined, "AbortError", undefined]);
  for (const { how, samples, found, skips } of result.turns) {
    console.log(`unprepared, ${how}: ${found ? `peak error ${found.peak.toFixed(3)} LSB` : "-"}; ${skips}`);
    if (!found) continue;
    expect(found.peak).toBeLessThanOrEqual(1);
    expect(samples).toBe(Math.floor((found.frames * 24_000) / 44_100 + 0.5));
  }
  expect(result.turns.map(({ found }) => !!found)).toEqual([true, false, true]);
});

test("a denied permission, and no microphone, are named, at prepare() and at open()", async ({ baseURL }) => {
  const ask = async () => {
    const { echo, probe } = window.lib;
    const mic = echo.microphone();
    return Promise.all(
      [mic.prepare(), probe.openSource(echo.microphone())].map((asked) =>
        asked.then(
          () => undefined,
          (error) => probe.failureOf(error),
        ),
      ),
    );
  };
  {
    await using browser = await launch(baseURL, [autoplay, fakeDevice, `${fakeUi}=deny`]);
    for (const failure of await browser.page.evaluate(ask))
      expect(failure).toMatchObject({
        name: "EchoError",
        code: "microphone-denied",
        remedy: expect.stringContaining("click"),
      });
  }
  {
    await using browser = await launch(baseURL, [autoplay, fakeUi], microphone);
    for (const failure of await browser.page.evaluate(ask))
      expect(failure).toMatchObject({ name: "EchoError", code: "microphone-missing" });
  }
  {
    await using browser = await launch(baseURL, [autoplay, fakeDevice, fakeUi], microphone);
    const failure = await browser.page.evaluate(() =>
      window.lib.echo
        .microphone({ deviceId: "no-such-device" })
        .prepare()
        .then(() => undefined, window.lib.probe.failureOf),
    );
    expect(failure).toMatchObject({ code: "microphone-missing", message: expect.stringContaining("deviceId") });
  }
});
