import { expect, test } from "vitest";
import { Gate } from "../../worklet/gate.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { speech, speechRate } from "../support/speech.js";

const rate = 48_000;

/** The block as a device gives it. */
type Channels = (plane: Float32Array) => readonly Float32Array[];

/** Runs blocks of `block` frames through a gate for `frames` frames at `hz`. Gives when it changed, in seconds. */
function told(
  hz: number,
  frames: number,
  block: number,
  blockAt: (frame: number) => readonly Float32Array[],
): [boolean, number][] {
  const gate = new Gate(hz);
  const found: [boolean, number][] = [];
  for (let frame = 0; frame < frames; frame += block) {
    const at = gate.push(blockAt(frame), frame);
    if (at >= 0) found.push([gate.active, at / hz]);
  }
  return found;
}

/** What is told of noise; `level` in dB of full scale at each second. */
function changes(
  seconds: number,
  level: (time: number) => number,
  block = 128,
  seed = 1,
  channels: Channels = (plane) => [plane],
): [boolean, number][] {
  const random = pseudoRandom(seed);
  return told(rate, seconds * rate, block, (frame) =>
    channels(
      // Uniform noise of this RMS.
      Float32Array.from(
        { length: block },
        (_, i) => 10 ** (level((frame + i) / rate) / 20) * Math.sqrt(12) * (random() - 0.5),
      ),
    ),
  );
}

const words = (time: number, floor: number, speech: number): number =>
  // Two sentences; the first has a pause of half a second.
  (time > 2 && time < 3) || (time > 3.5 && time < 4.5) || (time > 6 && time < 7) ? speech : floor;

test.each([
  [-80, -30],
  [-60, -30],
  [-45, -25],
  [-35, -15],
])("sentences are found in noise at %i dB, speech at %i dB, whatever the block", (floor, speech) => {
  for (const block of [64, 128, 480]) {
    const found = changes(9, (time) => words(time, floor, speech), block);
    expect(found.map(([active]) => active)).toEqual([true, false, true, false]);
    for (const [n, time] of [2, 4.5, 6, 7].entries()) expect(Math.abs(found[n]![1] - time)).toBeLessThanOrEqual(0.02);
  }
});

test("of two channels either is heard, and one with both is as one", () => {
  const level = (time: number): number => words(time, -60, -30);
  const ways: Record<string, Channels> = {
    mono: (plane) => [plane],
    both: (plane) => [plane, plane],
    left: (plane) => [plane, new Float32Array(plane.length)],
    right: (plane) => [new Float32Array(plane.length), plane],
  };
  const found = Object.values(ways).map((channels) => changes(9, level, 128, 1, channels));
  expect(found[0]?.map(([active]) => active)).toEqual([true, false, true, false]);
  for (const other of found) expect(other).toEqual(found[0]);
});

test("steady noise, silence and a click are no speech", () => {
  for (const level of [-120, -80, -40, -10])
    for (let seed = 1; seed <= 5; seed++) expect(changes(10, () => level, 128, seed)).toEqual([]);
  expect(changes(6, (time) => (time > 3 && time < 3.03 ? -10 : -60))).toEqual([]);
});

test("a fan that is switched on is taken for speech at most for some seconds", () => {
  const found = changes(40, (time) => (time > 5 ? -40 : -60));
  expect(found.map(([active]) => active)).toEqual([true, false]);
  expect(found[1]![1]).toBeLessThan(30);
});

test("the noise that follows digital silence, of a device that is muted or has not begun, is no speech", () => {
  const silence = Number.NEGATIVE_INFINITY;
  for (const level of [-50, -20])
    for (let seed = 1; seed <= 2; seed++)
      // Begun and ended within a window, whatever the seed: one with a few samples of noise says nothing of it.
      for (const at of [1.0001, 1.0049, 1.0099]) {
        const muted = (time: number): boolean => time < at || (time > 4.0003 && time < 4 + at);
        expect(changes(7, (time) => (muted(time) ? silence : level), 128, seed)).toEqual([]);
      }
  // And a voice in it is heard.
  const found = changes(9, (time) => (time < 1 ? silence : words(time, -50, -25)));
  expect(found.map(([active]) => active)).toEqual([true, false, true, false]);
});

test("a device that gives digital silence between words is heard from the second sound on, however steady that is", () => {
  const silence = Number.NEGATIVE_INFINITY;
  for (const level of [-50, -10]) {
    const found = changes(9, (time) => words(time, silence, level));
    expect(found.map(([active]) => active)).toEqual([true, false, true, false]);
    for (const [n, time] of [3.5, 4.5, 6, 7].entries()) expect(Math.abs(found[n]![1] - time)).toBeLessThanOrEqual(0.02);
  }
});

test("real words between digital silences are heard at once, the first ones too", async () => {
  const said = await speech("Wait, stop, I have another question about that.");
  const first = said.findIndex((sample) => Math.abs(sample) > 0.01);
  const once = [...new Float32Array(speechRate), ...said.subarray(first), ...new Float32Array(speechRate)];
  const heard = Float32Array.from([...once, ...once]);
  const found = told(speechRate, heard.length, 128, (frame) => [heard.subarray(frame, frame + 128)]);
  console.log(`words at 1.00 and ${(once.length / speechRate + 1).toFixed(2)} s: ${JSON.stringify(found)}`);
  const starts = found.filter(([active]) => active).map(([, at]) => at);
  expect(starts).toHaveLength(2);
  // What comes before an utterance reaches back as far.
  expect(starts[0]).toBeLessThan(1 + 0.3);
  expect(starts[1]).toBeLessThan(once.length / speechRate + 1 + 0.02);
});
