import { spawnSync } from "node:child_process";
import { expect, test } from "@playwright/test";
import { PulseAudio } from "../engines/pulse-audio.js";
import { launch } from "../support/launch.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { recordInputs } from "../support/record-inputs.js";
import { writeMonoWav } from "../support/wav-file.js";

const missing = ["pulseaudio", "pacat"].filter((name) => spawnSync(name, ["--version"]).error);
test.skip(missing.length > 0, `needs PulseAudio (apt-get install pulseaudio pulseaudio-utils): no ${missing}`);
test.describe.configure({ timeout: 90_000 });

/** Noise whose power is the device's own: ±`peak`. */
function noise(seed: number, peak: number): string {
  const random = pseudoRandom(seed);
  const pcm = Int16Array.from({ length: 48_000 * 4 }, () => Math.floor((random() - 0.5) * 2 * peak));
  return writeMonoWav(`.cache/unplug-${seed}.wav`, pcm, 48_000);
}

/** A real Chromium on a sound system of its own. */
async function start(baseURL: string | undefined, microphones: readonly string[]) {
  const pulse = await PulseAudio.start();
  const unplug: Record<string, () => Promise<void>> = {};
  const plug = async (name: string): Promise<void> => {
    unplug[name] = await pulse.plug(name, name === "first" ? noise(1, 16_000) : noise(2, 4000));
  };
  for (const name of microphones) await plug(name);
  const args = ["--autoplay-policy=no-user-gesture-required", "--use-fake-ui-for-media-stream"];
  const browser = await launch(baseURL, args, { permissions: ["microphone"] }, "/", pulse.env);
  const { page } = browser;
  await page.evaluate(recordInputs);
  /** Begins a turn; waits until a second of it is here. */
  const speak = (label?: string) =>
    page.evaluateHandle(async (label) => {
      const { echo, probe } = window.lib;
      const devices = await navigator.mediaDevices.enumerateDevices();
      const deviceId = label && devices.find((device) => device.label.includes(label))?.deviceId;
      if (label && !deviceId) throw new Error(`No ${label} in ${JSON.stringify(devices)}`);
      const constraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };
      const context = new AudioContext({ sampleRate: 48_000 });
      const mic = echo.microphone({ constraints, ...(deviceId && { deviceId }) });
      const opened = await probe.openSource(mic, { audio: { context } });
      await opened.arrived(24_000);
      return { opened, context };
    }, label);
  type Speaking = Awaited<ReturnType<typeof speak>>;
  /** Ends the turn, or waits for its failure; compares all of it with what the processor was given. */
  const finish = (speaking: Speaking, how: { end: boolean; recording?: number }) =>
    speaking.evaluate(async ({ opened, context }, { end, recording = 0 }) => {
      const { probe } = window.lib;
      if (end) opened.end();
      const { pcm, error, warnings } = await opened.result;
      await new Promise((resolve) => setTimeout(resolve, 100));
      const { samples } = window.inputRecordings()[recording];
      const found = probe.locate(pcm, samples, 48_000, 24_000);
      await context.close();
      const rms = Array.from({ length: Math.floor(pcm.length / 2400) }, (_, n) => {
        const part = pcm.subarray(n * 2400, (n + 1) * 2400);
        return Math.round(Math.sqrt(part.reduce((sum, s) => sum + s * s, 0) / part.length));
      });
      return { error, warnings, samples: pcm.length, found, rms };
    }, how);
  const more = (speaking: Speaking, seconds: number) =>
    speaking.evaluate(async ({ opened, context }, seconds) => {
      const until = context.currentTime + seconds;
      while (context.currentTime < until) await new Promise((resolve) => setTimeout(resolve, 50));
      void opened;
    }, seconds);
  const show = (what: string, { rms, ...result }: Awaited<ReturnType<typeof finish>>): void => {
    console.log(`${what}: ${JSON.stringify(result)}; RMS of each 0.1 s: ${rms.join(" ")}`);
    expect(result.found?.peak).toBeLessThanOrEqual(1);
    expect(result.samples).toBe(Math.floor((result.found?.frames ?? 0) / 2 + 0.5));
  };
  const close = async (): Promise<void> => {
    await browser[Symbol.asyncDispose]();
    await pulse.close();
  };
  return { pulse, page, unplug, plug, speak, finish, more, show, [Symbol.asyncDispose]: close };
}

