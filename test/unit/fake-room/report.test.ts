/** What a test that fails is told: why nothing was heard, what happened, and how samples differ. */
import { expect, test } from "vitest";
import { compareSamples, createFakeRoom, fakeRoomMatchers } from "../../../src/fake-room/index.js";
import { attachReport } from "../../../src/fake-room/report/attachments.js";
import { noisePcm } from "../../support/pcm-source.js";
import { base64, setUp } from "./support.js";

declare module "vitest" {
  interface Matchers<T> {
    toHaveHeard(samples: Int16Array, tolerance?: { db?: number; shiftFrames?: number }): T;
  }
}
expect.extend(fakeRoomMatchers);

const why = async (
  act: (set: Awaited<ReturnType<typeof setUp>>) => unknown,
  options: Parameters<typeof setUp>[0] = {},
) => {
  const set = await setUp(options);
  await act(set);
  await set.clock.advance(1);
  expect((await set.room.turns()).every(({ seconds }) => seconds === 0)).toBe(true);
  return set.room.why;
};

test("why: nobody, nothing sent, no echo, lost, refused, no replica, too little, deaf", async () => {
  const empty = await createFakeRoom();
  expect(empty.why).toBe("Nobody has joined the room.");
  empty.close();
  expect(await why(() => {})).toBe("Somebody joined, but sent nothing.");
  expect(await why(() => {}, { replica: "absent" })).toBe(
    "Somebody joined, but sent nothing. The replica is not in the room.",
  );
  expect(await why(({ interrupt, transport }) => [interrupt(), interrupt(), transport.send({ n: 1 })])).toBe(
    "3 messages were sent, none of them a conversation.echo: 2 × conversation.interrupt; no event_type.",
  );
  expect(await why(({ audio }) => audio("a", noisePcm(4800), true), { faults: { loss: 1 } })).toBe(
    "1 conversation.echo message was sent. On the way: lost.",
  );
  expect(await why(({ echo }) => [echo({ audio: "AAAA" }), echo({ audio: "****" })])).toBe(
    "2 conversation.echo messages were sent. Refused: audio has an odd number of bytes; audio is not base64.",
  );
  expect(await why(({ audio }) => audio("a", noisePcm(4800), true), { replica: "absent" })).toBe(
    "1 conversation.echo message was sent. The replica is not in the room: what is sent then is lost.",
  );
  expect(await why(({ audio }) => audio("a", noisePcm(4800), true), { replica: "late", lateSeconds: 0.5 })).toMatch(
    /^1 conversation.echo message was sent. They arrived before the replica was in the room/,
  );
  expect(await why(({ audio }) => audio("a", noisePcm(1000)))).toMatch(
    /^1 conv.* 1000 samples arrived and have not been/,
  );
  expect(await why(({ audio }) => audio("a", noisePcm(4800), true), { faults: { latencySeconds: 9 } })).toMatch(
    /still on the way/,
  );
  expect(await why(({ audio }) => audio("a", noisePcm(4800), true), { model: { listensAfterSeconds: 5 } })).toMatch(
    /Refused: the replica has been in the room for 0.000 s and listens after 5 s/,
  );
});

test("why: undefined as soon as something was heard; a greeting is not among it", async () => {
  const { clock, room, audio } = await setUp({ model: { greeting: "Hello there" } });
  await clock.advance(3);
  expect(room.why).toBe("Somebody joined, but sent nothing.");
  audio("a", noisePcm(4800), true);
  await clock.advance(0.1);
  expect(room.why).toBeUndefined();
});

test("samples are not shown: a turn's text is short, and its samples are there", async () => {
  const { clock, room, audio } = await setUp();
  const pcm = noisePcm(24_000);
  audio("a", pcm, true);
  await clock.advance(2);
  const [turn] = await room.turns();
  const heard = await room.heard(["a"]);
  for (const one of [turn!, heard]) {
    expect(Object.keys(one)).not.toContain("pcm");
    expect(JSON.stringify(one).length).toBeLessThan(250);
    expect(one.pcm).toBe(one.pcm);
    expect(one.pcm).toHaveLength(24_000);
    expect(one.wav).toHaveLength(44 + 48_000);
  }
});

test("timeline: a line per message and per refusal, in the order of time, without base64", async () => {
  const { clock, room, audio, echo } = await setUp({ faults: { loss: 0 } });
  audio("a", noisePcm(4800), true);
  await clock.advance(0.5);
  room.set({ signalling: "drop" });
  echo({ audio: base64(noisePcm(10)) });
  room.set({ signalling: "up" });
  echo({ audio: "****", inference_id: "b" });
  await clock.advance(0.1);
  const lines = room.timeline.trimEnd().split("\n");
  expect(lines).toHaveLength(room.messages.length + room.refused.length);
  expect(room.timeline).toMatch(/ {4}0\.000 s {2}\w{8} {2}conversation\.echo \{.*"samples":4800\}/);
  expect(room.timeline).toMatch(/0\.500 s .*"samples":10\} \(lost\)/);
  expect(room.timeline).toMatch(/0\.500 s {2}\w{8} {2}refused: audio is not base64/);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThan(300);
});

