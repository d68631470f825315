import { expect, test } from "@playwright/test";
import { atLevel } from "../support/echo-path.js";
import { launch } from "../support/launch.js";
import { speech, speechRate } from "../support/speech.js";

const autoplay = "--autoplay-policy=no-user-gesture-required";

test("the replica's voice from the loudspeakers is no speech of the user, who is heard over it", async ({
  baseURL,
}) => {
  const texts = [
    "Good morning, my name is Anna, and I will help you with your travel plans today.",
    "Wait, stop, please.",
  ];
  const [replicaSays, userSays] = await Promise.all(texts.map((text) => speech(text)));
  await using browser = await launch(baseURL, [autoplay]);
  const result = await browser.page.evaluate(
    async ({ replicaSays, userSays, rate }) => {
      const { echo, dailyRoom } = window.lib;
      const context = new AudioContext({ sampleRate: 48_000 });
      const bufferOf = (samples: number[], gain: number): AudioBuffer => {
        const buffer = new AudioBuffer({ length: samples.length, sampleRate: rate });
        buffer.copyToChannel(
          Float32Array.from(samples, (sample) => gain * sample),
          0,
        );
        return buffer;
      };
      // The microphone of a room: a little noise, what comes back from the loudspeaker, and the user.
      const room = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
      const noise = bufferOf(
        Array.from({ length: rate }, () => Math.random() - 0.5),
        0.001,
      );
      const hiss = new AudioBufferSourceNode(context, { buffer: noise, loop: true });
      hiss.connect(room);
      hiss.start();
      navigator.mediaDevices.getUserMedia = async () => room.stream.clone();
      const { replica, close } = await dailyRoom({ replica: { audio: { context } } });
      const face = document.createElement("video");
      document.body.append(face);
      replica.attach(face);
      await replica.ready;
      while (!(face.srcObject as MediaStream | null)?.getAudioTracks()[0])
        await new Promise((done) => setTimeout(done, 20));
      new MediaStreamAudioSourceNode(context, { mediaStream: face.srcObject as MediaStream })
        .connect(new DelayNode(context, { delayTime: 0.1 }))
        .connect(new GainNode(context, { gain: 0.1 }))
        .connect(room);
      const events: Record<string, [string, number][]> = { plain: [], element: [], track: [] };
      const [track] = (face.srcObject as MediaStream).getAudioTracks();
      const mics = {
        plain: echo.microphone(),
        element: echo.microphone({ reference: face }),
        track: echo.microphone({ reference: track! }),
      };
      for (const [name, mic] of Object.entries(mics)) {
        for (const type of ["speechstart", "speechend"] as const)
          mic.on(type, () => events[name].push([type, context.currentTime]));
        await mic.prepare({ context });
      }
      const say = () => replica.speak(echo.pcm(Int16Array.from(replicaSays), { encoding: "s16le", sampleRate: rate }));
      await say().outcome;
      const alone = structuredClone(events);
      // And once more, with the user from its second second on.
      const turn = say();
      await new Promise<void>((done) => turn.at(2, done));
      const user = new AudioBufferSourceNode(context, { buffer: bufferOf(userSays, 1) });
      user.connect(room);
      const from = context.currentTime;
      user.start();
      await turn.outcome;
      await new Promise((done) => setTimeout(done, 1500));
      const refused = await echo
        .microphone({ reference: {} as never })
        .prepare({ context })
        .then(() => "", String);
      await Promise.all(Object.values(mics).map((mic) => mic.close()));
      await close();
      await context.close();
      return { alone, events, from, refused };
    },
    {
      replicaSays: Array.from(atLevel(replicaSays, -20), (sample) =>
        Math.round(32_767 * Math.max(-1, Math.min(1, sample))),
      ),
      userSays: Array.from(atLevel(userSays, -20)),
      rate: speechRate,
    },
  );
  const { alone, events, from, refused } = result;
  const since = (name: string): string =>
    events[name].map(([type, at]) => `${type} ${(at - from).toFixed(2)} s`).join(", ") || "nothing";
  console.log(
    `after the user began to speak: no reference: ${since("plain")}; element: ${since("element")}; track: ${since("track")}`,
  );
  // What a microphone that knows nothing of it takes the echo for.
  expect(alone.plain.length).toBeGreaterThan(0);
  for (const name of ["element", "track"]) {
    expect(alone[name]).toEqual([]);
    expect(events[name].map(([type]) => type)).toEqual(["speechstart", "speechend"]);
    expect(events[name][0][1]).toBeGreaterThan(from);
  }
  expect(refused).toContain("TypeError: reference must be");
});

