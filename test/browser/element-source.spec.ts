import { expect, test } from "@playwright/test";
import { openHarness } from "../support/open-harness.js";

/** A sine of 12000 at `hz`, as a file of the test's own server. */
interface Bench {
  /** Its URL: a blob's, or with `http` the server's. */
  url(hz: number, seconds: number, http?: boolean): string;
  /** Speaks what `element` plays; `act` is called right after the turn has opened. */
  heard(element: HTMLMediaElement, act?: () => unknown, routed?: boolean): Promise<Heard>;
  sleep(seconds: number): Promise<void>;
}

/** What came of a turn: seconds of each tone, in the order in which they began, and of silence behind the last. */
interface Heard {
  tones: [hz: number, seconds: number][];
  silentEnd: number;
  error: string | undefined;
}

declare global {
  interface Window {
    bench: Bench;
  }
}

test.beforeEach(async ({ page }) => {
  await page.route("**/broken.wav", (route) => route.fulfill({ contentType: "audio/wav", body: "RIFF no audio" }));
  await openHarness(page);
  await page.evaluate(() => {
    const { echo, probe } = window.lib;
    const tones = [440, 880, 1760];
    window.bench = {
      url: (hz, seconds) => {
        const wav = probe.wavOf((time) => 0.366 * Math.sin(2 * Math.PI * hz * time), seconds, 24_000);
        return URL.createObjectURL(new Blob([wav], { type: "audio/wav" }));
      },
      heard: async (element, act, routed) => {
        if (routed) Object.assign(element, { captureStream: undefined });
        const opening = probe.openSource(echo.mediaElement(element));
        await act?.();
        const { pcm, error } = await (await opening).result;
        const seconds = new Map<number, number>();
        for (let at = 0; at + 480 <= pcm.length; at += 480) {
          const window = pcm.subarray(at, at + 480);
          const hz = tones.find((tone) => probe.toneShare(window, tone, 24_000) > 0.9);
          if (hz) seconds.set(hz, (seconds.get(hz) ?? 0) + 0.02);
        }
        let last = pcm.length;
        while (last > 0 && pcm[last - 1] === 0) last--;
        return {
          tones: [...seconds].map(([hz, time]) => [hz, Math.round(time * 100) / 100] as [number, number]),
          silentEnd: (pcm.length - last) / 24_000,
          error: error?.code,
        };
      },
      sleep: (seconds) => new Promise((done) => setTimeout(done, 1000 * seconds)),
    };
  });
});

/** That the tone was heard whole: the pipeline may take the first block, and a busy machine a few windows. */
function whole({ tones, silentEnd, error }: Heard, hz: number, seconds: number, name: string): void {
  expect(error, name).toBeUndefined();
  expect(
    tones.map(([tone]) => tone),
    name,
  ).toEqual([hz]);
  expect(tones[0][1], name).toBeGreaterThan(seconds - 0.2);
  expect(tones[0][1], name).toBeLessThan(seconds + 0.05);
  expect(silentEnd, `${name}: silence behind the end`).toBeLessThan(0.2);
}

for (const routed of [false, true])
  test(`mediaElement${routed ? " without captureStream" : ""}: whatever an element had before, what it plays now is heard to its end, and no silence behind`, async ({
    page,
  }) => {
    const heard = await page.evaluate(async (routed) => {
      const { url, heard, sleep } = window.bench;
      const event = (element: HTMLMediaElement, type: string): Promise<unknown> =>
        new Promise((done) => element.addEventListener(type, done, { once: true }));
      const [old, now] = [url(440, 1), url(880, 0.9)];
      /** Each gets an element into a state, and what it is to play at last. */
      const cases: Record<string, (element: HTMLAudioElement) => unknown> = {
        "a first source": (element) => {
          element.src = now;
        },
        "src set twice": (element) => {
          element.src = old;
          element.src = now;
        },
        "src after metadata": async (element) => {
          element.src = old;
          await event(element, "loadedmetadata");
          element.src = now;
        },
        "src while it played": async (element) => {
          element.src = old;
          await element.play();
          await sleep(0.2);
          element.src = now;
        },
        "src after its end": async (element) => {
          element.src = url(440, 0.1);
          await element.play();
          await event(element, "ended");
          element.src = now;
        },
        "src in the handler of its end, playing": async (element) => {
          element.src = url(440, 0.1);
          await element.play();
          await new Promise<void>((done) => {
            element.onended = () => {
              element.onended = null;
              element.src = now;
              done();
            };
          });
        },
        "at its end, before the event": async (element) => {
          element.src = url(880, 0.9);
          await element.play();
          element.currentTime = 0.8;
          await event(element, "pause");
        },
        "src after an error": async (element) => {
          element.src = "/broken.wav";
          await event(element, "error");
          element.src = now;
        },
        "src in place of one that fails": (element) => {
          element.src = "/broken.wav";
          element.src = now;
        },
        "load() again": async (element) => {
          element.src = now;
          await event(element, "loadedmetadata");
          element.load();
        },
        "load() while it played": async (element) => {
          element.src = now;
          await element.play();
          await sleep(0.2);
          element.load();
        },
        "no source in between": async (element) => {
          element.src = old;
          await event(element, "loadedmetadata");
          element.removeAttribute("src");
          element.load();
          element.src = now;
        },
        "a stream before": async (element) => {
          element.srcObject = new MediaStream();
          element.srcObject = null;
          element.src = now;
        },
      };
      const found: Record<string, Heard> = {};
      const run = async (name: string): Promise<void> => {
        const element = new Audio();
        await cases[name](element);
        found[name] = await heard(element, undefined, routed);
      };
      const names = Object.keys(cases);
      // Some at a time: a machine that is busy drops blocks.
      for (let at = 0; at < names.length; at += 5) await Promise.all(names.slice(at, at + 5).map(run));
      // One element, one turn after the other.
      const element = new Audio();
      for (const hz of [440, 880, 1760]) {
        element.src = url(hz, 0.6);
        found[hz] = await heard(element, undefined, routed);
      }
      return found;
    }, routed);
    for (const [name, turn] of Object.entries(heard)) whole(turn, Number(name) || 880, Number(name) ? 0.6 : 0.9, name);
  });

