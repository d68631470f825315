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
  /** Begins a turn. */
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
      return { opened, context };
    }, label);
  type Speaking = Awaited<ReturnType<typeof speak>>;
  /** Ends the turn, or waits for its failure; compares all of it with what the processor was given. */
  const finish = (speaking: Speaking, how: { end: boolean; recording?: number }) =>
    speaking.evaluate(async ({ opened, context }, { end, recording = 0 }) => {
      const { whichDevice, probe } = window.lib;
      if (end) opened.end();
      const { pcm, error, warnings } = await opened.result;
      const { samples } = (await window.inputRecordings())[recording];
      const found = probe.locate(pcm, samples, 48_000, 24_000);
      await context.close();
      return { error, warnings, samples: pcm.length, found, heard: whichDevice(pcm) };
    }, how);
  /** Waits until so much has been heard, however long that takes: a pattern of what `whichDevice` tells. */
  const hears = (speaking: Speaking, pattern: RegExp) =>
    speaking.evaluate(
      ({ opened }, source) => opened.until((pcm) => new RegExp(source).test(window.lib.whichDevice(pcm))),
      pattern.source,
    );
  const show = (what: string, { heard, ...result }: Awaited<ReturnType<typeof finish>>): void => {
    console.log(`${what}: ${JSON.stringify(result)}; each 0.1 s: ${heard}`);
    expect(result.found?.peak).toBeLessThanOrEqual(1);
    expect(result.samples).toBe(Math.floor((result.found?.frames ?? 0) / 2 + 0.5));
  };
  const close = async (): Promise<void> => {
    await browser[Symbol.asyncDispose]();
    await pulse.close();
  };
  return { pulse, page, unplug, plug, speak, finish, hears, show, [Symbol.asyncDispose]: close };
}

/** Parts of a second of one device, silence of it between them or not: which is the machine's. */
const first = /(L[.-]*){8}/;
const second = /(S[.-]*){8}/;
/** All of a turn. The first device alone; and then the second alone. */
const firstAlone = /^[.-]*(L[.-]*){8,}$/;
const firstThenSecond = /^[.-]*(L[.-]*){8,}(S[.-]*){8,}$/;

test("unplugging the microphone in a turn: goes on with the other one, and tells the gap", async ({ baseURL }) => {
  await using world = await start(baseURL, ["second", "first"]);
  const speaking = await world.speak();
  await world.hears(speaking, first);
  await world.unplug.first();
  await world.hears(speaking, second);
  const result = await world.finish(speaking, { end: true });
  world.show("unplugged, another microphone", result);
  expect(result.error).toBeUndefined();
  expect(result.warnings.map(({ code }) => code)).toContain("microphone-switched");
  expect(result.warnings[0].message).toMatch(/was lost.*\d\.\d\d s between them were not captured/);
  expect(result.heard).toMatch(firstThenSecond);
});

test("unplugging the only microphone: microphone-lost after all that was captured; plugged again, the next turn works", async ({
  baseURL,
}) => {
  await using world = await start(baseURL, ["first"]);
  // By its id: for "default" Chromium would open the monitor of the speaker, which it hides from the list of devices.
  const speaking = await world.speak("first");
  await world.hears(speaking, first);
  await world.unplug.first();
  const result = await world.finish(speaking, { end: false });
  world.show("unplugged, no other microphone", result);
  expect(result.error).toMatchObject({ code: "microphone-lost" });
  expect(result.heard).toMatch(firstAlone);
  await world.plug("first");
  const again = await world.speak("first");
  await world.hears(again, first);
  const next = await world.finish(again, { end: true, recording: 1 });
  world.show("plugged again", next);
  expect(next.error).toBeUndefined();
  expect(next.heard).toMatch(firstAlone);
});

test("a microphone that is muted in a turn: silence and a warning; unmuted, the same turn has its sound again", async ({
  baseURL,
}) => {
  await using world = await start(baseURL, ["first"]);
  const speaking = await world.speak();
  await world.hears(speaking, first);
  await world.pulse.mute("first", true);
  await world.hears(speaking, /-{20}/);
  await world.pulse.mute("first", false);
  await world.hears(speaking, /-{20}.*(L[.-]*){8}/);
  const result = await world.finish(speaking, { end: true });
  world.show("muted and unmuted", result);
  expect(result.error).toBeUndefined();
  expect(result.warnings.map(({ code }) => code)).toEqual(["microphone-muted"]);
  expect(result.heard).toMatch(/^[.-]*(L[.-]*){8,}-{20}[.-]*(L[.-]*){8,}$/);
});

test("another default microphone in a turn: the turn goes on with it", async ({ baseURL }) => {
  await using world = await start(baseURL, ["second", "first"]);
  const speaking = await world.speak();
  await world.hears(speaking, first);
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
  await world.hears(speaking, second);
  const result = await world.finish(speaking, { end: true });
  world.show("another default", result);
  expect(result.error).toBeUndefined();
  expect(result.warnings.map(({ code }) => code)).toEqual(["microphone-switched"]);
  expect(result.warnings[0].message).toMatch(/no longer the default.*0\.00 s/);
  expect(result.heard).toMatch(firstThenSecond);
});
