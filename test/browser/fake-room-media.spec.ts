/** The replica's face and voice are real tracks, through daily-js' own `track-started`. */
import { expect, type Page, test } from "@playwright/test";

async function joined(page: Page): Promise<void> {
  await page.goto("/");
  await page.waitForFunction(() => window.lib);
  await page.evaluate(async () => {
    const room = await window.lib.fakeRoom.createFakeRoom({ maxMessageLength: 1_000_000 });
    const call = window.lib.Daily.createCallObject({
      audioSource: false,
      videoSource: false,
      dailyConfig: room.dailyConfig,
    });
    const tracks: MediaStreamTrack[] = [];
    const both = new Promise<void>((resolve) => {
      call.on("track-started", ({ track, participant }) => {
        if (!participant?.user_id.includes("tavus-replica")) return;
        tracks.push(track);
        if (tracks.length === 2) resolve();
      });
    });
    await call.join({ url: room.url });
    await both;
    const video = document.createElement("video");
    video.muted = true;
    video.srcObject = new MediaStream(tracks);
    document.body.append(video);
    await video.play();
    const send = (properties: object): void => {
      call.sendAppMessage({
        message_type: "conversation",
        event_type: "conversation.echo",
        conversation_id: room.conversationId,
        properties: { inference_id: crypto.randomUUID(), done: true, ...properties },
      });
    };
    const tone = (hz: number, seconds: number): void => {
      const pcm = Int16Array.from({ length: 24_000 * seconds }, (_, n) =>
        Math.round(16_000 * Math.sin((2 * Math.PI * hz * n) / 24_000)),
      );
      const bytes = new Uint8Array(pcm.buffer);
      let binary = "";
      for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
      send({ modality: "audio", audio: btoa(binary), sample_rate: 24_000 });
    };
    /** The room's own babble: vowels by their formants. */
    const vowel = (letter: string): void => send({ modality: "text", text: letter.repeat(60) });
    const interrupt = (): void => {
      call.sendAppMessage({
        message_type: "conversation",
        event_type: "conversation.interrupt",
        conversation_id: room.conversationId,
      });
    };
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 200;
    const picture = canvas.getContext("2d", { willReadFrequently: true })!;
    /** Dark red pixels, those of the open mouth's inside, and how wide and high they lie. */
    const mouth = (): { pixels: number; width: number; height: number } => {
      picture.drawImage(video, 0, 0, 200, 200);
      const { data } = picture.getImageData(60, 110, 80, 80);
      const xs: number[] = [];
      const ys: number[] = [];
      for (let index = 0; index < 6400; index++) {
        const [red, green, blue] = [data[4 * index]!, data[4 * index + 1]!, data[4 * index + 2]!];
        if (red > 50 && red < 110 && green < 50 && blue < 55) {
          xs.push(index % 80);
          ys.push(Math.floor(index / 80));
        }
      }
      const span = (values: number[]): number => (values.length ? Math.max(...values) - Math.min(...values) + 1 : 0);
      return { pixels: xs.length, width: span(xs), height: span(ys) };
    };
    Object.assign(window, { room, call, tracks, tone, vowel, interrupt, mouth });
  });
}

declare global {
  interface Window {
    room: Awaited<ReturnType<typeof window.lib.fakeRoom.createFakeRoom>>;
    call: ReturnType<typeof window.lib.Daily.createCallObject>;
    tracks: MediaStreamTrack[];
    tone(hz: number, seconds: number): void;
    vowel(letter: string): void;
    interrupt(): void;
    mouth(): { pixels: number; width: number; height: number };
  }
}

test("a live video and a live audio track start, and stop when the replica leaves", async ({ page }) => {
  await joined(page);
  const result = await page.evaluate(async () => {
    const kinds = window.tracks.map(({ kind, readyState }) => `${kind} ${readyState}`).sort();
    const settings = window.tracks.find(({ kind }) => kind === "video")!.getSettings();
    const stopped: string[] = [];
    const both = new Promise<void>((resolve) => {
      window.call.on("track-stopped", ({ track }) => {
        stopped.push(track.kind);
        if (stopped.length === 2) resolve();
      });
    });
    window.room.set({ replica: "absent" });
    await both;
    return { kinds, size: [settings.width, settings.height], stopped: stopped.sort() };
  });
  expect(result).toEqual({ kinds: ["audio live", "video live"], size: [400, 400], stopped: ["audio", "video"] });
});

test("the voice is the sound that was sent: a tone of 1 kHz is the peak of the track's spectrum, then silence", async ({
  page,
}) => {
  await joined(page);
  const result = await page.evaluate(async () => {
    const context = new AudioContext({ sampleRate: 24_000 });
    const [audio] = window.tracks.filter(({ kind }) => kind === "audio");
    const analyser = new AnalyserNode(context, { fftSize: 4096, smoothingTimeConstant: 0 });
    context.createMediaStreamSource(new MediaStream([audio!])).connect(analyser);
    const spectrum = new Float32Array(analyser.frequencyBinCount);
    const peak = (): { hz: number; level: number } => {
      analyser.getFloatFrequencyData(spectrum);
      const level = Math.max(...spectrum);
      return { hz: (spectrum.indexOf(level) * 24_000) / 4096, level };
    };
    let best = { hz: 0, level: Number.NEGATIVE_INFINITY };
    window.tone(1000, 1);
    const started = performance.now();
    while (performance.now() - started < 2000 && best.level < -21) {
      await new Promise((resolve) => setTimeout(resolve, 20));
      if (peak().level > best.level) best = peak();
    }
    await window.room.turns();
    // The analyser's window and the track's own buffer run empty.
    await new Promise((resolve) => setTimeout(resolve, 600));
    return { best, after: peak().level };
  });
  console.log(
    `peak ${result.best.level.toFixed(1)} dB at ${result.best.hz.toFixed(0)} Hz; afterwards ${result.after} dB`,
  );
  expect(Math.abs(result.best.hz - 1000)).toBeLessThan(10);
  // A sine of half scale is -6 dB, half of it lies in this bin's mirror (-6 dB), a Blackman window takes 7.5 dB.
  expect(result.best.level).toBeGreaterThan(-22);
  expect(result.after).toBeLessThan(-90);
});

test("the mouth follows the spectrum of what sounds now, and closes with an interrupt", async ({ page }) => {
  await joined(page);
  const result = await page.evaluate(async () => {
    const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
    /** The widest open of some pictures: head and lids move. */
    const look = async (): Promise<{ pixels: number; width: number; height: number }> => {
      let best = window.mouth();
      for (let n = 0; n < 8; n++) {
        await wait(40);
        const now = window.mouth();
        if (now.pixels > best.pixels) best = now;
      }
      return best;
    };
    await wait(200);
    const rest = window.mouth();
    window.vowel("a");
    await wait(300);
    const a = await look();
    window.interrupt();
    await wait(500);
    const interrupted = window.mouth();
    window.vowel("e");
    await wait(300);
    const e = await look();
    window.interrupt();
    return { rest, a, interrupted, e };
  });
  console.log("dark pixels of the mouth at 200 px:", JSON.stringify(result));
  expect(result.rest.pixels).toBeLessThan(10);
  expect(result.a.pixels).toBeGreaterThan(150);
  expect(result.interrupted.pixels).toBeLessThan(10);
  expect(result.a.height).toBeGreaterThan(result.e.height);
  expect(result.e.width).toBeGreaterThan(result.a.width + 5);
});
