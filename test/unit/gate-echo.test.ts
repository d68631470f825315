import { beforeAll, expect, test } from "vitest";
import { Gate } from "../../worklet/gate.js";
import { atLevel, echoOf, mixed } from "../support/echo-path.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { speechRate as rate, speech } from "../support/speech.js";

const seconds = 14;
const replicaDb = -20;
const userDb = -25;
/** Two sentences of the replica from second 1 on, and one of the user. */
let replica: Float32Array;
let user: Float32Array;

beforeAll(async () => {
  const first = await speech("Good morning, my name is Anna, and I will help you with your travel plans today.");
  const second = await speech("Please choose: a window seat, an aisle seat, or no seat at all?", "en-gb+f3");
  const third = await speech("She had your dark suit in greasy wash water all year.", "en-us+f2");
  const sentences = [first, second, third].map((pcm) => atLevel(pcm, replicaDb));
  let at = 1;
  const parts = sentences.map((samples) => {
    const part = [at, samples] as const;
    at += samples.length / rate + 0.3;
    return part;
  });
  replica = mixed(seconds, rate, parts);
  const said = atLevel(await speech("Wait, stop, I have another question about that."), userDb);
  // From the first sample that is no longer quiet.
  user = said.subarray(said.findIndex((sample) => Math.abs(sample) > 10 ** ((userDb - 10) / 20)));
});

/** What the gate tells, in seconds of when it told it, for a microphone in a room with noise at -65 dB. */
function told(microphone: Float32Array, reference: Float32Array | undefined, seed = 1): [boolean, number][] {
  const gate = new Gate(rate);
  const random = pseudoRandom(seed);
  const noise = 10 ** (-65 / 20) * Math.sqrt(12);
  const events: [boolean, number][] = [];
  for (let frame = 0; frame < microphone.length; frame += 128) {
    const plane = microphone.subarray(frame, frame + 128).map((sample) => sample + noise * (random() - 0.5));
    if (gate.push([plane], frame, reference && [reference.subarray(frame, frame + 128)]) >= 0)
      events.push([gate.active, (frame + plane.length) / rate]);
  }
  return events;
}

const ways = [0.05, 0.1, 0.2].flatMap((delay) => [-10, -20, -30, -50].map((db) => [delay, db] as const));

test.each(ways)("the replica's own voice, %f s late at %i dB, is no speech", (delay, db) => {
  const echo = echoOf(replica, rate, delay, db);
  expect(told(echo, replica)).toEqual([]);
  // Without the reference it is, where it can be heard at all.
  if (db > -40) expect(told(echo, undefined).length).toBeGreaterThan(0);
});

test.each(ways.filter(([, db]) => db <= -20))(
  "the user is heard over the replica's voice, %f s late at %i dB, within 0.15 s, and for as long as they speak",
  (delay, db) => {
    const late: number[] = [];
    const ends: number[] = [];
    // From within the first second and a half of all that the replica has ever said, to long after.
    for (const at of [2.3, 3.1, 5.2, 7.7]) {
      const events = told(
        mixed(seconds, rate, [
          [0, echoOf(replica, rate, delay, db)],
          [at, user],
        ]),
        replica,
      );
      expect(events.map(([active]) => active)).toEqual([true, false]);
      late.push(events[0][1] - at);
      ends.push(events[1][1] - at - user.length / rate);
    }
    console.log(
      `${delay} s, ${db} dB: told ${late.map((s) => `${Math.round(1000 * s)} ms`).join(", ")} after the beginning, ${ends.map((s) => `${Math.round(1000 * s)} ms`).join(", ")} after the end`,
    );
    for (const seconds of late) expect(seconds).toBeLessThan(0.15);
    for (const seconds of ends) expect(seconds).toBeLessThan(1);
  },
);

test("a user who is speaking is not cut off when the replica begins, nor held when it goes on after them", () => {
  // The replica begins half a second into what the user says, and says more than that.
  const reference = mixed(seconds, rate, [[2.5, replica.subarray(rate)]]);
  const events = told(
    mixed(seconds, rate, [
      [0, echoOf(reference, rate, 0.1, -25)],
      [2, user],
    ]),
    reference,
  );
  const end = 2 + user.length / rate;
  expect(events.map(([active]) => active)).toEqual([true, false]);
  expect(events[1][1]).toBeGreaterThan(end - 0.1);
  expect(events[1][1]).toBeLessThan(end + 1);
});

test("a loudspeaker that is turned up is taken for speech once, not for ever", () => {
  const loud = mixed(
    60,
    rate,
    [0, 12, 24, 36, 48].map((at) => [at, replica] as const),
  );
  const echo = echoOf(loud, rate, 0.1, -40);
  for (let n = 20 * rate; n < echo.length; n++) echo[n] *= 10 ** (20 / 20);
  const events = told(echo, loud);
  console.log(`turned up by 20 dB at 20 s: ${JSON.stringify(events)}`);
  expect(events.filter(([, at]) => at > 36)).toEqual([]);
});

test("values that are no numbers leave the gate as it was", () => {
  const gate = new Gate(rate);
  const broken = new Float32Array(rate).fill(Number.NaN);
  gate.push([broken], 0, [broken]);
  const loud = Float32Array.from(user);
  expect(gate.push([new Float32Array(rate)], rate)).toBe(-1);
  expect(gate.push([loud.subarray(0, rate / 2)], 2 * rate)).toBeGreaterThan(1.98 * rate);
  expect(gate.active).toBe(true);
});