const signal = noisePcm(24_000, 7);
const shifted = (by: number): Int16Array => {
  const moved = new Int16Array(signal.length);
  for (let n = 0; n < moved.length; n++) moved[n] = signal[n - by] ?? 0;
  return moved;
};
const scaled = (factor: number): Int16Array => signal.map((sample) => Math.round(sample * factor));

test("compareSamples: the first difference, the shift, the level of the error, the gain", () => {
  expect(compareSamples(signal, signal.slice())).toMatchObject({
    same: true,
    firstDifference: undefined,
    shiftFrames: 0,
  });
  for (const by of [1, 240, -37, 4800, -4800])
    expect(compareSamples(shifted(by), signal), String(by)).toMatchObject({
      ...{ same: false, shiftFrames: by, db: Number.POSITIVE_INFINITY, gainDb: 0 },
    });
  const one = signal.slice();
  one[9000]! += 1;
  expect(compareSamples(one, signal)).toMatchObject({ firstDifference: 9000, shiftFrames: 0 });
  expect(compareSamples(one, signal).db).toBeGreaterThan(100);
  const quiet = compareSamples(scaled(0.5), signal);
  expect(quiet.gainDb).toBeCloseTo(-6.02, 1);
  expect(quiet.db).toBeCloseTo(6.02, 1);
  expect(compareSamples(signal.subarray(0, 12_000), signal)).toMatchObject({ firstDifference: 12_000, shiftFrames: 0 });
  expect(compareSamples(new Int16Array(), signal)).toMatchObject({ firstDifference: 0, heardFrames: 0, db: 0 });
  expect(compareSamples(signal, new Int16Array())).toMatchObject({ firstDifference: 0, expectedFrames: 0 });
});

test("toHaveHeard: exact by default, within a tolerance when asked, and its message is a sentence", async () => {
  const { clock, room, audio } = await setUp();
  audio("a", signal, true);
  await clock.advance(2);
  const [turn] = await room.turns();
  expect(turn).toHaveHeard(signal);
  expect(await room.heard(["a"])).toHaveHeard(signal);
  expect(() => expect(turn).toHaveHeard(shifted(-24))).toThrow(
    "24000 samples were heard (1.000 s), 24000 expected (1.000 s); the first difference is at sample 0 (0.000 s); shifted by 24 samples (1.0 ms) what overlaps agrees to Infinity dB.",
  );
  expect(() => expect(turn).toHaveHeard(scaled(0.5))).toThrow(
    /without a shift what overlaps agrees to -?\d+\.\d dB and is 6\.0 dB louder/,
  );
  expect(turn).toHaveHeard(shifted(-24), { db: 60, shiftFrames: 24 });
  expect(() => expect(turn).toHaveHeard(shifted(-25), { db: 60, shiftFrames: 24 })).toThrow();
  expect(() => expect(turn).not.toHaveHeard(signal)).toThrow("the same, sample for sample");
  expect(() => expect("speech").toHaveHeard(signal)).toThrow(TypeError);
  expect(() => expect(turn).toHaveHeard([1] as unknown as Int16Array)).toThrow(TypeError);
  expect(() => expect(turn).toHaveHeard(signal, { dB: 6 } as object)).toThrow(/Did you mean "db"/);
});

test("attachments: timeline, faults, and a WAV per sample rate", async () => {
  const { clock, room, audio } = await setUp();
  audio("a", noisePcm(4800), true);
  audio("b", noisePcm(3200), true, 16_000);
  await clock.advance(2);
  const attached: Record<string, { body: string | Uint8Array; contentType: string }> = {};
  const testInfo = {
    async attach(name: string, options: { body: string | Uint8Array; contentType: string }) {
      attached[name] = options;
    },
  };
  const report = { timeline: room.timeline, why: room.why, faults: { latencySeconds: Number.POSITIVE_INFINITY } };
  await attachReport(testInfo, { ...report, turns: await room.turns() });
  expect(Object.keys(attached)).toEqual(["timeline.txt", "faults.json", "heard-24000.wav", "heard-16000.wav"]);
  expect(attached["timeline.txt"]!.body).toMatch(/conversation\.echo[\s\S]*"outcome":"spoken"/);
  expect(attached["faults.json"]!.body).toContain('"Infinity"');
  expect(Buffer.isBuffer(attached["heard-16000.wav"]!.body)).toBe(true);
  expect(attached["heard-16000.wav"]!.body).toHaveLength(44 + 2 * (3200 + 8000));
});
