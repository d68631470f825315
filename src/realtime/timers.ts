import type { Clock } from "../flow/clock.js";

/** Things to do later, as long as a signal has not aborted. */
export class Timers {
  readonly #clock: Clock;
  readonly #pending = new Set<AbortController>();
  readonly #over: AbortSignal;

  /** Nothing is done once `over` has aborted. */
  constructor(clock: Clock, over: AbortSignal) {
    this.#clock = clock;
    this.#over = over;
    over.addEventListener("abort", () => {
      for (const stop of this.#pending) stop.abort();
    });
  }

  /** Calls `then` after `seconds`. Returns what calls it off. */
  after(seconds: number, then: () => void): () => void {
    const stop = new AbortController();
    if (this.#over.aborted) return () => {};
    this.#pending.add(stop);
    void this.#clock.sleep(seconds, stop.signal).then(() => {
      this.#pending.delete(stop);
      if (!stop.signal.aborted) then();
    });
    return () => stop.abort();
  }
}
