import { expect, test } from "@playwright/test";
import { recordInputs } from "../support/record-inputs.js";

test.beforeEach(async ({ page }) => {
  await page.goto("/");
  await page.waitForFunction(() => window.lib);
  await page.evaluate(() => {
    // A device of the page's own at 24 kHz: 30000 samples that count up, over and over.
    const context = new AudioContext({ sampleRate: 24_000 });
    const buffer = new AudioBuffer({ length: 30_000, sampleRate: 24_000 });
    buffer.copyToChannel(
      Float32Array.from({ length: 30_000 }, (_, n) => (n + 1000) / 32_768),
      0,
    );
    const ramp = new AudioBufferSourceNode(context, { buffer, loop: true });
    const device = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
    ramp.connect(device);
    ramp.start();
    const opened: MediaStreamTrack[] = [];
    navigator.mediaDevices.getUserMedia = async () => {
      const stream = device.stream.clone();
      opened.push(...stream.getTracks());
      return stream;
    };
    window.rig = {
      context,
      audio: { context },
      device,
      opened,
      live: () => opened.filter(({ readyState }) => readyState === "live").length,
      sleep: (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds)),
      follow: async (turns) => {
        const said = turns.flatMap((pcm) => [...pcm]);
        const [{ samples }] = await window.inputRecordings();
        const heard = Array.from(samples, (sample) => 32_768 * sample);
        const fits = (at: number): boolean => said.every((sample, n) => Math.abs(sample - heard[at + n]) <= 1);
        return heard.some((_, at) => at + said.length <= heard.length && fits(at));
      },
      tone: (seconds) => {
        const wav = window.lib.probe.wavOf((time) => 0.5 * Math.sin(5000 * time), seconds, 48_000);
        return new Audio(URL.createObjectURL(new Blob([wav], { type: "audio/wav" })));
      },
      loud: (pcm) => pcm.filter((sample) => Math.abs(sample) > 4000).length / pcm.length,
    };
  });
});

interface Rig {
  context: AudioContext;
  audio: { context: AudioContext };
  device: MediaStreamAudioDestinationNode;
  opened: MediaStreamTrack[];
  live(): number;
  sleep(seconds: number): Promise<void>;
  /** Whether the turns, one after the other, are what the first processor since `recordInputs()` was given, without a gap. */
  follow(turns: Int16Array[]): Promise<boolean>;
  /** An element that plays a sine at half of full scale. */
  tone(seconds: number): HTMLAudioElement;
  /** Share of loud samples: about 0.84 of that sine. */
  loud(pcm: Int16Array): number;
}

declare global {
  interface Window {
    rig: Rig;
  }
}

test("prepared microphone: a turn right after another, or in its place, has the same device, from the very next sample on", async ({
  page,
}) => {
  await page.evaluate(recordInputs);
  const result = await page.evaluate(async () => {
    const { echo, probe } = window.lib;
    const { opened, live, sleep, follow } = window.rig;
    const mic = echo.microphone({ preRollSeconds: 1 });
    await mic.prepare({ context: new AudioContext({ sampleRate: 24_000 }) });
    const turns = [];
    for (let i = 0; i < 3; i++) {
      const turn = await probe.openSource(mic);
      await turn.arrived(9000);
      turn.end();
      turns.push(turn.result);
    }
    const heard = await Promise.all(turns);
    const devices = opened.length;
    // Two that listen at once: neither is left without.
    const both = await Promise.all([probe.openSource(mic), probe.openSource(mic)]);
    await sleep(0.5);
    for (const turn of both) turn.end();
    const together = await Promise.all(both.map(({ result }) => result));
    await mic.close();
    return {
      follow: await follow(heard.map(({ pcm }) => pcm)),
      devices,
      together: together.map(({ pcm, error }) => [pcm.length > 10_000, error]),
      live: live(),
    };
  });
  expect(result).toEqual({
    follow: true,
    devices: 1,
    together: Array(2).fill([true, undefined]),
    live: 0,
  });
});