test("a detector of one's own decides alone: its utterances are what the device gave, pre-roll included", async ({
  baseURL,
}) => {
  const rate = 44_100;
  await using browser = await launch(baseURL, [autoplay]);
  const result = await browser.page.evaluate(
    async ({ rate }) => {
      const { echo, probe } = window.lib;
      const context = new AudioContext({ sampleRate: rate });
      // Steady noise: the level gate has nothing to say about it, once it has begun. From the page and not from the fake
      // device, which skips on a busy machine.
      const input = Float32Array.from(probe.noise(6 * rate, 10), (sample) => (sample >> 3) / 32_768);
      const buffer = new AudioBuffer({ length: input.length, sampleRate: rate });
      buffer.copyToChannel(input, 0);
      const device = new AudioBufferSourceNode(context, { buffer, loop: true });
      const room = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
      device.connect(room);
      device.start();
      navigator.mediaDevices.getUserMedia = async () => room.stream.clone();
      const mic = echo.microphone();
      let gate = 0;
      mic.on("speechstart", () => gate++);
      await mic.prepare({ context });
      // A model, as far as the library can tell.
      let tell: ((speaking: boolean) => void) | undefined;
      const detector = {
        subscribe(listener: (speaking: boolean) => void) {
          tell = listener;
          return () => {
            tell = undefined;
          };
        },
      };
      const sleep = (seconds: number) => new Promise((done) => setTimeout(done, 1000 * seconds));
      await sleep(1);
      const heard: {
        began: number;
        ended: number;
        samples: number;
        error: unknown;
        found: ReturnType<typeof probe.locate>;
      }[] = [];
      const listening = (async () => {
        let count = 0;
        for await (const source of echo.utterances(mic, { detector, preRollSeconds: 0.5, audio: { context } })) {
          const { pcm, error } = await (await probe.openSource(source)).result;
          const entry = heard[count++];
          Object.assign(entry, { samples: pcm.length, error, found: probe.locate(pcm, input, rate, 24_000) });
          if (count === 2) break;
        }
      })();
      await sleep(0.2);
      for (let n = 0; n < 2; n++) {
        const began = context.currentTime;
        tell!(true);
        await sleep(0.8);
        const ended = context.currentTime;
        heard.push({ began, ended, samples: 0, error: undefined, found: undefined });
        tell!(false);
        // Longer than the pre-roll, which never takes again what an earlier utterance had.
        await sleep(0.8);
      }
      await listening;
      await mic.close();
      await context.close();
      return { heard, gate, subscribed: tell !== undefined };
    },
    { rate },
  );
  // The level gate heard the device begin, or nothing; both utterances are the detector's.
  expect(result.gate).toBeLessThanOrEqual(1);
  expect(result.subscribed).toBe(false);
  for (const { began, ended, samples, error, found } of result.heard) {
    console.log(
      `an utterance of ${(samples / 24_000).toFixed(3)} s for ${(0.5 + ended - began).toFixed(3)} s, peak error ${found?.peak.toFixed(2)} LSB`,
    );
    expect(error).toBeUndefined();
    expect(found!.peak).toBeLessThanOrEqual(1);
    // Not less than what was asked for, and no more than the device's latency and some blocks.
    expect(samples / 24_000).toBeGreaterThan(0.5 + ended - began - 0.05);
    expect(samples / 24_000).toBeLessThan(0.5 + ended - began + 0.4);
  }
  // Where in the recording each begins tells how long before the detector's word: the same for both.
  const [first, second] = result.heard;
  const apart = (second.found!.offset - first.found!.offset + 6 * rate) % (6 * rate);
  expect(Math.abs(apart / rate - (second.began - first.began))).toBeLessThan(0.05);
});
