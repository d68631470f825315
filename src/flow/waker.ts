import type { Clock } from "./clock.js";

/** One loop's sleep: until a time, or until somebody calls `wake()`. A wake between two sleeps is not lost. */
export class Waker {
  readonly #clock: Clock;
  #abort = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Ends the current sleep, or the next one at once. */
  wake(): void {
    // A reason of its own: without one each wake would make a DOMException, stack and all.
    this.#abort.abort(true);
  }

  /** Sleeps at most `seconds` (Infinity: until woken). */
  async sleep(seconds: number): Promise<void> {
    if (!this.#abort.signal.aborted) await this.#clock.sleep(seconds, this.#abort.signal);
    if (this.#abort.signal.aborted) this.#abort = new AbortController();
  }
}
