/** Every setting of the model that is about an id's life and its stop, in virtual time. */
import { expect, test } from "vitest";
import type { ReplicaModel } from "../../../src/fake-room/index.js";
import { noisePcm } from "../../support/pcm-source.js";
import { identical, setUp } from "./support.js";

const stop = "conversation.replica.stopped_speaking";
const start = "conversation.replica.started_speaking";

/** 0.51 s of sound, a pause of 1 s, 0.49 s of sound with `done`. */
async function durationUnder(durations: ReplicaModel["durations"]) {
  const { clock, audio, of } = await setUp({ model: { durations } });
  audio("a", noisePcm(12_240));
  await clock.advance(1.51);
  audio("a", noisePcm(11_760), true);
  await clock.advance(3);
  audio("short", noisePcm(12_241), true);
  await clock.advance(3);
  return of(stop).map(({ properties }) => properties!.duration);
}

test("durations: the seconds of sound, null, the wall clock with pauses, whole frames of 1/25 s, 0.2 s too many [unknown]", async () => {
  expect(await durationUnder("seconds")).toEqual([1, 12_241 / 24_000]);
  expect(await durationUnder("null")).toEqual([null, null]);
  expect(await durationUnder("wall")).toEqual([expect.closeTo(2, 6), expect.closeTo(12_241 / 24_000, 6)]);
  // 0.51004 s are 13 frames.
  expect(await durationUnder("frames")).toEqual([1, 0.52]);
  expect(await durationUnder("padded")).toEqual([1.2, expect.closeTo(0.2 + 12_241 / 24_000, 9)]);
});

test("durations: the wall clock runs at the pace of the sound when that is faster", async () => {
  const { clock, audio, of } = await setUp({ speed: 4, model: { durations: "wall" } });
  audio("a", noisePcm(24_000), true);
  await clock.advance(1);
  expect(of(stop)[0]!.properties!.duration).toBeCloseTo(1, 6);
});

test("durations hold for what is interrupted too", async () => {
  const { clock, audio, interrupt, of } = await setUp({ model: { durations: "frames" } });
  audio("a", noisePcm(24_000), true);
  await clock.advance(0.41);
  interrupt();
  await clock.advance(1);
  expect(of(stop)[0]!.properties).toMatchObject({ duration: 0.44, interrupted: true });
});

test("secondId: queues waits until the first is done", async () => {
  const { clock, room, audio } = await setUp({ model: { secondId: "queues" } });
  audio("a", noisePcm(24_000), true);
  await clock.advance(0.4);
  audio("b", noisePcm(12_000), true);
  await clock.advance(3);
  expect(await room.turns()).toMatchObject([
    { id: "a", seconds: 1, outcome: "spoken" },
    { id: "b", seconds: 0.5, outcome: "spoken" },
  ]);
});

test("secondId: replaces cuts what plays at the first message of another id; its stop carries what was heard [unknown]", async () => {
  const { clock, room, audio, of } = await setUp({ model: { secondId: "replaces", ids: "kept" } });
  audio("a", noisePcm(24_000), true);
  await clock.advance(0.4);
  audio("b", noisePcm(12_000));
  audio("a", noisePcm(12_000));
  await clock.advance(0.3);
  audio("b", noisePcm(12_000), true);
  await clock.advance(3);
  expect(await room.turns()).toMatchObject([
    { id: "a", seconds: 0.4, receivedFrames: 24_000, outcome: "cut" },
    { id: "b", seconds: 1, outcome: "spoken", gaps: 0 },
  ]);
  expect(of(stop).map(({ inference_id, at, properties }) => [inference_id, at, properties!.duration])).toEqual([
    ["a", expect.closeTo(0.4, 9), 0.4],
    ["b", expect.closeTo(1.4, 9), 1],
  ]);
  expect(of(stop).filter(({ properties }) => properties!.interrupted === true)).toEqual([]);
  expect(room.refused).toMatchObject([{ reason: "inference_id a is used up" }]);
});

test("secondId: what is replaced before it began has no stop", async () => {
  const { clock, room, audio, of } = await setUp({ model: { secondId: "replaces" } });
  audio("a", noisePcm(1000));
  audio("b", noisePcm(12_000), true);
  await clock.advance(3);
  expect(of(start)).toHaveLength(1);
  expect(of(stop)).toHaveLength(1);
  expect((await room.turns())[0]).toMatchObject({ seconds: 0, receivedFrames: 1000, outcome: "cut" });
});

test("abandonFrom arrival: what arrived is played to its end, what comes later is refused [unknown]", async () => {
  const { clock, room, audio, of } = await setUp({ model: { abandonSeconds: 3 } });
  const pcm = noisePcm(20 * 24_000);
  audio("a", pcm.subarray(0, 10 * 24_000));
  await clock.advance(2.9);
  audio("a", pcm.subarray(10 * 24_000, 15 * 24_000));
  await clock.advance(3.1);
  audio("a", pcm.subarray(15 * 24_000), true);
  await clock.advance(8.9);
  expect(of(stop)).toEqual([]);
  await clock.advance(0.2);
  expect(of(stop)[0]!.at).toBeCloseTo(15, 6);
  const [turn] = await room.turns();
  expect(turn).toMatchObject({ seconds: 15, outcome: "cut", playing: false });
  expect(identical(turn!.pcm, pcm.subarray(0, 15 * 24_000))).toBe(true);
  expect(room.refused).toMatchObject([
    { reason: "inference_id a was given up: 3 s from its last message on without another message" },
  ]);
});