test("microphone.close() ends whatever turn listens, prepared or not, and one that is about to; the device is released", async ({
  page,
}) => {
  const result = await page.evaluate(async () => {
    const { echo, probe } = window.lib;
    const { audio, live } = window.rig;
    const found = [];
    for (const prepared of [true, false]) {
      const mic = echo.microphone();
      if (prepared) await mic.prepare(audio);
      const turn = await probe.openSource(mic, { audio });
      await turn.arrived(9000);
      await mic.close();
      const { pcm, error } = await turn.result;
      found.push({ prepared, captured: pcm.length >= 9000, error, live: live() });
      if (prepared) await mic.prepare(audio);
      const opening = probe.openSource(mic, { audio }).then(
        () => "opened",
        ({ code }) => code,
      );
      await mic.close();
      found.push({ prepared, opening: await opening, live: live() });
    }
    const mic = echo.microphone();
    const preparing = mic.prepare(audio).then(
      () => "prepared",
      ({ code }) => code,
    );
    await mic.close();
    found.push({ preparing: await preparing, live: live() });
    return found;
  });
  expect(result).toEqual([
    ...[true, false].flatMap((prepared) => [
      { prepared, captured: true, error: undefined, live: 0 },
      { prepared, opening: "closed", live: 0 },
    ]),
    { preparing: "closed", live: 0 },
  ]);
});

test("microphone: the app's context closes in a turn: what was captured comes, then context-closed; the device is released", async ({
  page,
}) => {
  const result = await page.evaluate(async () => {
    const { echo, probe } = window.lib;
    const found = [];
    for (const prepared of [true, false]) {
      const context = new AudioContext({ sampleRate: 24_000 });
      const mic = echo.microphone();
      if (prepared) await mic.prepare({ context });
      const turn = await probe.openSource(mic, { audio: { context } });
      await turn.arrived(9000);
      await context.close();
      const { pcm, error } = await turn.result;
      await mic.close();
      found.push([pcm.length >= 9000, error?.code, window.rig.live()]);
    }
    return found;
  });
  expect(result).toEqual(Array(2).fill([true, "context-closed", 0]));
});

test("a device that was chosen by constraints is kept when the default changes; speechend comes though the microphone closes", async ({
  page,
}) => {
  const result = await page.evaluate(async () => {
    const { echo, probe } = window.lib;
    const { audio, device, opened, sleep } = window.rig;
    navigator.mediaDevices.enumerateDevices = async () =>
      [{ kind: "audioinput", deviceId: "default", groupId: "another" }] as MediaDeviceInfo[];
    MediaStreamTrack.prototype.getSettings = () => ({ groupId: "this", sampleRate: 24_000 });
    const found: Record<string, number> = {};
    const events: string[] = [];
    for (const [name, options] of Object.entries({
      constraint: { constraints: { deviceId: { exact: "this" } } },
      option: { deviceId: "this" },
      none: {},
    })) {
      opened.length = 0;
      const mic = echo.microphone(options);
      for (const type of ["speechstart", "speechend"] as const) mic.on(type, () => events.push(type));
      await mic.prepare(audio);
      const turn = await probe.openSource(mic);
      navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
      await sleep(0.5);
      turn.end();
      await turn.result;
      found[name] = opened.length;
      await mic.close();
    }
    events.length = 0;
    const loud = new GainNode(device.context, { gain: 0 });
    const mic = echo.microphone();
    for (const type of ["speechstart", "speechend"] as const) mic.on(type, () => events.push(type));
    const hum = new OscillatorNode(device.context);
    hum.connect(loud).connect(device);
    hum.start();
    const room = new MediaStreamAudioDestinationNode(device.context as AudioContext, { channelCount: 1 });
    const hiss = new ConstantSourceNode(device.context, { offset: 1e-4 });
    hiss.connect(room);
    hiss.start();
    loud.connect(room);
    navigator.mediaDevices.getUserMedia = async () => room.stream.clone();
    await mic.prepare(audio);
    await sleep(0.3);
    loud.gain.value = 0.5;
    while (!events.length) await sleep(0.02);
    await mic.close();
    return { found, events };
  });
  expect(result).toEqual({ found: { constraint: 1, option: 1, none: 2 }, events: ["speechstart", "speechend"] });
});

