import type { Timers } from "./timers.js";

/** Finds the end of an answer in its silence, where a provider does not say when it ends. */
export class AnswerGaps {
  readonly #timers: Timers;
  readonly #watched = new Map<string, () => void>();

  /** Watches nothing by itself. */
  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** Audio of an answer arrived: `then` is called when no more does for `seconds`. */
  watch(responseId: string, seconds: number, then: () => void): void {
    this.forget(responseId);
    const callOff = this.#timers.after(seconds, () => {
      this.#watched.delete(responseId);
      then();
    });
    this.#watched.set(responseId, callOff);
  }

  /** The answer ended otherwise. */
  forget(responseId: string): void {
    this.#watched.get(responseId)?.();
    this.#watched.delete(responseId);
  }
}
