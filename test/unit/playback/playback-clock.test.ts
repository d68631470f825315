import { expect, test } from "vitest";
import { endsAt, extend, place, run, stillClock, timeOf } from "../../../src/playback/playback-clock.js";

test("estimated from the first message, exact from a start, standing where it runs dry", () => {
  const clock = stillClock();
  extend(clock, 2, 10, 0.1);
  expect([run(clock, 10), run(clock, 10.1)]).toEqual([0, 0]);
  expect(run(clock, 10.6)).toBeCloseTo(0.5, 9);
  expect(timeOf(clock, 1.5, 10.6)).toBeCloseTo(11.6, 9);
  place(clock, 10.8, 0);
  expect(run(clock, 11.8)).toBeCloseTo(1, 9);
  expect(endsAt(clock, 11.8)).toBeCloseTo(12.8, 9);
  // Dry from 12.8 on; more arrives at 14.
  expect(run(clock, 13.9)).toBe(2);
  expect(endsAt(clock, 13.9)).toBeCloseTo(12.8, 9);
  extend(clock, 5, 14, 0.1);
  expect(run(clock, 15)).toBeCloseTo(3, 9);
  expect(timeOf(clock, 6, 15.55)).toBe(Number.POSITIVE_INFINITY);
  // Nothing of it after all: foreseen for 20.
  place(clock, 16, 0, 20);
  expect([run(clock, 16), run(clock, 19.9)]).toEqual([0, 0]);
  expect([clock.startsAt, timeOf(clock, 2, 19.9)]).toEqual([20, 22]);
  expect(run(clock, 21.5)).toBeCloseTo(1.5, 9);
});
