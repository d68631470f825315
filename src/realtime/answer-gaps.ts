/** Finds the end of an answer in its silence, where a provider does not say when it ends. */
export class AnswerGaps {
  readonly #after: (seconds: number, then: () => void) => void;
  readonly #last = new Map<string, number>();
  #serial = 0;

  /** `after` calls a function after some seconds. */
  constructor(after: (seconds: number, then: () => void) => void) {
    this.#after = after;
  }

  /** Audio of an answer arrived: `then` is called when no more does for `seconds`. */
  watch(responseId: string, seconds: number, then: () => void): void {
    const serial = ++this.#serial;
    this.#last.set(responseId, serial);
    this.#after(seconds, () => {
      if (this.#last.get(responseId) !== serial) return;
      this.#last.delete(responseId);
      then();
    });
  }

  /** The answer ended otherwise. */
  forget(responseId: string): void {
    this.#last.delete(responseId);
  }
}
