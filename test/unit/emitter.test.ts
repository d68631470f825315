import { expect, test, vi } from "vitest";
import { Emitter } from "../../src/emitter.js";

test("a listener is called until its undo or its signal", () => {
  const emitter = new Emitter<{ level: number }>();
  const abort = new AbortController();
  const heard: number[] = [];
  const off = emitter.on("level", (level) => heard.push(level));
  emitter.on("level", (level) => heard.push(-level), { signal: abort.signal });
  emitter.emit("level", 1);
  off();
  emitter.emit("level", 2);
  abort.abort();
  expect(emitter.emit("level", 3)).toBe(false);
  expect(heard).toEqual([1, -1, -2]);
});

test("a listener that throws is reported, and the others are called", () => {
  const reported = vi.fn();
  vi.stubGlobal("reportError", reported);
  const emitter = new Emitter<{ level: number }>();
  const heard: number[] = [];
  emitter.on("level", () => {
    throw new Error("listener");
  });
  emitter.on("level", (level) => heard.push(level));
  expect(emitter.emit("level", 1)).toBe(true);
  expect(heard).toEqual([1]);
  expect(reported).toHaveBeenCalledOnce();
  vi.unstubAllGlobals();
});
