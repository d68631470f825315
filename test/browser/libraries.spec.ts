import { expect, type Page, test } from "@playwright/test";
import type {} from "./harness/libraries.js";

test.beforeEach(async ({ page }) => {
  await page.goto("/libraries.html");
  await page.waitForFunction(() => window.lib && window.libraries);
  await page.evaluate(() => {
    const { probe } = window.lib;
    const seconds = 1.6;
    const signal = probe.tones(seconds, 5000);
    const url = URL.createObjectURL(new Blob([probe.wavOf(signal, seconds, 48_000)], { type: "audio/wav" }));
    const opened = async (source: Parameters<typeof probe.openSource>[0]) => {
      const turn = await probe.openSource(source);
      const result = async (): Promise<string | number> => {
        const { pcm, error } = await turn.result;
        return error ? `${error.code}: ${error.message}` : probe.align(pcm, signal, seconds).db;
      };
      return { ...turn, db: result };
    };
    window.played = {
      url,
      seconds,
      sleep: (time) => new Promise((done) => setTimeout(done, 1000 * time)),
      text: (call) => {
        try {
          call();
          return "accepted";
        } catch (error) {
          return String(error);
        }
      },
      opened,
      during: async (source, act) => {
        const turn = await opened(source);
        await act();
        await new Promise((done) => setTimeout(done, 1000 * (seconds + 0.4)));
        turn.end();
        return turn.db();
      },
    };
  });
});

type Source = Parameters<typeof window.lib.probe.openSource>[0];

declare global {
  interface Window {
    played: {
      /** A WAV of a dozen tones, and its length. */
      url: string;
      seconds: number;
      sleep(seconds: number): Promise<void>;
      /** The error of a call. */
      text(call: () => unknown): string;
      /** An opened source, and at its end how well it gave the tones, in dB. */
      opened(source: Source): Promise<{ end(): void; db(): Promise<string | number> }>;
      /** Opens the source, has the tones played, ends it after them. */
      during(source: Source, act: () => unknown): Promise<string | number>;
    };
  }
}

/** Runs a case in the page, and prints its figures. */
async function found<T extends Record<string, unknown>>(page: Page, name: string, run: () => Promise<T>): Promise<T> {
  const result = await page.evaluate(run);
  console.log(`${name}: ${JSON.stringify(result)}`);
  return result;
}

/** What a live capture gives of a WAV through Web Audio, in its best quarter: see test/browser/sources.spec.ts. */
const exact = 60;
/** Through an element, which resamples. */
const element = 40;

test("Tone.js: its wrapped nodes are refused; either way around gives its sound, and so does the buffer inside its buffer", async ({
  page,
}) => {
  const result = await found(page, "Tone.js", async () => {
    const { echo } = window.lib;
    const { Tone } = window.libraries;
    const { url, text, during, opened } = window.played;
    const transport = { send() {}, subscribe: () => () => {}, maxMessageLength: 4096 };
    await Tone.start();
    const buffer = await Tone.ToneAudioBuffer.fromUrl(url);
    const wrapped = new Tone.Player(buffer);
    const refused = [
      text(() => echo.audioNode(wrapped as never)),
      text(() => echo.audioNode(Tone.getDestination() as never)),
      text(() => echo.audioNode(Tone.getContext().createGain() as never)),
      text(() => new echo.Replica({ transport, audio: { context: Tone.getContext() as never } })),
      text(() => new echo.Replica({ transport, audio: { context: Tone.getContext().rawContext as never } })),
    ];
    const door = text(() => echo.audioFile(buffer as never));
    const file = await (await opened(echo.audioFile(buffer.get()!))).db();
    // A MediaStreamDestination of its own context …
    const destination = Tone.getContext().createMediaStreamDestination();
    wrapped.connect(destination);
    const stream = await during(echo.mediaStream(destination.stream), () => wrapped.start());
    // … or a native context in place of it.
    const context = new AudioContext();
    Tone.setContext(context);
    const player = new Tone.Player(await Tone.ToneAudioBuffer.fromUrl(url));
    const out = new GainNode(context);
    player.connect(out);
    const native = await during(echo.audioNode(out), () => player.start());
    new echo.Replica({ transport, audio: { context } }).close();
    return { refused, door, file, stream, native };
  });
  for (const text of result.refused) {
    expect(text).toMatch(/^TypeError/);
    expect(text).toContain("Tone.setContext(new AudioContext())");
    expect(text).toContain("MediaStreamDestination");
  }
  expect(result.door).toContain("audioFile(buffer.get())");
  expect(result.file).toBeGreaterThan(exact);
  expect(result.stream).toBeGreaterThan(exact);
  expect(result.native).toBeGreaterThan(exact);
});

