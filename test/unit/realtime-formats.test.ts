import { afterEach, describe, expect, test } from "vitest";
import { decodeFrames } from "../../src/decode/sample-format.js";
import { toAlaw, toMulaw } from "../../src/realtime/g711.js";
import { openaiRealtime, RealtimeVoice } from "../../src/realtime/index.js";
import { RealtimeError } from "../../src/realtime/realtime-error.js";
import { ReplyAudio, replyFormat } from "../../src/realtime/reply-audio.js";
import { wireFormat } from "../../src/realtime/voice-session.js";
import { toWire } from "../../src/realtime/wire-encoder.js";
import { audio } from "../support/open-source.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { RealtimeWorld } from "../support/realtime-world.js";
import { ScriptedReplica } from "../support/scripted-replica.js";
import { sourceRequest } from "../support/source-request.js";

const request = (sampleRate: number) => sourceRequest({ sampleRate, audio }).request;

async function all(stream: ReadableStream<Int16Array>): Promise<number[]> {
  const samples: number[] = [];
  for await (const chunk of stream) samples.push(...chunk);
  return samples;
}

const tone = (rate: number, seconds: number): Int16Array =>
  Int16Array.from({ length: rate * seconds }, (_, n) => 12_000 * Math.sin((2 * Math.PI * 440 * n) / rate));

/** Signal to noise in dB of `got` against `wanted`, away from the ends. */
function snr(got: readonly number[], wanted: Int16Array): number {
  let signal = 0;
  let noise = 0;
  for (let n = 500; n < wanted.length - 500; n++) {
    signal += wanted[n]! ** 2;
    noise += (got[n]! - wanted[n]!) ** 2;
  }
  return 10 * Math.log10(signal / noise);
}

describe("G.711", () => {
  test.each([
    ["mulaw", toMulaw],
    ["alaw", toAlaw],
  ] as const)(
    "%s: every code comes back from its own value, and every sample to within half a step",
    (encoding, compress) => {
      const [plane] = decodeFrames(
        Uint8Array.from({ length: 256 }, (_, code) => code),
        { encoding, sampleRate: 8000, channels: 1 },
      );
      const values = Array.from(plane!, (sample) => Math.round(sample * 0x8000));
      for (const value of values) expect(values[compress(value)]).toBe(value);
      // A step is at most a 16th of the value it stands for, and the value is its middle.
      for (let sample = -32_768; sample < 32_768; sample++) {
        const error = Math.abs(values[compress(sample)]! - sample);
        if (error > (Math.abs(sample) + 256) / 32) throw new Error(`${sample} comes back ${error} off`);
      }
    },
  );

  test("an input of 24 kHz goes out at 8 kHz, an answer at 8 kHz comes in at the replica's rate", async () => {
    const encoder = await toWire(wireFormat("mulaw"), 24_000, async () =>
      (await import("node:fs")).readFileSync(audio.wasmUrl),
    );
    const input = tone(24_000, 1);
    const bytes = Buffer.concat([0, 1, 2, 3, 4].map((n) => encoder.encode(input.subarray(n * 4800, (n + 1) * 4800))));
    expect(bytes.length).toBeGreaterThan(7900);
    encoder.close();
    const reply = new ReplyAudio(replyFormat(wireFormat("mulaw")));
    reply.push(bytes);
    reply.end();
    const samples = await all(await reply.open(request(24_000)));
    expect(samples.length).toBe(bytes.length * 3);
    const ratio = snr(samples, input.subarray(0, samples.length));
    console.log(`440 Hz through µ-law at 8 kHz and back: ${ratio.toFixed(1)} dB`);
    // The companding itself gives about 38 dB for a tone of this level.
    expect(ratio).toBeGreaterThan(33);
  });

  test("the formats are asked for by each dialect's names, and the provider's own names are understood", () => {
    const protocol = openaiRealtime();
    const session = { inputFormat: "mulaw", outputFormat: "alaw" } as const;
    expect(protocol.build({ type: "configure", session, first: true }, "ga")).toMatchObject({
      session: { audio: { input: { format: { type: "audio/pcmu" } }, output: { format: { type: "audio/pcma" } } } },
    });
    expect(protocol.build({ type: "configure", session, first: true }, "beta")).toMatchObject({
      session: { input_audio_format: "g711_ulaw", output_audio_format: "g711_alaw" },
    });
    expect(protocol.formats({ audio: { input: { format: { type: "audio/pcmu" } } } })).toEqual({
      input: "mulaw",
      output: "pcm",
    });
    expect(protocol.formats({ output_audio_format: "g711_ulaw" })).toEqual({ input: "pcm", output: "mulaw" });
  });
});

