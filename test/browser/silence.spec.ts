import { expect, test } from "@playwright/test";
import { openHarness } from "../support/open-harness.js";

test("a disabled or muted track is told with the turn's figures; hands-free whose microphone gives silence is told to the replica", async ({
  page,
}) => {
  await openHarness(page);
  const result = await page.evaluate(async () => {
    const { echo, dailyRoom } = window.lib;
    const { replica, of, sleep, until, close } = await dailyRoom();
    const context = new AudioContext();
    const tone = new OscillatorNode(context, { frequency: 440 });
    const level = new GainNode(context, { gain: 0.3 });
    const destination = new MediaStreamAudioDestinationNode(context);
    tone.connect(level).connect(destination);
    tone.start();
    const [track] = destination.stream.getAudioTracks();
    const speak = async (): Promise<void> => {
      const turn = replica.speak(echo.mediaStream(destination.stream));
      await sleep(0.7);
      turn.end();
      await turn.outcome;
    };
    await speak();
    const healthy = of("warning").length;
    track.enabled = false;
    await speak();
    const disabled = of("warning").map((warning) => warning as { code: string; message: string });
    track.enabled = true;
    level.gain.value = 100;
    await speak();
    const clipped = of("warning").map((warning) => (warning as { code: string }).code);
    // A microphone that gives nothing at all, and one that hears the room.
    const device = new MediaStreamAudioDestinationNode(context);
    const room = new ConstantSourceNode(context, { offset: 0 });
    room.connect(device);
    room.start();
    navigator.mediaDevices.getUserMedia = async () => device.stream.clone();
    const listen = async (offset: number): Promise<() => unknown[]> => {
      room.offset.value = offset;
      const mic = echo.microphone();
      await replica.prepare(mic);
      const over = new AbortController();
      const loop = (async () => {
        for await (const said of echo.utterances(mic, { signal: over.signal })) replica.speak(said).interrupt();
      })();
      const before = of("warning").length;
      await Promise.race([until(() => of("warning").length > before), sleep(8.5)]);
      over.abort();
      await loop;
      await mic.close();
      return () => of("warning").slice(before);
    };
    const noisy = (await listen(0.001))();
    const silent = (await listen(0))();
    await close();
    return { healthy, disabled, clipped, silent, noisy };
  });
  expect(result.healthy).toBe(0);
  expect(result.disabled).toMatchObject([
    { code: "source-silent", message: expect.stringMatching(/100 % of the samples 0.*track is disabled/) },
  ]);
  expect(result.clipped).toEqual(["source-silent", "source-clipped"]);
  expect(result.silent).toMatchObject([
    { code: "source-silent", message: expect.stringMatching(/^Hands-free.*every sample was 0/) },
  ]);
  expect(result.noisy).toEqual([]);
});

test("playback-muted: an element that is muted from the start, or at volume 0; not one that the user has muted, or that is heard elsewhere", async ({
  page,
}) => {
  await openHarness(page);
  const result = await page.evaluate(async () => {
    const { dailyRoom, noisePcm, pcmSource } = window.lib;
    const show = async (
      before: (video: HTMLVideoElement) => unknown,
      after: (video: HTMLVideoElement) => unknown = () => undefined,
      html = "<video></video>",
    ): Promise<string[]> => {
      const { replica, codes, until, sleep, close } = await dailyRoom({ call: { allowMultipleCallInstances: true } });
      document.body.insertAdjacentHTML("beforeend", html);
      const video = document.body.lastElementChild as HTMLVideoElement;
      before(video);
      replica.attach(video);
      await until(() => replica.state === "ready" && !video.paused);
      await after(video);
      await replica.speak(pcmSource(noisePcm(24_000))).outcome;
      await sleep(0.3);
      const found = codes("warning");
      await close();
      video.remove();
      return found;
    };
    const muted = (video: HTMLVideoElement): void => {
      video.muted = true;
    };
    return {
      heard: await show(() => undefined),
      attribute: await show(() => undefined, undefined, "<video muted></video>"),
      muted: await show(muted),
      volume: await show(
        () => undefined,
        (video) => {
          video.volume = 0;
        },
      ),
      user: await show(() => undefined, muted),
      unmuted: await show(muted, (video) => {
        video.muted = false;
      }),
      elsewhere: await show(muted, async (video) => {
        const sound = document.createElement("audio");
        sound.srcObject = new MediaStream((video.srcObject as MediaStream).getAudioTracks());
        document.body.append(sound);
        await sound.play();
      }),
    };
  });
  expect(result).toEqual({
    heard: [],
    attribute: ["playback-muted"],
    muted: ["playback-muted"],
    volume: ["playback-muted"],
    user: [],
    unmuted: [],
    elsewhere: [],
  });
});

test("a page whose main thread is blocked for 23 s: the live turn is whole, and says page-blocked", async ({
  page,
}) => {
  await page.route("**/slow", async (route) => {
    await new Promise((done) => setTimeout(done, 23_000));
    await route.fulfill({ body: "" });
  });
  await openHarness(page);
  const result = await page.evaluate(async () => {
    const { echo, dailyRoom } = window.lib;
    const { replica, echoes, codes, of, sleep, close } = await dailyRoom();
    const context = new AudioContext();
    const tone = new OscillatorNode(context, { frequency: 440 });
    const level = new GainNode(context, { gain: 0.3 });
    tone.connect(level);
    tone.start();
    const began = context.currentTime;
    const turn = replica.speak(echo.audioNode(level));
    await sleep(1);
    // Waits without work, and lets nothing else of the page run.
    const request = new XMLHttpRequest();
    request.open("GET", "/slow", false);
    request.send();
    await sleep(1);
    turn.end();
    const seconds = context.currentTime - began;
    while (turn.state !== "sent" && turn.state !== "settled") await sleep(0.1);
    const characters = echoes().reduce((sum, { audio }) => sum + audio.length, 0);
    const result = {
      codes: [...codes("warning"), ...codes("error")],
      message: (of("warning")[0] as { message: string } | undefined)?.message,
      seconds,
      // Base64 of 16 bits at 24 kHz.
      sentSeconds: (characters * 3) / 4 / 2 / 24_000,
    };
    await close();
    return result;
  });
  console.log(JSON.stringify(result));
  expect(result.codes).toEqual(["page-blocked"]);
  expect(result.message).toMatch(/2[34]\.\d s/);
  // Opening takes a moment.
  expect(result.sentSeconds).toBeGreaterThan(result.seconds - 0.5);
});
