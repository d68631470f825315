import type { Clock } from "./clock.js";

interface Sleeper {
  at: number;
  order: number;
  wake(): void;
}

/**
 * A {@link Clock} that moves only when told to. Sleepers wake in the order of their time, then of their call, and
 * between two wakes all pending promise reactions run, so a run is the same every time.
 */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #sleepers = new Set<Sleeper>();

  /** Virtual seconds since construction. */
  now(): number {
    return this.#now;
  }

  /** See {@link Clock.sleep}; wakes inside {@link VirtualClock.advance}. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted || seconds <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper: Sleeper = { at: this.#now + seconds, order: this.#order++, wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  /** Lets `seconds` pass: wakes every sleeper that falls due, each at its own time, and settles what that sets off. */
  async advance(seconds: number): Promise<void> {
    const end = this.#now + seconds;
    await settle();
    for (let next = this.#next(end); next; next = this.#next(end)) {
      this.#now = next.at;
      next.wake();
      await settle();
    }
    this.#now = end;
  }

  #next(end: number): Sleeper | undefined {
    let first: Sleeper | undefined;
    for (const sleeper of this.#sleepers) {
      if (sleeper.at > end) continue;
      if (!first || sleeper.at < first.at || (sleeper.at === first.at && sleeper.order < first.order)) first = sleeper;
    }
    return first;
  }
}

/** A macrotask runs only after the microtask queue is empty, and streams go on in microtasks. */
const settle = (): Promise<void> => new Promise(macrotask);

function macrotask(run: () => void): void {
  // Node's own is ten times as fast, and minutes of virtual time are a hundred thousand wakes.
  const { setImmediate } = globalThis as { setImmediate?: (run: () => void) => void };
  if (setImmediate) {
    setImmediate(run);
    return;
  }
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    port1.close();
    run();
  };
  port2.postMessage(undefined);
}
