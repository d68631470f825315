import { expect, test } from "@playwright/test";
import { openHarness } from "../support/open-harness.js";

test("a disabled or muted track is told with the turn's figures; hands-free whose microphone gives silence is told to the replica", async ({
  page,
}) => {
  await openHarness(page);
  const result = await page.evaluate(async () => {
    const { echo, dailyRoom } = window.lib;
    const { replica, of, sleep, close } = await dailyRoom();
    const context = new AudioContext();
    const tone = new OscillatorNode(context, { frequency: 440 });
    const level = new GainNode(context, { gain: 0.3 });
    const destination = new MediaStreamAudioDestinationNode(context);
    tone.connect(level).connect(destination);
    tone.start();
    const [track] = destination.stream.getAudioTracks();
    const speak = async (): Promise<void> => {
      const turn = replica.speak(echo.mediaStream(destination.stream));
      await sleep(1.5);
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
    const listen = async (offset: number): Promise<unknown[]> => {
      room.offset.value = offset;
      const before = of("warning").length;
      const mic = echo.microphone();
      await replica.prepare(mic);
      const over = new AbortController();
      const loop = (async () => {
        for await (const said of echo.utterances(mic, { signal: over.signal })) replica.speak(said).interrupt();
      })();
      await sleep(8.6);
      over.abort();
      await loop;
      await mic.close();
      return of("warning").slice(before);
    };
    const [silent, noisy] = [await listen(0), await listen(0.001)];
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
      before: (video: HTMLVideoElement) => void,
      after: (video: HTMLVideoElement) => unknown = () => undefined,
    ): Promise<string[]> => {
      const { replica, codes, until, sleep, close } = await dailyRoom({ call: { allowMultipleCallInstances: true } });
      const video = document.createElement("video");
      document.body.append(video);
      before(video);
      replica.attach(video);
      await until(() => replica.state === "ready" && !video.paused);
      await after(video);
      await replica.speak(pcmSource(noisePcm(36_000))).outcome;
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
      attribute: await show((video) => video.setAttribute("muted", "")),
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
    // The attribute is the state of an element that a parser makes; set by a script it changes nothing.
    attribute: [],
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
    const { replica, room, codes, of, sleep, close } = await dailyRoom();
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
    const { sentSeconds } = turn.state === "settled" ? await turn.outcome : { sentSeconds: Number.NaN };
    const heard = room.messages.length;
    const result = {
      codes: [...codes("warning"), ...codes("error")],
      message: (of("warning")[0] as { message: string } | undefined)?.message,
      seconds,
      sentSeconds,
      queued: replica.stats().queuedSeconds,
      heard: heard > 0,
    };
    await close();
    return result;
  });
  console.log(JSON.stringify(result));
  expect(result.codes).toEqual(["page-blocked"]);
  expect(result.message).toMatch(/2[34]\.\d s/);
  expect(result.queued).toBe(0);
});