describe("an answer as a source", () => {
  test("PCM at the replica's rate is passed on bit for bit, wherever the deltas are cut", async () => {
    const seed = 11;
    const random = pseudoRandom(seed);
    const pcm = Int16Array.from({ length: 50_000 }, () => Math.floor(random() * 65_536) - 32_768);
    // What happens to look like the beginning of a file is sound all the same.
    new Uint8Array(pcm.buffer).set(Buffer.from("RIFF\0\0\0\0WAVEfmt "));
    const bytes = new Uint8Array(pcm.buffer);
    const reply = new ReplyAudio(replyFormat(wireFormat("pcm")));
    const stream = all(await reply.open(request(24_000)));
    for (let at = 0; at < bytes.length; ) {
      const length = Math.floor(random() * 700);
      reply.push(bytes.subarray(at, at + length));
      at += length;
      if (random() < 0.1) await new Promise((resolve) => setTimeout(resolve));
    }
    reply.end();
    expect(await stream).toEqual([...pcm]);
  });

  test("for a replica at 16 kHz it goes through the encoder: the number of samples is exact", async () => {
    const reply = new ReplyAudio(replyFormat(wireFormat("pcm")));
    reply.push(new Uint8Array(tone(24_000, 1).buffer));
    reply.end();
    const samples = await all(await reply.open(request(16_000)));
    expect(samples.length).toBe(16_000);
    // Only the filter's ripple of 0.02 dB is left of it.
    expect(snr(samples, tone(16_000, 1))).toBeGreaterThan(50);
  });

  test("nothing is taken before it is asked for; an error comes after what preceded it", async () => {
    const reply = new ReplyAudio(replyFormat(wireFormat("pcm")));
    const stream = await reply.open(request(24_000));
    reply.push(Uint8Array.of(1, 0, 2, 0, 3));
    reply.end(new RealtimeError("connection-lost", "gone"));
    const reader = stream.getReader();
    expect((await reader.read()).value).toEqual(Int16Array.of(1, 2));
    await expect(reader.read()).rejects.toMatchObject({ code: "connection-lost" });
  });

  test("dropped, it forgets what it holds and what still comes", async () => {
    const stop = new AbortController();
    const reply = new ReplyAudio(replyFormat(wireFormat("pcm")));
    const stream = await reply.open({ ...request(24_000), signal: stop.signal });
    reply.push(Uint8Array.of(1, 0));
    stop.abort();
    reply.push(Uint8Array.of(2, 0));
    expect((await stream.getReader().read()).done).toBe(true);
  });
});

const worlds: RealtimeWorld[] = [];
afterEach(async () => {
  for (const world of worlds.splice(0)) await world.server.close();
});

test("a microphone in µ-law reaches the server in µ-law", async () => {
  const world = await RealtimeWorld.make({ answer: () => ({}) });
  worlds.push(world);
  const voice = new RealtimeVoice({
    ...{ replica: new ScriptedReplica(world.clock), input: world.caller, audio, session: { inputFormat: "mulaw" } },
    ...{ secret: async () => "ek", url: world.server.url, webSocket: world.socket, clock: world.clock },
  });
  await world.settled(voice.open());
  world.caller.speak(2);
  await world.advance(2);
  const bytes = Buffer.concat(world.server.session.inputBytes);
  expect(bytes.length).toBeGreaterThan(15_500);
  const [plane] = decodeFrames(bytes, { encoding: "mulaw", sampleRate: 8000, channels: 1 });
  const level = Math.sqrt(plane!.slice(2000, 14_000).reduce((sum, x) => sum + x * x, 0) / 12_000);
  expect(level).toBeCloseTo(0.25 / Math.SQRT2, 2);
  await voice.close();
});
