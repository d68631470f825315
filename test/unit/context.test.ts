import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { whenRunning } from "../../src/capture/context.js";
import { watchContext } from "../../src/capture/watch.js";
import type { Warning } from "../../src/warning.js";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** The part of an AudioContext that waiting and watching look at. */
class Context extends EventTarget {
  state = "suspended";
  currentTime = 0;
  resumed = 0;
  /** What the browser does on resume(). */
  onresume: () => void = () => undefined;

  resume(): Promise<void> {
    this.resumed++;
    this.onresume();
    return new Promise(() => undefined);
  }

  become(state: string): void {
    this.state = state;
    this.dispatchEvent(new Event("statechange"));
  }

  get asContext(): BaseAudioContext {
    return this as unknown as BaseAudioContext;
  }
}

const forever = new AbortController().signal;

test("a suspended context is resumed; one that stays suspended fails after 3 s, with prepare() as the remedy", async () => {
  const context = new Context();
  context.onresume = () => queueMicrotask(() => context.become("running"));
  await whenRunning(context.asContext, forever);
  const stubborn = new Context();
  const waiting = expect(whenRunning(stubborn.asContext, forever)).rejects.toMatchObject({
    code: "context-suspended",
    remedy: expect.stringContaining("prepare()"),
  });
  await vi.advanceTimersByTimeAsync(3000);
  await waiting;
  expect(stubborn.resumed).toBe(1);
});

test("an interrupted context is waited for and never resumed", async () => {
  const context = new Context();
  context.state = "interrupted";
  const waiting = whenRunning(context.asContext, forever);
  await vi.advanceTimersByTimeAsync(2900);
  context.become("running");
  await waiting;
  context.state = "interrupted";
  const failing = expect(whenRunning(context.asContext, forever)).rejects.toMatchObject({
    code: "context-suspended",
    message: expect.stringContaining("interrupted"),
  });
  await vi.advanceTimersByTimeAsync(3000);
  await failing;
  expect(context.resumed).toBe(0);
});

test("one that the system gives back suspended is resumed then", async () => {
  const context = new Context();
  context.state = "interrupted";
  context.onresume = () => queueMicrotask(() => context.become("running"));
  const waiting = whenRunning(context.asContext, forever);
  await vi.advanceTimersByTimeAsync(1000);
  expect(context.resumed).toBe(0);
  context.become("suspended");
  await waiting;
  expect(context.resumed).toBe(1);
});

test("a closed context fails at once, an abort ends the wait", async () => {
  const context = new Context();
  context.state = "closed";
  await expect(whenRunning(context.asContext, forever)).rejects.toMatchObject({ code: "context-closed" });
  const closing = new Context();
  const waiting = expect(whenRunning(closing.asContext, forever)).rejects.toMatchObject({ code: "context-closed" });
  closing.become("closed");
  await waiting;
  const abort = new AbortController();
  const aborted = expect(whenRunning(new Context().asContext, abort.signal)).rejects.toMatchObject({
    name: "AbortError",
  });
  abort.abort();
  await aborted;
  expect(vi.getTimerCount()).toBe(0);
});

test("a clock that stands still, a suspension and an interruption are told once each", async () => {
  const context = new Context();
  const abort = new AbortController();
  const warnings: Warning[] = [];
  void watchContext(context.asContext, abort.signal, (warning) => warnings.push(warning));
  const pass = async (seconds: number, moving: boolean): Promise<void> => {
    for (let passed = 0; passed < seconds; passed++) {
      if (moving) context.currentTime++;
      await vi.advanceTimersByTimeAsync(1000);
      await vi.dynamicImportSettled();
    }
  };
  context.state = "running";
  await pass(10, true);
  expect(warnings).toEqual([]);
  await pass(10, false);
  expect(warnings.map(({ code }) => code)).toEqual(["clock-stalled"]);
  await pass(10, true);
  await pass(4, false);
  context.state = "suspended";
  await pass(6, false);
  context.state = "interrupted";
  await pass(6, false);
  expect(warnings.map(({ code }) => code)).toEqual([
    "clock-stalled",
    "clock-stalled",
    "context-suspended",
    "context-interrupted",
  ]);
  abort.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect(vi.getTimerCount()).toBe(0);
});
