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

test("advance takes 0 or more seconds", async () => {
  const clock = new VirtualClock();
  for (const seconds of [-1, Number.NaN, Number.POSITIVE_INFINITY, "1" as unknown as number, undefined as never])
    await expect(clock.advance(seconds)).rejects.toThrow(RangeError);
  await clock.advance(0);
  expect(clock.now()).toBe(0);
});

test("until lets exactly as much time pass as the promise needs, and gives its value or its reason", async () => {
  const clock = new VirtualClock();
  const later = async (seconds: number, value: string): Promise<string> => {
    await clock.sleep(seconds);
    return value;
  };
  expect(await clock.until(later(3.123, "a"), { pace: Number.POSITIVE_INFINITY })).toBe("a");
  expect(clock.now()).toBe(3.123);
  expect(await clock.until(Promise.resolve("b"))).toBe("b");
  expect(clock.now()).toBe(3.123);
  const failing = later(1, "c").then(() => {
    throw new Error("no");
  });
  await expect(clock.until(failing, { pace: 1000 })).rejects.toThrow("no");
  expect(clock.now()).toBe(4.123);
});

test("until waits no longer than it is told to, and says what still sleeps", async () => {
  const clock = new VirtualClock();
  const never = new Promise<void>(() => {});
  const pace = Number.POSITIVE_INFINITY;
  await expect(clock.until(never, { seconds: 2, pace })).rejects.toThrow(
    "until() waited 2 s of virtual time and the promise is still pending. Nothing sleeps on this clock",
  );
  expect(clock.now()).toBeCloseTo(2, 9);
  void clock.sleep(100);
  await expect(clock.until(never, { seconds: 1, pace })).rejects.toThrow("The next of 1 sleepers wakes at 102 s.");
  for (const options of [{ seconds: 0 }, { seconds: Number.NaN }, { pace: 0 }])
    await expect(clock.until(never, options)).rejects.toThrow(RangeError);
});

test("until lets what takes real time go on: no more than pace virtual seconds pass in a real one", async () => {
  const clock = new VirtualClock();
  const real = new Promise<number>((resolve) => setTimeout(() => resolve(clock.now()), 100));
  const passed = await clock.until(real, { pace: 10 });
  // 0.1 s of real time are 1 virtual second; a loaded machine calls the timer late, and never early.
  expect(passed).toBeGreaterThan(0);
  expect(passed).toBeLessThan(60);
});

test("hold: virtual time stands still until a real promise is settled, whether it resolves or not", async () => {
  const clock = new VirtualClock();
  const at: number[] = [];
  const held = clock.hold(new Promise<string>((resolve) => setTimeout(() => resolve("there"), 30)));
  void held.then(async () => {
    at.push(clock.now());
    await clock.sleep(1);
    at.push(clock.now());
  });
  await clock.advance(5);
  expect(await held).toBe("there");
  expect(at).toEqual([0, 1]);
  const failing = clock.hold(new Promise((_, reject) => setTimeout(() => reject(new Error("no")), 10)));
  failing.catch(() => at.push(clock.now()));
  await clock.advance(5);
  expect(at).toEqual([0, 1, 5]);
});