test("more turns than a process has room for wasm memories, in one context", async ({ page }) => {
  const turns = await page.evaluate(async () => {
    const { echo, probe } = window.lib;
    const { context } = window.rig;
    const hum = new OscillatorNode(context);
    hum.start();
    const source = echo.audioNode(hum);
    let turns = 0;
    for (; turns < 300; turns++) {
      const turn = await probe.openSource(source);
      turn.end();
      const { error } = await turn.result;
      if (error) return `${turns}: ${error.message}`;
    }
    return turns;
  });
  expect(turns).toBe(300);
});

test("an offline context that has rendered is context-closed, not a turn that waits", async ({ page }) => {
  const code = await page.evaluate(async () => {
    const context = new OfflineAudioContext(1, 480, 48_000);
    const node = new ConstantSourceNode(context);
    await context.startRendering();
    const { echo, probe } = window.lib;
    return probe.openSource(echo.audioNode(node)).catch(({ code }) => code);
  });
  expect(code).toBe("context-closed");
});

for (const routed of [false, true])
  test(`mediaElement${routed ? " without captureStream" : ""}: a turn in the place of another on the same element is heard, and the element is as it was afterwards`, async ({
    page,
  }) => {
    const result = await page.evaluate(async (routed) => {
      const { echo, probe } = window.lib;
      const { tone, loud, sleep } = window.rig;
      const captured: MediaStreamTrack[] = [];
      const { captureStream } = HTMLMediaElement.prototype as never as { captureStream(): MediaStream };
      Object.assign(HTMLMediaElement.prototype, {
        captureStream: routed
          ? undefined
          : function (this: HTMLMediaElement) {
              const stream = captureStream.call(this);
              captured.push(...stream.getTracks());
              return stream;
            },
      });
      const element = tone(10);
      const source = echo.mediaElement(element);
      const first = await probe.openSource(source);
      await first.arrived(12_000);
      const second = await probe.openSource(source);
      first.end();
      const before = await first.result;
      const between = element.muted;
      await second.arrived(24_000);
      second.end();
      const after = await second.result;
      await sleep(0.1);
      const quiet = { muted: element.muted, paused: element.paused, at: element.currentTime > 1 };
      // And again, from where it stopped; unmuted by the app in between, which stays.
      element.muted = true;
      const third = await probe.openSource(source);
      await third.arrived(12_000);
      element.muted = false;
      third.drop();
      await third.result;
      await sleep(0.1);
      return {
        loud: [before, after].map(({ pcm, error }) => [error, loud(pcm.subarray(2400)) > 0.7]),
        between,
        quiet,
        unmuted: !element.muted,
        captured: captured.length,
      };
    }, routed);
    expect(result).toEqual({
      loud: Array(2).fill([undefined, true]),
      between: !routed,
      quiet: { muted: false, paused: true, at: true },
      unmuted: true,
      // Chromium never lets go of a capture of an element: the turns share one.
      captured: routed ? 0 : 1,
    });
  });

