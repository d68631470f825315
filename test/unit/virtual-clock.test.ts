import { expect, test } from "vitest";
import { VirtualClock } from "../../src/flow/virtual-clock.js";

test("sleepers wake in the order of their time, each at its own", async () => {
  const clock = new VirtualClock();
  const woken: [string, number][] = [];
  const sleep = async (name: string, seconds: number): Promise<void> => {
    await clock.sleep(seconds);
    woken.push([name, clock.now()]);
  };
  void sleep("late", 3);
  void sleep("early", 1).then(() => sleep("again", 0.5));
  await clock.advance(2);
  expect(woken).toEqual([
    ["early", 1],
    ["again", 1.5],
  ]);
  await clock.advance(2);
  expect(woken.at(-1)).toEqual(["late", 3]);
  expect(clock.now()).toBe(4);
});

test("an aborted sleep wakes at once and does not reject", async () => {
  const clock = new VirtualClock();
  const abort = new AbortController();
  const sleeping = clock.sleep(60, abort.signal);
  abort.abort();
  await sleeping;
  expect(clock.now()).toBe(0);
});
