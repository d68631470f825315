import { afterEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import { decode } from "../../support/services/encoding.js";
import { firstDifference } from "../../support/services/first-difference.js";
import { HttpSpeech, type HttpSpeechOptions } from "../../support/services/http-speech/http-speech.js";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(options: HttpSpeechOptions = {}): Promise<HttpSpeech> {
  const service = await HttpSpeech.listen({
    script: { delivery: { speed: Number.POSITIVE_INFINITY } },
    ...options,
  });
  open.push(service);
  return service;
}

const post = (service: HttpSpeech, path: string, body: object | string, signal?: AbortSignal): Promise<Response> =>
  fetch(service.url(path), {
    method: "POST",
    headers: { authorization: `Bearer ${service.key}`, "xi-api-key": service.key },
    body: typeof body === "string" ? body : JSON.stringify(body),
    ...(signal && { signal }),
  });

/** The chunks of the network as they arrive, while the server's clock runs. */
async function chunksOf(response: Response, clock: VirtualClock): Promise<Buffer[]> {
  const reader = (response.body as ReadableStream<Uint8Array>).getReader();
  const chunks: Buffer[] = [];
  for (;;) {
    await clock.advance(0.1);
    const { value, done } = await reader.read();
    if (done) return chunks;
    chunks.push(Buffer.from(value));
  }
}

const openAi = { model: "gpt-4o-mini-tts", voice: "marin", input: "Grüß Gott, world.", response_format: "pcm" };
const output_format = { container: "raw", encoding: "pcm_s16le", sample_rate: 16_000 };
const cartesia = { model_id: "sonic-3", voice: "voice_a", transcript: "Two words.", output_format };
const elevenLabs = { text: "Grüß Gott.", model_id: "eleven_flash_v2_5" };
const timestamps = "/v1/text-to-speech/voice_a/stream/with-timestamps?output_format=pcm_22050";

/** The data of server-sent events. */
const events = (body: string): Record<string, unknown>[] =>
  body
    .split("\n\n")
    .flatMap((event) => /^data: (.*)$/m.exec(event)?.slice(1) ?? [])
    .map((data) => JSON.parse(data) as Record<string, unknown>);

const join = (parts: unknown[]): Buffer => Buffer.concat(parts.map((part) => Buffer.from(String(part), "base64")));

test("bytes, in pieces that end within samples", async () => {
  const clock = new VirtualClock();
  const service = await start({ clock, script: { delivery: { speed: 1, oddCuts: true } } });
  const response = await post(service, "/v1/audio/speech", openAi);
  expect(response.headers.get("content-type")).toBe("audio/pcm");
  const chunks = await chunksOf(response, clock);
  expect(chunks.some(({ length }) => length % 2 === 1)).toBe(true);
  expect(service.spoken[0]).toMatchObject({ text: "Grüß Gott, world.", sampleRate: 24_000, complete: true });
  expect(firstDifference(decode(Buffer.concat(chunks), "s16le"), service.spoken[0].samples)).toBe(-1);
});

test("a WAV file whose length is not known", async () => {
  const service = await start();
  const bytes = Buffer.from(
    await (await post(service, "/v1/audio/speech", { ...openAi, response_format: "wav" })).arrayBuffer(),
  );
  expect(bytes.subarray(0, 4).toString()).toBe("RIFF");
  expect(bytes.readUInt32LE(24)).toBe(24_000);
  expect(bytes.readUInt32LE(40)).toBe(0xffffffff);
  expect(firstDifference(decode(bytes.subarray(44), "s16le"), service.spoken[0].samples)).toBe(-1);
});

test("OpenAI's events", async () => {
  const service = await start({ splitsLines: true });
  const response = await post(service, "/v1/audio/speech", { ...openAi, stream_format: "sse" });
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  const all = events(await response.text());
  expect(all.at(-1)).toMatchObject({ type: "speech.audio.done" });
  const deltas = all.filter(({ type }) => type === "speech.audio.delta");
  expect(firstDifference(decode(join(deltas.map(({ audio }) => audio)), "s16le"), service.spoken[0].samples)).toBe(-1);
});

test("Cartesia's events, with words", async () => {
  const service = await start({
    splitsLines: true,
    script: { leadSeconds: 0.1, delivery: { speed: 100, oddCuts: true } },
  });
  const all = events(await (await post(service, "/tts/sse", { ...cartesia, add_timestamps: true })).text());
  const words = all.filter(({ type }) => type === "timestamps").map(({ word_timestamps }) => word_timestamps);
  expect(words).toEqual([
    { words: ["Two"], start: [0.1], end: [0.28] },
    { words: ["words."], start: [0.34], end: [0.7] },
  ]);
  expect(all.at(-1)).toEqual({ type: "done", done: true, status_code: 206 });
  const chunks = all.filter(({ type }) => type === "chunk").map(({ data }) => data);
  expect(firstDifference(decode(join(chunks), "s16le"), service.spoken[0].samples)).toBe(-1);
});

test("ElevenLabs' lines, with characters, also where chunks of the network end within lines", async () => {
  const clock = new VirtualClock();
  const script = { leadSeconds: 0.1, delivery: { speed: 1, oddCuts: true } };
  const service = await start({ clock, splitsLines: true, script });
  const chunks = await chunksOf(await post(service, timestamps, elevenLabs), clock);
  expect(chunks.some((chunk) => chunk.at(-1) !== 10)).toBe(true);
  const lines = Buffer.concat(chunks).toString("utf8").trimEnd().split("\n");
  const all = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
  const alignments = all.flatMap(({ alignment }) => (alignment ? [alignment as Record<string, unknown[]>] : []));
  expect(alignments.flatMap(({ characters }) => characters).join("")).toBe("Grüß Gott.");
  const starts = alignments.flatMap(({ character_start_times_seconds }) => character_start_times_seconds);
  expect(starts).toEqual(Array.from({ length: 10 }, (_, k) => Math.round(100 + 60 * k) / 1000));
  const audio = all.map(({ audio_base64 }) => audio_base64);
  expect(firstDifference(decode(join(audio), "s16le"), service.spoken[0].samples)).toBe(-1);
});

test("a stall in virtual time, and a break in mid-sentence", async () => {
  const clock = new VirtualClock();
  const delivery = { stalls: [{ afterSeconds: 0.2, seconds: 2 }], dropAfterSeconds: 0.4, speed: 1 };
  const service = await start({ clock, script: { delivery } });
  const response = await post(service, "/tts/bytes", cartesia);
  const body = response.arrayBuffer();
  await clock.advance(2);
  expect(service.spoken[0].seconds).toBeCloseTo(0.2, 9);
  const failed = expect(body).rejects.toThrow();
  await clock.advance(2);
  await failed;
  expect(service.spoken[0]).toMatchObject({ complete: false });
  expect(service.spoken[0].seconds).toBeCloseTo(0.4, 9);
});

test("a client that leaves stops the speech", async () => {
  const clock = new VirtualClock();
  const service = await start({ clock, script: { delivery: { speed: 1 } } });
  const abort = new AbortController();
  const response = await post(service, "/tts/bytes", cartesia, abort.signal);
  await clock.advance(0.25);
  abort.abort();
  await expect(response.arrayBuffer()).rejects.toThrow();
  while (!service.spoken[0].interrupted) await new Promise((resolve) => setTimeout(resolve, 1));
  expect(service.received[0].aborted).toBe(true);
  expect(service.spoken[0].seconds).toBeCloseTo(0.3, 9);
});

test("failures that a script asks for", async () => {
  const service = await start();
  service.failures.push({ status: 429, headers: { "retry-after": "2" } }, { status: 500 });
  const first = await post(service, "/v1/audio/speech", openAi);
  expect([first.status, first.headers.get("retry-after")]).toEqual([429, "2"]);
  expect((await post(service, "/v1/audio/speech", openAi)).status).toBe(500);
  expect((await post(service, "/v1/audio/speech", openAi)).status).toBe(200);
});

describe("it refuses", () => {
  test.each([
    ["a body that is no JSON", "/v1/audio/speech", "hello"],
    ["a body that is no object", "/v1/audio/speech", "[]"],
    ["a field that does not exist", "/v1/audio/speech", { ...openAi, text: "a" }],
    ["an empty text", "/v1/audio/speech", { ...openAi, input: " " }],
    ["a text that is too long", "/v1/audio/speech", { ...openAi, input: "a".repeat(4097) }],
    ["a model that does not exist", "/v1/audio/speech", { ...openAi, model: "tts-9" }],
    ["no voice", "/v1/audio/speech", { model: "tts-1", input: "a" }],
    ["a speed out of range", "/v1/audio/speech", { ...openAi, speed: 5 }],
    ["a format that this server does not make", "/v1/audio/speech", { ...openAi, response_format: "opus" }],
    ["events of a model without them", "/v1/audio/speech", { ...openAi, model: "tts-1", stream_format: "sse" }],
    ["a transcript that is no text", "/tts/sse", { ...cartesia, transcript: 5 }],
    ["a rate that does not exist", "/tts/sse", { ...cartesia, output_format: { ...output_format, sample_rate: 1 } }],
    ["a WAV in events", "/tts/sse", { ...cartesia, output_format: { ...output_format, container: "wav" } }],
    ["an MP3", timestamps.replace("pcm_22050", "mp3_44100_128"), elevenLabs],
    ["a seed below 0", timestamps, { ...elevenLabs, seed: -1 }],
  ])("%s", async (_what, path, body) => {
    const service = await start();
    const response = await post(service, path, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { message: expect.stringMatching(/\.$/) } });
    expect(service.spoken).toEqual([]);
  });

  test("a wrong key, another method, another address", async () => {
    const service = await start();
    const wrong = await fetch(service.url("/v1/audio/speech"), { method: "POST", body: "{}" });
    expect(wrong.status).toBe(401);
    expect((await fetch(service.url("/v1/audio/speech"))).status).toBe(405);
    expect((await post(service, "/v1/speech", openAi)).status).toBe(404);
    const preflight = await fetch(service.url("/tts/sse"), { method: "OPTIONS" });
    expect(preflight.headers.get("access-control-allow-origin")).toBe("*");
  });
});
