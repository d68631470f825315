import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, test } from "@playwright/test";
import { PulseAudio } from "../engines/pulse-audio.js";
import { launch } from "../support/launch.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { writeWav } from "../support/wav-writer.js";

const missing = ["pulseaudio", "pacat"].filter((name) => spawnSync(name, ["--version"]).error);
test.skip(missing.length > 0, `needs PulseAudio (apt-get install pulseaudio pulseaudio-utils): no ${missing}`);

function noise(seed: number): string {
  const random = pseudoRandom(seed);
  const pcm = Int16Array.from({ length: 48_000 * 4 }, () => Math.floor((random() - 0.5) * 32_000));
  const file = resolve(".cache", `unplug-${seed}.wav`);
  mkdirSync(".cache", { recursive: true });
  writeFileSync(file, writeWav(new Uint8Array(pcm.buffer), { encoding: "s16le", sampleRate: 48_000, channels: 1 }));
  return file;
}

for (const other of [false, true])
  test(`unplugging the microphone in a turn: ${other ? "goes on with the other one" : "microphone-lost, after all that was captured"}`, async ({
    baseURL,
  }) => {
    // Seen to pass, and to wait for ever: perhaps Chromium then opens the speaker's monitor, which is no loss to it.
    test.fixme(!other, "whether the loss is told depends on what PulseAudio offers next; not understood yet");
    const pulse = await PulseAudio.start();
    try {
      if (other) await pulse.plug("second", noise(2));
      const unplug = await pulse.plug("first", noise(1));
      await using browser = await launch(
        baseURL,
        ["--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream"],
        { permissions: ["microphone"] },
        "/",
        pulse.env,
      );
      const { page } = browser;
      const handle = await page.evaluateHandle(async () => {
        const { echo, probe } = window.lib;
        const context = new AudioContext({ sampleRate: 48_000 });
        const constraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
        const opened = await probe.openSource(echo.microphone({ constraints }), { audio: { context } });
        await opened.arrived(24_000);
        return { opened, context };
      });
      await unplug();
      const result = await handle.evaluate(async ({ opened, context }, other) => {
        const started = context.currentTime;
        if (other) {
          await opened.arrived(24_000 * 5);
          opened.end();
        }
        const { pcm, error, warnings } = await opened.result;
        const seconds = (from: number, to: number) => {
          const part = pcm.subarray(from * 24_000, to * 24_000);
          return part.reduce((sum, s) => sum + s * s, 0) / Math.max(1, part.length);
        };
        return {
          error,
          warnings: warnings.map(({ code }) => code),
          samples: pcm.length,
          waited: context.currentTime - started,
          first: Math.sqrt(seconds(0.2, 0.9)),
          last: Math.sqrt(seconds(4, 5)),
        };
      }, other);
      console.log(`unplugged, ${other ? "another" : "no other"} microphone: ${JSON.stringify(result)}`);
      expect(result.samples).toBeGreaterThanOrEqual(24_000);
      // White noise of ±16000: an RMS of 9238 less what lies above 12 kHz.
      expect(result.first).toBeGreaterThan(5000);
      if (other) {
        expect(result.error).toBeUndefined();
        expect(result.warnings).toContain("microphone-switched");
        expect(result.last).toBeGreaterThan(5000);
      } else expect(result.error).toMatchObject({ code: "microphone-lost" });
    } finally {
      await pulse.close();
    }
  });