test("mediaElement: another source while the turn opens is the one that is heard; in the middle of the turn it ends it, and is not heard", async ({
  page,
}) => {
  const heard = await page.evaluate(async () => {
    const { url, heard, sleep } = window.bench;
    const change = async (after: number, playing = false, routed = false): Promise<Heard> => {
      const element = new Audio(url(440, 1.5));
      if (playing) await element.play();
      return heard(
        element,
        async () => {
          await sleep(after);
          element.src = url(880, 0.9);
          if (playing) await element.play();
        },
        routed,
      );
    };
    const queue = async (routed: boolean): Promise<Heard> => {
      // The app plays sentence after sentence on one element.
      const element = new Audio(url(440, 0.5));
      element.onended = () => {
        element.onended = null;
        element.src = url(880, 0.9);
        void element.play();
      };
      return heard(element, undefined, routed);
    };
    return {
      opening: await Promise.all([0, 0.001, 0.01].map((after) => change(after))),
      middle: await Promise.all([change(0.8), change(0.8, true), change(0.8, true, true)]),
      queue: await Promise.all([queue(false), queue(true)]),
    };
  });
  for (const turn of heard.opening) whole(turn, 880, 0.9, "while it opens");
  for (const { tones, error } of heard.middle) {
    expect(error).toBeUndefined();
    expect(tones.map(([hz]) => hz)).toEqual([440]);
    expect(tones[0][1]).toBeLessThan(0.9);
  }
  for (const turn of heard.queue) whole(turn, 440, 0.5, "the end of the first of a queue");
});

test("mediaStream and an element that shows a stream: a track that ends while another lives is not the end", async ({
  page,
}) => {
  const result = await page.evaluate(async () => {
    const { echo, probe } = window.lib;
    const { heard, sleep } = window.bench;
    const context = new AudioContext({ sampleRate: 24_000 });
    const track = (frequency: number): MediaStreamTrack => {
      const oscillator = new OscillatorNode(context, { frequency });
      const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
      oscillator.connect(new GainNode(context, { gain: 0.366 })).connect(destination);
      oscillator.start();
      return destination.stream.getAudioTracks()[0];
    };
    const share = async (stream: MediaStream | MediaStreamTrack, act: () => unknown): Promise<number[]> => {
      const opened = await probe.openSource(echo.mediaStream(stream));
      await opened.arrived(12_000);
      await act();
      const { pcm, error } = await opened.result;
      if (error) throw new Error(error.message);
      const half = pcm.length / 2;
      return [pcm.subarray(4800, 9600), pcm.subarray(half, half + 4800), pcm.subarray(-7200, -4800)].map(
        (part) => [440, 880].find((hz) => probe.toneShare(part, hz, 24_000) > 0.9) ?? 0,
      );
    };
    const first = track(440);
    const second = track(880);
    const both = new MediaStream([first.clone(), second.clone()]);
    const swapped = new MediaStream([first.clone()]);
    const past = new MediaStream([first.clone(), second.clone()]);
    past.getAudioTracks()[0].stop();
    const dead = new MediaStream([first.clone()]);
    dead.getAudioTracks()[0].stop();
    const shown = new Audio();
    const mixed = new MediaStream([first.clone(), second.clone()]);
    shown.srcObject = mixed;
    const [ends, replaced, ended, none, element] = await Promise.all([
      share(both, async () => {
        both.getAudioTracks()[0].stop();
        await sleep(1.5);
        both.getAudioTracks()[1].stop();
      }),
      share(swapped, async () => {
        const [before] = swapped.getAudioTracks();
        swapped.removeTrack(before);
        await sleep(0.2);
        swapped.addTrack(second.clone());
        await sleep(1.5);
        for (const each of [before, ...swapped.getAudioTracks()]) each.stop();
      }),
      share(past, () => past.getAudioTracks()[1].stop()),
      probe.openSource(echo.mediaStream(dead)).then(
        () => "opened",
        ({ code }) => code,
      ),
      heard(shown, async () => {
        await sleep(1);
        mixed.getAudioTracks()[0].stop();
        await sleep(1);
        mixed.getAudioTracks()[1].stop();
      }),
    ]);
    return { ends, replaced, ended, none, element };
  });
  expect(result.ends).toEqual([440, 880, 880]);
  expect(result.replaced).toEqual([440, 880, 880]);
  expect(result.ended.slice(0, 1)).toEqual([880]);
  expect(result.none).toBe("no-audio");
  expect(result.element.tones.map(([hz]) => hz)).toEqual([440, 880]);
});
