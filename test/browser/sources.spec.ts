import { expect, test } from "@playwright/test";
import { launch } from "../support/launch.js";
import { recordInputs } from "../support/record-inputs.js";
import type { Pieces } from "./harness/pieces.js";

const autoplay = "--autoplay-policy=no-user-gesture-required";

/** Of two or three seconds this much at least must be there, in pieces: a busy browser skips. What it hands on is exact. */
const heardSeconds = 0.4;
const told = ({ db, seconds, first, other, silence, pieces }: Pieces): string =>
  `${db.toFixed(1)} dB over ${seconds.toFixed(2)} s in ${pieces.length} piece(s) from ${first.toFixed(3)} s on, after ${silence} samples of silence; ${other.toFixed(2)} s of something else`;

for (const rate of [44_100, 48_000]) {
  test(`mediaStream: a local track in a context at ${rate} Hz; its end ends the turn`, async ({ baseURL }) => {
    await using browser = await launch(baseURL, [autoplay]);
    await browser.page.evaluate(recordInputs);
    const result = await browser.page.evaluate(async (rate) => {
      const { echo, pieces, probe } = window.lib;
      const context = new AudioContext({ sampleRate: rate });
      const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
      const signal = probe.tones(3);
      const buffer = new AudioBuffer({ length: 3 * rate, sampleRate: rate });
      buffer.getChannelData(0).forEach((_, n, plane) => {
        plane[n] = signal(n / rate);
      });
      const node = new AudioBufferSourceNode(context, { buffer });
      node.connect(destination);
      const [track] = destination.stream.getAudioTracks();
      const opened = await probe.openSource(echo.mediaStream(track!), { audio: { context } });
      node.start(context.currentTime + 0.2);
      await new Promise((resolve) => node.addEventListener("ended", resolve));
      await opened.arrived(24_000 * 3.3);
      const live = track!.readyState;
      opened.end();
      const { pcm, error } = await opened.result;
      const borrowed = track!.readyState;
      // A track that ends by itself ends the turn.
      const second = await probe.openSource(echo.mediaStream(destination.stream), { audio: { context } });
      await second.arrived(2400);
      track!.stop();
      track!.dispatchEvent(new Event("ended"));
      const after = await second.result;
      const state = context.state;
      const [recording] = await window.inputRecordings();
      await context.close();
      return {
        live,
        borrowed,
        state,
        error,
        after: after.error,
        ended: after.pcm.length,
        given: probe.locate(pcm, recording!.samples, rate, 24_000)?.peak,
        heard: pieces(pcm, signal, 3),
      };
    }, rate);
    console.log(`mediaStream at ${rate} Hz: ${told(result.heard)}; ${result.given} LSB from what the context gave`);
    expect(result.given).toBeLessThanOrEqual(1);
    expect(result).toMatchObject({ live: "live", borrowed: "live", state: "running" });
    expect(result.error).toBeUndefined();
    expect(result.after).toBeUndefined();
    expect(result.ended).toBeGreaterThanOrEqual(2400);
    expect(result.heard.db).toBeGreaterThan(48);
    expect(result.heard.seconds).toBeGreaterThan(heardSeconds);
  });

  test(`mediaStream: a remote WebRTC track is heard in Chromium at ${rate} Hz`, async ({ baseURL }) => {
    await using browser = await launch(baseURL, [
      autoplay,
      "--allow-loopback-in-peer-connection",
      "--disable-features=WebRtcHideLocalIpsWithMdns",
    ]);
    const result = await browser.page.evaluate(async (rate) => {
      const { echo, probe } = window.lib;
      const context = new AudioContext({ sampleRate: rate });
      const destination = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
      const oscillator = new OscillatorNode(context, { frequency: 500 });
      oscillator.connect(new GainNode(context, { gain: 0.3 })).connect(destination);
      oscillator.start();
      const near = new RTCPeerConnection();
      const far = new RTCPeerConnection();
      near.onicecandidate = ({ candidate }) => void far.addIceCandidate(candidate ?? undefined);
      far.onicecandidate = ({ candidate }) => void near.addIceCandidate(candidate ?? undefined);
      near.addTrack(destination.stream.getAudioTracks()[0]!, destination.stream);
      const arrived = new Promise<MediaStreamTrack>((resolve) => {
        far.ontrack = ({ track }) => resolve(track);
      });
      await near.setLocalDescription();
      await far.setRemoteDescription(near.localDescription!);
      await far.setLocalDescription();
      await near.setRemoteDescription(far.localDescription!);
      const track = await arrived;
      const opened = await probe.openSource(echo.mediaStream(track), { audio: { context } });
      await opened.arrived(24_000 * 4);
      opened.end();
      const { pcm, error } = await opened.result;
      near.close();
      far.close();
      await context.close();
      const used = pcm.slice(48_000);
      const rms = Math.sqrt(used.reduce((sum, s) => sum + s * s, 0) / used.length) / 32_768;
      return { error, rms, tone: probe.toneShare(used, 500, 24_000) };
    }, rate);
    console.log(
      `remote track at ${rate} Hz: rms ${result.rms.toFixed(3)}, ${(100 * result.tone).toFixed(1)} % of it the tone`,
    );
    expect(result.error).toBeUndefined();
    // 0.3 / √2, through Opus.
    expect(result.rms).toBeGreaterThan(0.15);
    expect(result.tone).toBeGreaterThan(0.95);
  });

  // Whether the page hears it too has nothing to do with the rate.
  for (const local of rate === 48_000 ? (["silent", "play"] as const) : (["silent"] as const))
    test(`mediaElement (${local}): a file in a context at ${rate} Hz`, async ({ baseURL }) => {
      await using browser = await launch(baseURL, [autoplay]);
      await browser.page.evaluate(recordInputs);
      const result = await browser.page.evaluate(
        async ({ rate, local }) => {
          const { echo, pieces, probe } = window.lib;
          const context = new AudioContext({ sampleRate: rate });
          const signal = probe.tones(2);
          const element = new Audio(
            URL.createObjectURL(new Blob([probe.wavOf(signal, 2, rate)], { type: "audio/wav" })),
          );
          const opened = await probe.openSource(echo.mediaElement(element, { local }), { audio: { context } });
          const during = element.muted;
          const { pcm, error } = await opened.result;
          const after = element.muted;
          const again = await probe.openSource(echo.mediaElement(element, { local }), { audio: { context } });
          const second = await again.result;
          const recordings = await window.inputRecordings();
          await context.close();
          return {
            given: [pcm, second.pcm].map((got, n) => probe.locate(got, recordings[n]!.samples, rate, 24_000)?.peak),
            during,
            after,
            error,
            seconds: pcm.length / 24_000,
            heard: [pcm, second.pcm].map((got) => pieces(got, signal, 2)),
          };
        },
        { rate, local },
      );
      console.log(
        `mediaElement (${local}) at ${rate} Hz: ${result.heard.map(told).join("; again ")}; ${result.given.join(" and ")} LSB from what the context gave`,
      );
      for (const peak of result.given) expect(peak).toBeLessThanOrEqual(1);
      expect(result.error).toBeUndefined();
      expect(result.during).toBe(local === "silent");
      expect(result.after).toBe(false);
      for (const { db, seconds, silence } of result.heard) {
        expect(db).toBeGreaterThan(48);
        expect(seconds).toBeGreaterThan(heardSeconds);
        // It listened before the element began. (Of the first block that an element gives Chromium's Web Audio gets nothing.)
        expect(silence).toBeGreaterThan(0);
      }
      expect(result.seconds).toBeLessThan(3.5);
    });
}

test("mediaElement: media of another origin without CORS is an error, not silence", async ({ baseURL }) => {
  await using browser = await launch(baseURL, [autoplay]);
  const wav = Buffer.from(
    await browser.page.evaluate(() => [...window.lib.probe.wavOf(window.lib.probe.tones(1), 1, 24_000)]),
  );
  await browser.page.route("http://127.0.0.1:9/*", (route) => route.fulfill({ body: wav, contentType: "audio/wav" }));
  const failure = await browser.page.evaluate(() => {
    const { echo, probe } = window.lib;
    return probe
      .openSource(echo.mediaElement(new Audio("http://127.0.0.1:9/tainted.wav")))
      .then(() => undefined, probe.failureOf);
  });
  expect(failure).toMatchObject({ code: "source-failed", remedy: expect.stringContaining("crossorigin") });
});
