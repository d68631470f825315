/** One test per fact of "conversation.echo, client to Tavus". [certain], [likely], [unknown] as in docs/protocol.md. */
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import type { createFakeRoom } from "../../../src/fake-room/index.js";
import { noisePcm } from "../../support/pcm-source.js";
import { base64, identical, setUp } from "./support.js";

const uuidOf = (id: string): string =>
  createHash("md5")
    .update(id)
    .digest("hex")
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
const echoes = async (room: Awaited<ReturnType<typeof createFakeRoom>>) =>
  (await room.turns()).map(({ id, seconds, outcome, text }) => ({ id, seconds, outcome, ...(text && { text }) }));

test("modality: text is the server's default [certain]", async () => {
  const { clock, room, transport, message } = await setUp();
  transport.send(message({ text: "hello there", inference_id: "t" }));
  await clock.advance(5);
  expect(await room.turns()).toMatchObject([{ id: "t", text: "hello there", outcome: "spoken" }]);
});

test("modality: anything else is refused and said so", async () => {
  const { clock, room, echo } = await setUp();
  echo({ modality: "video", audio: "" });
  await clock.advance(1);
  expect(room.refused).toMatchObject([{ reason: 'modality "video"' }]);
});

test("text can be streamed in pieces under one inference_id [likely]", async () => {
  const { clock, room, transport, message, of } = await setUp();
  for (const [text, done] of [
    ["One, ", false],
    ["two, ", false],
    ["three.", true],
  ])
    transport.send(message({ modality: "text", text, inference_id: "t", done }));
  await clock.advance(10);
  expect(await room.turns()).toMatchObject([{ id: "t", text: "One, two, three.", gaps: 0, outcome: "spoken" }]);
  expect(of("conversation.utterance.streaming").map(({ properties }) => properties!.speech)).toContain("One, two, ");
});

test("audio: base64 of raw PCM, signed 16 bit little-endian, mono, no header [certain in practice]", async () => {
  const { clock, room, echo } = await setUp();
  // 1, -2, 256, -32768 and 32767 as bytes, and 4000 zeros to fill up.
  const bytes = Uint8Array.from([1, 0, 0xfe, 0xff, 0, 1, 0, 0x80, 0xff, 0x7f, ...new Array(8000).fill(0)]);
  echo({ audio: Buffer.from(bytes).toString("base64"), sample_rate: 24_000, inference_id: "a", done: true });
  await clock.advance(1);
  const [turn] = await room.turns();
  expect([...turn!.pcm.subarray(0, 5)]).toEqual([1, -2, 256, -32_768, 32_767]);
  expect(turn!.pcm).toHaveLength(4005);
});

test("audio: half samples and what is not base64 are refused [unknown]", async () => {
  const { clock, room, echo } = await setUp();
  echo({ audio: "AAAA", inference_id: "a", done: true });
  echo({ audio: "****", inference_id: "b", done: true });
  await clock.advance(1);
  expect(room.refused.map(({ reason }) => reason)).toEqual(["audio has an odd number of bytes", "audio is not base64"]);
  expect(await room.turns()).toEqual([]);
});

test("sample_rate: the server assumes 16000 when it is missing [certain]", async () => {
  const { clock, room, echo, of } = await setUp();
  echo({ audio: base64(noisePcm(24_000)), inference_id: "a", done: true });
  await clock.advance(3);
  expect(await room.turns()).toMatchObject([{ sampleRate: 16_000, seconds: 1.5 }]);
  expect(of("conversation.replica.stopped_speaking")[0]!.properties).toEqual({ duration: 1.5, interrupted: false });
});

for (const rate of [16_000, 24_000])
  test(`sample_rate: ${rate} is played at ${rate} [certain]`, async () => {
    const { clock, room, audio, of } = await setUp();
    audio("a", noisePcm(rate), true, rate);
    await clock.advance(3);
    expect(await room.turns()).toMatchObject([{ sampleRate: rate, seconds: 1 }]);
    const [start] = of("conversation.replica.started_speaking");
    const [stop] = of("conversation.replica.stopped_speaking");
    expect(stop!.at - start!.at).toBeCloseTo(1, 9);
  });

test("sample_rate: a change in the middle of an utterance is refused [unknown]", async () => {
  const { clock, room, audio } = await setUp();
  audio("a", noisePcm(4800), false, 24_000);
  audio("a", noisePcm(4800), true, 16_000);
  await clock.advance(1);
  expect(room.refused).toMatchObject([{ reason: expect.stringContaining("sample_rate changed") }]);
});

test("inference_id: when it is missing the server makes one per message [certain]", async () => {
  const { clock, room, echo } = await setUp();
  for (let n = 0; n < 3; n++) echo({ audio: base64(noisePcm(4800)), sample_rate: 24_000, done: true });
  await clock.advance(2);
  const ids = (await room.turns()).map(({ id }) => id);
  expect(new Set(ids).size).toBe(3);
});