test("mediaElement: what has no source, or none that plays, is source-failed; preload stays; one that fails in the middle fails the turn after what came", async ({
  page,
}) => {
  const result = await page.evaluate(async () => {
    const { echo, probe } = window.lib;
    const { tone, sleep } = window.rig;
    const fails = (element: HTMLMediaElement): Promise<string> =>
      probe.openSource(echo.mediaElement(element)).then(
        () => "opened",
        ({ code }) => code,
      );
    const children = new Audio();
    children.append(
      ...["/none.wav", "/none.mp3"].map((src) => Object.assign(document.createElement("source"), { src })),
    );
    const lazy = new Audio();
    lazy.preload = "none";
    lazy.src = tone(0.5).src;
    const whole = await (await probe.openSource(echo.mediaElement(lazy))).result;
    // A recording of a second, whose stream then breaks off.
    const { device } = window.rig;
    const recorder = new MediaRecorder(device.stream, { mimeType: "audio/webm;codecs=opus" });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.start();
    await sleep(2.5);
    recorder.stop();
    await new Promise((done) => recorder.addEventListener("stop", done));
    const media = new MediaSource();
    const broken = new Audio(URL.createObjectURL(media));
    await new Promise((done) => media.addEventListener("sourceopen", done));
    const buffer = media.addSourceBuffer("audio/webm;codecs=opus");
    buffer.appendBuffer(await new Blob(parts).arrayBuffer());
    await new Promise((done) => buffer.addEventListener("updateend", done));
    const turn = await probe.openSource(echo.mediaElement(broken));
    await turn.arrived(12_000);
    media.endOfStream("decode");
    const { pcm, error } = await turn.result;
    return {
      none: await Promise.all([new Audio(), new Audio("/none.wav"), children].map(fails)),
      lazy: [lazy.preload, whole.error, whole.pcm.length >= 12_000],
      broken: [error?.code, pcm.length >= 12_000, broken.muted],
    };
  });
  expect(result).toEqual({
    none: Array(3).fill("source-failed"),
    lazy: ["none", undefined, true],
    broken: ["source-failed", true, false],
  });
});

test("mediaStream: a track that its owner stops ends the turn", async ({ page }) => {
  const result = await page.evaluate(async () => {
    const { echo, probe } = window.lib;
    const { device, audio } = window.rig;
    const track = device.stream.getAudioTracks()[0]!.clone();
    const turn = await probe.openSource(echo.mediaStream(track), { audio });
    await turn.arrived(9000);
    track.stop();
    const { pcm, error } = await turn.result;
    return { error, captured: pcm.length >= 9000 };
  });
  expect(result).toEqual({ error: undefined, captured: true });
});

test("utterances: a signal ends the loop that waits; speech that goes on at once is whole; a lost device is told to the turn", async ({
  page,
}) => {
  await page.evaluate(recordInputs);
  const result = await page.evaluate(async () => {
    const { echo, probe } = window.lib;
    const { opened, sleep, follow } = window.rig;
    const audio = { context: new AudioContext({ sampleRate: 24_000 }) };
    const mic = echo.microphone();
    await mic.prepare(audio);
    let tell = (_: boolean): void => undefined;
    let undone = 0;
    const detector = {
      subscribe(listener: (speaking: boolean) => void) {
        tell = listener;
        return () => void undone++;
      },
    };
    const over = new AbortController();
    const turns: Awaited<ReturnType<typeof probe.openSource>>[] = [];
    const loop = (async () => {
      for await (const said of echo.utterances(mic, { detector, signal: over.signal }))
        turns.push(await probe.openSource(said));
    })();
    await sleep(0.5);
    for (const speaking of [true, false, true]) {
      tell(speaking);
      if (speaking) await sleep(0.5);
    }
    const [track] = opened;
    track.stop();
    track.dispatchEvent(new Event("ended"));
    await sleep(0.5);
    tell(false);
    await sleep(0.2);
    over.abort();
    await loop;
    const heard = await Promise.all(turns.map(({ result }) => result));
    const live = window.rig.live();
    await mic.close();
    const none = [];
    for await (const said of echo.utterances(mic, { audio, signal: over.signal })) none.push(said);
    return {
      heard: heard.map(({ pcm, error, warnings }) => [pcm.length > 9000, error, warnings.map(({ code }) => code)]),
      follow: await follow(heard.map(({ pcm }) => pcm)),
      undone,
      live,
      none,
      opened: opened.length,
    };
  });
  expect(result).toEqual({
    heard: [
      [true, undefined, []],
      [true, undefined, ["microphone-switched"]],
    ],
    follow: true,
    undone: 1,
    live: 1,
    none: [],
    opened: 2,
  });
});