/** White noise up to 24 kHz, of which 12 kHz stay: its RMS is peak / √3 / √2. */
const loud = (rms: number): boolean => rms > 5000 && rms < 8000;
const soft = (rms: number): boolean => rms > 1250 && rms < 2000;

test("unplugging the microphone in a turn: goes on with the other one, and tells the gap", async ({ baseURL }) => {
  await using world = await start(baseURL, ["second", "first"]);
  const speaking = await world.speak();
  await world.unplug.first();
  await world.more(speaking, 3);
  const result = await world.finish(speaking, { end: true });
  world.show("unplugged, another microphone", result);
  expect(result.error).toBeUndefined();
  expect(result.warnings.map(({ code }) => code)).toContain("microphone-switched");
  expect(result.warnings[0].message).toMatch(/was lost.*\d\.\d\d s between them were not captured/);
  expect(loud(result.rms[6])).toBe(true);
  expect(soft(result.rms.at(-3)!)).toBe(true);
});

test("unplugging the only microphone: microphone-lost after all that was captured; plugged again, the next turn works", async ({
  baseURL,
}) => {
  await using world = await start(baseURL, ["first"]);
  // By its id: for "default" Chromium would open the monitor of the speaker, which it hides from the list of devices.
  const speaking = await world.speak("first");
  await world.unplug.first();
  const result = await world.finish(speaking, { end: false });
  world.show("unplugged, no other microphone", result);
  expect(result.error).toMatchObject({ code: "microphone-lost" });
  expect(loud(result.rms[6])).toBe(true);
  await world.plug("first");
  const again = await world.speak("first");
  await world.more(again, 2);
  const next = await world.finish(again, { end: true, recording: 1 });
  world.show("plugged again", next);
  expect(next.error).toBeUndefined();
  expect(loud(next.rms.at(-3)!)).toBe(true);
});

test("a microphone that is muted in a turn: silence and a warning; unmuted, the same turn has its sound again", async ({
  baseURL,
}) => {
  await using world = await start(baseURL, ["first"]);
  const speaking = await world.speak();
  await world.pulse.mute("first", true);
  await world.more(speaking, 2.5);
  await world.pulse.mute("first", false);
  await world.more(speaking, 1.5);
  const result = await world.finish(speaking, { end: true });
  world.show("muted and unmuted", result);
  expect(result.error).toBeUndefined();
  expect(result.warnings.map(({ code }) => code)).toEqual(["microphone-muted"]);
  expect(result.rms.filter((rms) => rms === 0).length).toBeGreaterThan(10);
  expect(loud(result.rms[6])).toBe(true);
  expect(loud(result.rms.at(-3)!)).toBe(true);
});

test("another default microphone in a turn: the turn goes on with it", async ({ baseURL }) => {
  await using world = await start(baseURL, ["second", "first"]);
  const speaking = await world.speak();
  await world.pulse.setDefault("second");
  // Chromium on Linux learns of devices from udev, which knows no virtual ones: the event is ours, the devices are real.
  const listed = await world.page.evaluate(async () => {
    const devices = await navigator.mediaDevices.enumerateDevices();
    const real = navigator.mediaDevices.enumerateDevices.bind(navigator.mediaDevices);
    const second = devices.find(({ label }) => label.includes("second"));
    navigator.mediaDevices.enumerateDevices = async () =>
      (await real()).map((device) =>
        device.deviceId === "default" && device.kind === "audioinput"
          ? ({ ...device.toJSON(), groupId: second?.groupId } as MediaDeviceInfo)
          : device,
      );
    navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
    return devices.map(({ kind, label, groupId }) => `${kind} ${label} ${groupId.slice(0, 4)}`);
  });
  console.log(listed);
  await world.more(speaking, 2);
  const result = await world.finish(speaking, { end: true });
  world.show("another default", result);
  expect(result.error).toBeUndefined();
  expect(result.warnings.map(({ code }) => code)).toEqual(["microphone-switched"]);
  expect(result.warnings[0].message).toMatch(/no longer the default.*0\.00 s/);
  expect(loud(result.rms[6])).toBe(true);
  expect(soft(result.rms.at(-3)!)).toBe(true);
});