test("inference_id: events carry a stable MD5-derived UUID of it [certain; the rule unknown]", async () => {
  const { clock, room, audio, of } = await setUp();
  const id = "5e8bb5f8-9d2c-4bb5-8d6e-3a1c2b4d5e6f";
  audio(id, noisePcm(4800), true);
  await clock.advance(1);
  expect(of("conversation.replica.started_speaking")[0]!.inference_id).toBe(uuidOf(id));
  expect((await room.turns())[0]).toMatchObject({ id, eventId: uuidOf(id) });
});

test("inference_id: a switch lets events carry the id as it was sent [unknown]", async () => {
  const { clock, audio, of } = await setUp({ model: { ids: "kept" } });
  audio("mine", noisePcm(4800), true);
  await clock.advance(1);
  expect(of("conversation.replica.started_speaking")[0]!.inference_id).toBe("mine");
});

test("done: false is the server's default for audio, and audio without it is cut off [certain]", async () => {
  const { clock, room, echo, of } = await setUp();
  const chunk = { audio: base64(noisePcm(12_000)), sample_rate: 24_000, inference_id: "a" };
  echo(chunk);
  await clock.advance(5);
  expect(await echoes(room)).toEqual([{ id: "a", seconds: 0.5, outcome: "cut" }]);
  expect(of("conversation.replica.stopped_speaking")).toEqual([]);
  // When an unfinished utterance is given up is [unknown]; here after 10 s.
  await clock.advance(6);
  expect(of("conversation.replica.stopped_speaking")).toHaveLength(1);
});

test("done: audio shorter than the pre-buffer is not heard at all without it [certain: 'may be cut off']", async () => {
  const { clock, room, audio } = await setUp();
  audio("a", noisePcm(2000));
  await clock.advance(20);
  expect(await room.turns()).toMatchObject([{ seconds: 0, receivedFrames: 2000, outcome: "cut" }]);
});

test("done: true is the server's default for text [certain]", async () => {
  const { clock, room, transport, message } = await setUp();
  transport.send(message({ modality: "text", text: "first", inference_id: "t" }));
  transport.send(message({ modality: "text", text: "second", inference_id: "t" }));
  await clock.advance(5);
  expect(await room.turns()).toMatchObject([{ text: "first", outcome: "spoken" }]);
  expect(room.refused).toMatchObject([{ reason: "inference_id t is used up" }]);
});

test('done: the string "true" of older examples is refused [unknown]', async () => {
  const { clock, room, echo } = await setUp();
  echo({ audio: base64(noisePcm(4800)), sample_rate: 24_000, inference_id: "a", done: "true" });
  await clock.advance(1);
  expect(room.refused).toMatchObject([{ reason: "done is not a boolean" }]);
});

test("a new utterance takes a new id, and waits for the one before it", async () => {
  const { clock, audio, of } = await setUp();
  audio("a", noisePcm(24_000), true);
  audio("b", noisePcm(24_000), true);
  await clock.advance(3);
  const at = (type: string): number[] => of(`conversation.replica.${type}_speaking`).map((event) => event.at);
  expect(at("started")).toEqual([0, 1]);
  expect(at("stopped")).toEqual([1, 2]);
});

test("an id that was interrupted is never used again: what still comes for it is refused [certain]", async () => {
  const { clock, room, audio, interrupt } = await setUp();
  audio("a", noisePcm(24_000));
  await clock.advance(0.25);
  interrupt();
  audio("a", noisePcm(24_000), true);
  await clock.advance(3);
  expect(await echoes(room)).toEqual([{ id: "a", seconds: 0.25, outcome: "interrupted" }]);
  expect(room.refused).toMatchObject([{ reason: "inference_id a is used up" }]);
});

test("a message that comes again after done is not heard twice", async () => {
  const { clock, room, audio } = await setUp();
  audio("a", noisePcm(12_000), true);
  audio("a", noisePcm(12_000), true);
  await clock.advance(3);
  expect(await echoes(room)).toEqual([{ id: "a", seconds: 0.5, outcome: "spoken" }]);
});

test("an empty last chunk ends the utterance, or, by a switch, is ignored [unknown]", async () => {
  for (const emptyLastChunk of ["ends", "ignored"] as const) {
    const { clock, room, echo, audio } = await setUp({ model: { emptyLastChunk } });
    audio("a", noisePcm(12_000));
    echo({ audio: "", sample_rate: 24_000, inference_id: "a", done: true });
    await clock.advance(3);
    expect(await echoes(room)).toEqual([
      { id: "a", seconds: 0.5, outcome: emptyLastChunk === "ends" ? "spoken" : "cut" },
    ]);
  }
});