test("abandonFrom arrival: one that ran dry before is given up when its seconds are over", async () => {
  const { clock, audio, of, room } = await setUp({ model: { abandonSeconds: 3 } });
  audio("a", noisePcm(24_000));
  await clock.advance(2.9);
  expect(of(stop)).toEqual([]);
  await clock.advance(0.2);
  expect(of(stop)[0]!.at).toBeCloseTo(3, 6);
  audio("a", noisePcm(24_000), true);
  await clock.advance(3);
  expect(room.refused).toHaveLength(1);
});

test("abandonFrom arrival: one that waits behind another is given up too, and what arrived of it is played", async () => {
  const { clock, audio, room } = await setUp({ model: { abandonSeconds: 3 } });
  audio("a", noisePcm(5 * 24_000), true);
  audio("b", noisePcm(24_000));
  await clock.advance(3.5);
  audio("b", noisePcm(24_000), true);
  await clock.advance(5);
  expect(await room.turns()).toMatchObject([
    { id: "a", seconds: 5, outcome: "spoken" },
    { id: "b", seconds: 1, outcome: "cut" },
  ]);
  expect(room.refused).toHaveLength(1);
});

test("abandonFrom dry: counts from the last sound on", async () => {
  const { clock, room, audio, of } = await setUp({ model: { abandonSeconds: 3, abandonFrom: "dry" } });
  audio("a", noisePcm(10 * 24_000));
  await clock.advance(12.9);
  audio("a", noisePcm(24_000));
  await clock.advance(3.9);
  expect(of(stop)).toEqual([]);
  await clock.advance(0.2);
  expect(of(stop)[0]!.at).toBeCloseTo(16.9, 6);
  audio("a", noisePcm(24_000), true);
  await clock.advance(3);
  expect(await room.turns()).toMatchObject([{ seconds: 11, outcome: "cut" }]);
  expect(room.refused).toMatchObject([
    { reason: "inference_id a was given up: 3 s from its last sound on without another message" },
  ]);
});

test("abandonFrom: a text in pieces is given up like audio, and what it said is played", async () => {
  for (const [abandonFrom, refused] of [
    ["arrival", 1],
    ["dry", 0],
  ] as const) {
    const { clock, room, transport, message } = await setUp({ model: { abandonSeconds: 3, abandonFrom } });
    // About 13 letters a second.
    const text = "one two three four five six seven eight nine ten eleven twelve thirteen ";
    transport.send(message({ modality: "text", text, inference_id: "t", done: false }));
    await clock.advance(3.5);
    transport.send(message({ modality: "text", text: "fourteen", inference_id: "t", done: true }));
    await clock.advance(10);
    expect(room.refused).toHaveLength(refused);
    expect(await room.turns()).toMatchObject([{ text: text + (refused ? "" : "fourteen"), playing: false }]);
  }
});

/** Interrupts one that plays and one that waits behind it; then one that has not filled the pre-buffer. */
async function stopsUnder(interruptedStops: ReplicaModel["interruptedStops"]) {
  const { clock, audio, interrupt, of, room } = await setUp({ model: { interruptedStops, ids: "kept" } });
  audio("a", noisePcm(24_000), true);
  audio("b", noisePcm(24_000), true);
  await clock.advance(0.4);
  interrupt();
  await clock.advance(1);
  audio("c", noisePcm(1000));
  await clock.advance(0.1);
  interrupt();
  await clock.advance(1);
  expect((await room.turns()).map(({ outcome }) => outcome)).toEqual(["interrupted", "interrupted", "interrupted"]);
  return of(stop).map(({ inference_id, properties }) => [inference_id, properties]);
}

test("interruptedStops: for what had started, for all that was cleared, or never one [unknown]", async () => {
  expect(await stopsUnder("started")).toEqual([["a", { duration: 0.4, interrupted: true }]]);
  expect(await stopsUnder("always")).toEqual([
    ["a", { duration: 0.4, interrupted: true }],
    ["b", { duration: 0, interrupted: true }],
    ["c", { duration: 0, interrupted: true }],
  ]);
  expect(await stopsUnder("never")).toEqual([]);
});

test("listensAfterSeconds: deaf to what arrives sooner after the replica has joined, and says so [unknown]", async () => {
  const { clock, room, audio } = await setUp({ replica: "late", lateSeconds: 2, model: { listensAfterSeconds: 1 } });
  await clock.advance(2.9);
  audio("a", noisePcm(4800), true);
  await clock.advance(0.1);
  audio("b", noisePcm(4800), true);
  await clock.advance(2);
  expect((await room.turns()).map(({ id }) => id)).toEqual(["b"]);
  expect(room.refused).toMatchObject([
    { reason: "the replica has been in the room for 0.900 s and listens after 1 s" },
  ]);
});
