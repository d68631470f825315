import { type Clock, systemClock } from "./clock.js";

interface Sleeper {
  at: number;
  order: number;
  wake(): void;
}

/** Seconds of real time that a promise given to {@link VirtualClock.hold} may take. */
const longestHold = 10;

/**
 * A {@link Clock} that moves only when told to. Sleepers wake in the order of their time, then of their call, and
 * between two wakes all pending promise reactions run, so a run is the same every time.
 */
export class VirtualClock implements Clock {
  #now = 0;
  #order = 0;
  readonly #sleepers = new Set<Sleeper>();
  readonly #held = new Set<Promise<unknown>>();

  /** Virtual seconds since construction. */
  now(): number {
    return this.#now;
  }

  /** See {@link Clock.sleep}; wakes inside {@link VirtualClock.advance} and {@link VirtualClock.until}. */
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

  /**
   * Lets `seconds` pass: wakes every sleeper that falls due, each at its own time, and settles what that sets off. It takes
   * no real time, so what does (a fetch, a file, a module that loads) is not over when it returns: see
   * {@link VirtualClock.until} and {@link VirtualClock.hold}.
   *
   * @throws RangeError when `seconds` is no number of 0 or more, or Infinity; Error when a promise that is held takes over 10 s.
   */
  async advance(seconds: number): Promise<void> {
    if (!(Number.isFinite(seconds) && seconds >= 0))
      throw new RangeError(`advance() takes seconds of 0 or more, not ${String(seconds)}.`);
    const end = this.#now + seconds;
    while (await this.#wakeNext(end));
    this.#now = end;
  }

  /**
   * Lets time pass until `promise` is settled, and gives what it resolves or rejects with. For what takes real time as well: virtual time
   * goes `pace` times as fast as real time at most (default 20; Infinity: as fast as it can).
   *
   * @param options.seconds Virtual seconds to wait at most. Default 60.
   * @throws Error when the promise is still pending then; RangeError for numbers out of range.
   */
  async until<T>(promise: Promise<T>, { seconds = 60, pace = 20 } = {}): Promise<T> {
    if (!(seconds > 0 && pace > 0)) throw new RangeError("until() takes seconds and a pace above 0.");
    let settled = false;
    const settle = (): void => {
      settled = true;
    };
    promise.then(settle, settle);
    const [start, realStart] = [this.#now, systemClock.now()];
    const end = start + seconds;
    while (!settled && this.#now < end) {
      // Small steps, so that real time is spread evenly.
      const step = Math.min(this.#now + 0.02, end);
      let woke = true;
      while (woke && !settled) woke = await this.#wakeNext(step);
      if (settled) break;
      this.#now = step;
      const ahead = (step - start) / pace - (systemClock.now() - realStart);
      if (ahead > 0) await systemClock.sleep(ahead);
    }
    if (settled) return promise;
    const next = this.#next(Number.POSITIVE_INFINITY);
    throw new Error(
      `until() waited ${seconds} s of virtual time and the promise is still pending. ${next ? `The next of ${this.#sleepers.size} sleepers wakes at ${next.at} s.` : "Nothing sleeps on this clock: is it the clock that the code under test was given?"}`,
    );
  }

  /**
   * Makes virtual time stand still until `promise` is settled, in real time: `pcm(clock.hold(fetch(url)))`. Gives the promise back.
   * `advance()` and `until()` then wait for it, 10 s at most.
   */
  hold<T>(promise: Promise<T>): Promise<T> {
    this.#held.add(promise);
    const release = (): void => void this.#held.delete(promise);
    promise.then(release, release);
    return promise;
  }

  /** Settles what is pending, then wakes the first sleeper that is due until `end`; false when there is none. */
  async #wakeNext(end: number): Promise<boolean> {
    await settle();
    if (this.#held.size > 0) await this.#release();
    const next = this.#next(end);
    if (!next) return false;
    this.#now = next.at;
    next.wake();
    return true;
  }

  async #release(): Promise<void> {
    const start = systemClock.now();
    while (this.#held.size > 0) {
      if (systemClock.now() - start > longestHold)
        throw new Error(`A promise that hold() was given is still pending after ${longestHold} s of real time.`);
      await systemClock.sleep(0.001);
    }
    // What waited for it goes on before time does.
    await settle();
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
  const { setImmediate, MessageChannel: Channel } = globalThis as {
    setImmediate?: (run: () => void) => void;
    MessageChannel?: typeof MessageChannel;
  };
  if (setImmediate) {
    setImmediate(run);
    return;
  }
  // jsdom has neither.
  if (!Channel) {
    setTimeout(run);
    return;
  }
  const { port1, port2 } = new Channel();
  port1.onmessage = () => {
    port1.close();
    run();
  };
  port2.postMessage(undefined);
}