test("howler: the gain that it plays through, and the element of html5: true", async ({ page }) => {
  const result = await found(page, "howler", async () => {
    const { echo } = window.lib;
    const { Howl, Howler } = window.libraries;
    const { url, during } = window.played;
    const load = (html5: boolean) =>
      new Promise<InstanceType<typeof Howl>>((resolve) => {
        const howl = new Howl({ src: [url], format: ["wav"], html5, onload: () => resolve(howl) });
      });
    const howl = await load(false);
    await Howler.ctx.resume();
    const node = await during(echo.audioNode(Howler.masterGain), () => howl.play());
    const html5 = await load(true);
    const element = await during(echo.mediaElement(html5._sounds[0]._node), () => undefined);
    return { node, element };
  });
  expect(result.node).toBeGreaterThan(exact);
  expect(result.element).toBeGreaterThan(element);
});

test("wavesurfer.js: the element of its default backend, and the gain of its WebAudio backend, whose player is refused with that", async ({
  page,
}) => {
  const result = await found(page, "wavesurfer.js", async () => {
    const { echo } = window.lib;
    const { WaveSurfer } = window.libraries;
    const { url, text, during } = window.played;
    const ready = async (backend: "MediaElement" | "WebAudio") => {
      const wave = WaveSurfer.create({ container: "#wave", backend });
      await wave.load(url);
      return wave;
    };
    const first = await ready("MediaElement");
    const element = await during(echo.mediaElement(first.getMediaElement()!), () => undefined);
    const second = await ready("WebAudio");
    const player = second.getMediaElement() as unknown as { getGainNode(): GainNode };
    const refused = text(() => echo.mediaElement(player as never));
    const gain = player.getGainNode();
    await (gain.context as AudioContext).resume();
    const node = await during(echo.audioNode(gain), () => second.play());
    return { element, refused, node };
  });
  expect(result.element).toBeGreaterThan(element);
  expect(result.refused).toContain("audioNode(player.getGainNode())");
  expect(result.node).toBeGreaterThan(exact);
});

test("RecordRTC and extendable-media-recorder: what they recorded is spoken as a file", async ({ page }) => {
  const result = await found(page, "recorders", async () => {
    const { echo } = window.lib;
    const { RecordRTC, wavRecorder } = window.libraries;
    const { url, seconds, sleep, opened } = window.played;
    const context = new AudioContext({ sampleRate: 48_000 });
    await context.resume();
    const buffer = await context.decodeAudioData(await (await fetch(url)).arrayBuffer());
    const destination = new MediaStreamAudioDestinationNode(context);
    const play = async (): Promise<void> => {
      await sleep(0.2);
      const node = new AudioBufferSourceNode(context, { buffer });
      node.connect(destination);
      node.start();
      await sleep(seconds + 0.4);
    };
    const dbOf = async (blob: Blob): Promise<string | number> => (await opened(echo.audioFile(blob))).db();
    const found: Record<string, string | number> = {};
    for (const [name, options] of Object.entries({
      "RecordRTC, WAV": { recorderType: RecordRTC.StereoAudioRecorder, numberOfAudioChannels: 1 },
      "RecordRTC, the browser's": {},
    })) {
      const recorder = new RecordRTC.RecordRTCPromisesHandler(destination.stream, { type: "audio", ...options });
      await recorder.startRecording();
      await play();
      await recorder.stopRecording();
      found[name] = await dbOf(await recorder.getBlob());
    }
    const recorder = await wavRecorder(destination.stream);
    const parts: Blob[] = [];
    const stopped = new Promise<void>((done) => {
      recorder.ondataavailable = ({ data }) => parts.push(data);
      recorder.onstop = () => done();
    });
    recorder.start();
    await play();
    recorder.stop();
    await stopped;
    found["extendable-media-recorder, WAV"] = await dbOf(new Blob(parts));
    return found;
  });
  expect(result["RecordRTC, WAV"]).toBeGreaterThan(exact);
  // Opus: lossy, judged as the compressed files are.
  expect(result["RecordRTC, the browser's"]).toBeGreaterThan(15);
  expect(result["extendable-media-recorder, WAV"]).toBeGreaterThan(exact);
});