test("any chunk size is taken: 50, 100, 400 ms, and 40 ms of zeros at the end [certain in practice]", async () => {
  for (const [ms, tail] of [
    [50, 0],
    [100, 960],
    [400, 0],
  ] as const) {
    const { clock, room, audio } = await setUp();
    const pcm = noisePcm(24_000);
    const size = 24 * ms;
    for (let at = 0; at < pcm.length; at += size)
      audio("a", pcm.slice(at, at + size), tail === 0 && at + size >= pcm.length);
    if (tail > 0) audio("a", new Int16Array(tail), true);
    await clock.advance(3);
    const [turn] = await room.turns();
    expect(turn).toMatchObject({ outcome: "spoken", gaps: 0 });
    expect(identical(turn!.pcm.subarray(0, pcm.length), pcm)).toBe(true);
    expect(turn!.pcm).toHaveLength(pcm.length + tail);
  }
});

test("faster than real time is fine: 30 s that come at once are heard in 30 s [certain]", async () => {
  const { clock, room, audio, of } = await setUp({ maxMessageLength: 200_000 });
  const pcm = noisePcm(30 * 24_000);
  for (let at = 0; at < pcm.length; at += 24_000) audio("a", pcm.slice(at, at + 24_000), at + 24_000 >= pcm.length);
  await clock.advance(29.9);
  expect(of("conversation.replica.stopped_speaking")).toEqual([]);
  await clock.advance(0.2);
  expect(of("conversation.replica.stopped_speaking")[0]!.at).toBeCloseTo(30, 6);
  const [turn] = await room.turns();
  expect(identical(turn!.pcm, pcm)).toBe(true);
});

test("slower than real time is heard with gaps, counted in samples", async () => {
  const { clock, room, audio } = await setUp();
  audio("a", noisePcm(4800));
  // 200 ms of sound, the rest 300 ms and 100 ms too late.
  await clock.advance(0.5);
  audio("a", noisePcm(4800));
  await clock.advance(0.3);
  audio("a", noisePcm(4800), true);
  await clock.advance(2);
  expect(await room.turns()).toMatchObject([
    { gaps: 2, underrunFrames: 7200 + 2400, receivedFrames: 14_400, outcome: "spoken" },
  ]);
});

test("text goes to the persona's TTS, audio bypasses it [certain]", async () => {
  const said: string[] = [];
  const { clock, room, transport, message, audio } = await setUp({
    speech: async function* (text) {
      said.push(text);
      yield { samples: Float32Array.of(0, 0.5, -1, 1), sampleRate: 22_050 };
      yield { samples: new Float32Array(4000), sampleRate: 22_050 };
    },
  });
  transport.send(message({ modality: "text", text: "words", inference_id: "t" }));
  await clock.advance(1);
  audio("a", noisePcm(2400), true);
  await clock.advance(1);
  expect(said).toEqual(["words"]);
  const [text] = await room.turns();
  expect(text!.sampleRate).toBe(22_050);
  expect([...text!.pcm.subarray(0, 4)]).toEqual([0, 16_384, -32_768, 32_767]);
});

test("a persona may speak its own greeting first, in another voice [likely]", async () => {
  const { clock, room, audio, of } = await setUp({ model: { greeting: "Hello, hello" } });
  audio("a", noisePcm(12_000), true);
  await clock.advance(10);
  const starts = of("conversation.replica.started_speaking");
  expect(starts).toHaveLength(2);
  expect(starts[0]!.inference_id).not.toBe(uuidOf("a"));
  expect(starts[1]!.inference_id).toBe(uuidOf("a"));
  // It is not among what the replica was sent.
  expect(await echoes(room)).toEqual([{ id: "a", seconds: 0.5, outcome: "spoken" }]);
});

test("with the microphone off Tavus does not hear the user: no user events in echo mode [likely]", async () => {
  const { clock, audio, events } = await setUp();
  audio("a", noisePcm(12_000), true);
  await clock.advance(3);
  expect(events.length).toBeGreaterThan(5);
  expect(events.filter(({ event_type, properties }) => /user/.test(event_type) || properties?.role === "user")).toEqual(
    [],
  );
});

test("what is sent before the replica is in the room is lost [certain]", async () => {
  const { clock, room, audio, told } = await setUp({ replica: "late", lateSeconds: 3 });
  audio("early", noisePcm(12_000), true);
  await clock.advance(4);
  expect(told).toContainEqual({ type: "replica", present: true });
  audio("after", noisePcm(12_000), true);
  await clock.advance(2);
  expect(await echoes(room)).toEqual([{ id: "after", seconds: 0.5, outcome: "spoken" }]);
});

test("another conversation's messages are refused; a missing conversation_id is taken [unknown]", async () => {
  const { clock, room, transport, message } = await setUp();
  const properties = { modality: "audio", audio: base64(noisePcm(4800)), sample_rate: 24_000, done: true };
  transport.send({ ...message(properties), conversation_id: "cffffffffffffffff" });
  transport.send({ message_type: "conversation", event_type: "conversation.echo", properties });
  await clock.advance(1);
  expect(room.refused).toMatchObject([{ reason: expect.stringContaining("another conversation") }]);
  expect(await room.turns()).toHaveLength(1);
});
