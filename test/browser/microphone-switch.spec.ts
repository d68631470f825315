import { expect, test } from "@playwright/test";
import { recordInputs } from "../support/record-inputs.js";

/**
 * A turn over two devices at two rates, each in a context of its own. The devices are streams of the page's: Chromium's
 * own microphones cannot change their rate. `recordInputs` tells what each processor was given.
 */
for (const { how, signal, before, after } of [
  { how: "another default", signal: "noise", before: 48_000, after: 44_100 },
  { how: "another default", signal: "constant", before: 48_000, after: 44_100 },
  { how: "another default", signal: "constant", before: 44_100, after: 48_000 },
  { how: "unplugged", signal: "noise", before: 44_100, after: 48_000 },
] as const)
  test(`${how}, ${before} then ${after} Hz, ${signal}: one turn, every sample counted, no click`, async ({ page }) => {
    await page.goto("/");
    await page.waitForFunction(() => window.lib);
    await page.evaluate(recordInputs);
    const result = await page.evaluate(
      async ({ how, signal, before, after }) => {
        const { echo, encoder, probe } = window.lib;
        const Recorded = AudioContext;
        window.AudioContext = class extends Recorded {
          constructor(options?: AudioContextOptions) {
            super({ sampleRate: before, ...options });
          }
        };
        const group = (rate: number): string => `group-${rate}`;
        let rate: number = before;
        const tracks: MediaStreamTrack[] = [];
        navigator.mediaDevices.getUserMedia = async () => {
          const device = new AudioContext({ sampleRate: rate });
          const noise = new AudioBufferSourceNode(device, {
            buffer: probe.bufferOf(probe.noise(rate * 4, rate), rate),
            loop: true,
          });
          const speaker = new MediaStreamAudioDestinationNode(device, { channelCount: 1 });
          noise.connect(new GainNode(device, { gain: 0.5 })).connect(speaker);
          noise.start();
          const [track] = speaker.stream.getAudioTracks();
          const settings = { sampleRate: rate, groupId: group(rate) };
          track.getSettings = () => settings;
          tracks.push(track);
          return speaker.stream;
        };
        navigator.mediaDevices.enumerateDevices = async () =>
          [{ kind: "audioinput", deviceId: "default", groupId: group(rate) }] as MediaDeviceInfo[];
        // A constant, which goes on over the seam without a step; noise after 0.9 s of the second tells where it began.
        if (signal === "constant")
          window.MediaStreamAudioSourceNode = class extends AudioBufferSourceNode {
            constructor(context: AudioContext) {
              const { sampleRate } = context;
              // Made while the library waits for its device, 5 s at most: no longer than the turn is.
              const pcm = probe.noise(sampleRate * 15, 5).map((sample, n) => (n < 0.9 * sampleRate ? 0 : sample >> 4));
              super(context, {
                buffer: probe.bufferOf(
                  pcm.map((sample) => (sampleRate === after ? sample : 0) + 8192),
                  sampleRate,
                ),
              });
              this.start();
            }
          } as never;
        // What crosses to and from the processors, to know where the one left off and the other began.
        const told: { type: string; frame?: number; fromFrame?: number }[] = [];
        const Node = AudioWorkletNode;
        window.AudioWorkletNode = class extends Node {
          constructor(context: BaseAudioContext, name: string, options?: AudioWorkletNodeOptions) {
            super(context, name, options);
            const { port } = this;
            const post = port.postMessage.bind(port);
            port.addEventListener("message", ({ data }) => data.type === "drained" && told.push(data));
            port.postMessage = (message: { type: string }) => {
              if (message.type === "start") told.push(message);
              // A busy machine: the second device has begun by then.
              if (message.type === "drain" && "keep" in message) setTimeout(() => post(message), 150);
              else post(message);
            };
          }
        };

        const opened = await probe.openSource(echo.microphone());
        await opened.arrived(24_000);
        rate = after;
        if (how === "unplugged") {
          tracks[0].stop();
          tracks[0].dispatchEvent(new Event("ended"));
        } else navigator.mediaDevices.dispatchEvent(new Event("devicechange"));
        while (told.length < 3 && opened.warnings.every(({ code }) => code === "microphone-switched"))
          await new Promise((resolve) => setTimeout(resolve, 10));
        if (told.length < 3) throw new Error(JSON.stringify(opened.warnings));
        const [, left, next] = told;
        const seconds = await new Promise<number>((resolve) => setTimeout(() => resolve(1.5), 1500));
        opened.end();
        const { pcm, error, warnings } = await opened.result;
        const [first, second] = await window.inputRecordings();
        const frames = left.frame! - first.from;
        // One output of the documented filter, in double precision, at `position` frames of `input`.
        const taps = new Map<number, Float64Array>();
        const at = (input: Float32Array, inputRate: number, position: number): number => {
          const scale = Math.min(1, 24_000 / inputRate);
          const reach = Math.ceil(64 / scale);
          const whole = Math.floor(position + 1e-9);
          const key = Math.round((position - whole) * 1e6) + inputRate * 1e7;
          let tap = taps.get(key);
          if (!tap) {
            tap = Float64Array.from(
              { length: 2 * reach + 1 },
              (_, i) => 32_768 * scale * encoder.impulseResponse(scale * (i - reach - (position - whole))),
            );
            taps.set(key, tap);
          }
          return tap.reduce((sum, value, i) => sum + value * (input[whole - reach + i] ?? 0), 0);
        };
        const seam = (frames * 24_000) / before;
        const far = 72;
        let peakBefore = 0;
        for (let k = 0; k < seam - far; k++)
          peakBefore = Math.max(peakBefore, Math.abs(at(first.samples, before, (k * before) / 24_000) - pcm[k]));
        // Where the second device's part begins in its recording: within some blocks of what was asked for.
        const inSecond = (k: number, begin: number): number => begin + ((k - seam) * after) / 24_000;
        let begin = Number.NaN;
        const asked = next.fromFrame! - second.from;
        for (let off = -8192; off <= 8192 && Number.isNaN(begin); off++) {
          const probes = Array.from({ length: 8 }, (_, i) => Math.ceil(seam) + 28_000 + 80 * i);
          if (probes.every((k) => Math.abs(at(second.samples, after, inSecond(k, asked + off)) - pcm[k]) <= 1))
            begin = asked + off;
        }
        const secondFrames = told[3].frame! - second.from - begin;
        const total = (frames * 24_000) / before + (secondFrames * 24_000) / after;
        let peakAfter = 0;
        for (let k = Math.ceil(seam) + far; k < pcm.length - far; k++)
          peakAfter = Math.max(peakAfter, Math.abs(at(second.samples, after, inSecond(k, begin)) - pcm[k]));
        // 10 ms on each side, against what the filter makes of the constant elsewhere (its passband ripple is 0.025 dB).
        const constant = pcm[12_000];
        let stepLsb = 0;
        const near = pcm.subarray(Math.floor(seam) - 240, Math.ceil(seam) + 240);
        for (const sample of near) stepLsb = Math.max(stepLsb, Math.abs(sample - constant));
        return {
          seconds,
          error,
          warnings,
          samples: pcm.length,
          wanted: Math.floor(total + 0.5),
          seam,
          off: begin - asked,
          peakBefore,
          peakAfter,
          stepLsb,
          rates: [first.rate, second.rate],
          tracks: tracks.map(({ readyState }) => readyState),
        };
      },
      { how, signal, before, after },
    );
    const { stepLsb, ...rest } = result;
    console.log(JSON.stringify({ ...rest, ...(signal === "constant" && { stepLsb }) }));
    expect(result.error).toBeUndefined();
    expect(result.rates).toEqual([before, after]);
    expect(result.tracks).toEqual(["ended", "ended"]);
    expect(result.warnings.map(({ code }) => code)).toEqual(["microphone-switched"]);
    expect(result.warnings[0].message).toMatch(
      how === "unplugged" ? /was lost.* \d\.\d\d s between/ : /no longer the default.* 0\.00 s/,
    );
    expect(result.samples).toBe(result.wanted);
    expect(result.peakBefore).toBeLessThanOrEqual(1);
    expect(result.peakAfter).toBeLessThanOrEqual(1);
    if (signal === "constant") expect(stepLsb).toBeLessThanOrEqual(1);
  });
