import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { AudioHold } from "../../src/capture/hold.js";

/** Resolves when the processor's module is there. */
let loaded = Promise.resolve();

/** Our own contexts, as far as the hold knows them. */
class Context extends EventTarget {
  static made: Context[] = [];
  static state = "running";
  state = Context.state;
  closed = 0;
  readonly audioWorklet = { addModule: () => loaded };

  constructor() {
    super();
    Context.made.push(this);
  }

  resume(): Promise<void> {
    return new Promise(() => undefined);
  }

  async close(): Promise<void> {
    this.closed++;
    this.state = "closed";
  }
}

beforeEach(() => {
  Context.made = [];
  Context.state = "running";
  loaded = Promise.resolve();
  vi.stubGlobal("AudioContext", Context);
  vi.stubGlobal("AudioWorkletNode", class {});
  vi.stubGlobal("document", Object.assign(new EventTarget(), { baseURI: "http://localhost/" }));
});
afterEach(() => vi.unstubAllGlobals());

const closings = (): number[] => Context.made.map(({ closed }) => closed);

test("the context is kept until the hold is released, and closed once", async () => {
  const hold = new AudioHold(undefined);
  await Promise.all([hold.take(), hold.take()]);
  expect(closings()).toEqual([0]);
  hold.release();
  hold.release();
  expect(closings()).toEqual([1]);
});

test.each(["running", "suspended"])(
  "released while a %s context is being taken, or before: it is closed",
  async (state) => {
    Context.state = state;
    for (const before of [true, false]) {
      const hold = new AudioHold(undefined);
      if (before) hold.release();
      const taken = hold.take();
      const context = Context.made.at(-1)!;
      hold.release();
      await expect(taken).rejects.toMatchObject({ code: "closed" });
      expect(context.closed).toBe(1);
    }
  },
);

test("released while the running context only waits for what is loaded: it is closed at once", async () => {
  let finish = (): void => undefined;
  loaded = new Promise((resolve) => {
    finish = resolve;
  });
  const hold = new AudioHold(undefined);
  const taken = hold.take();
  await new Promise((resolve) => setTimeout(resolve));
  expect(closings()).toEqual([0]);
  hold.release();
  expect(closings()).toEqual([1]);
  finish();
  await taken;
  expect(closings()).toEqual([1]);
});

test("what cannot be loaded leaves no context, and the next take is a real one", async () => {
  const hold = new AudioHold(undefined);
  vi.stubGlobal("AudioWorkletNode", undefined);
  await expect(hold.take()).rejects.toThrow("no AudioWorklet");
  vi.stubGlobal("AudioWorkletNode", class {});
  await hold.take();
  expect(closings()).toEqual([1, 0]);
  hold.release();
  expect(closings()).toEqual([1, 1]);
});

test("a context that was suspended since is asked to resume at the next take; one that was closed is told", async () => {
  const hold = new AudioHold(undefined);
  await hold.take();
  const [context] = Context.made;
  context!.state = "suspended";
  let resumed = 0;
  context!.resume = async () => {
    resumed++;
    context!.state = "running";
    context!.dispatchEvent(new Event("statechange"));
  };
  await hold.take();
  expect([resumed, Context.made.length]).toEqual([1, 1]);
  context!.state = "closed";
  await expect(hold.take()).rejects.toMatchObject({ code: "context-closed" });
  hold.release();
});
