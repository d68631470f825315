/** Text of an answer as it arrives, for `replica.say()`. */
export class ReplyText implements AsyncIterable<string> {
  readonly #held: string[] = [];
  #over = false;
  #wake: () => void = () => {};

  /** Appends a piece; ignored after the end. */
  push(text: string): void {
    if (this.#over || !text) return;
    this.#held.push(text);
    this.#wake();
  }

  /** No more will come. */
  end(): void {
    this.#over = true;
    this.#wake();
  }

  /** Reads it once. */
  async *[Symbol.asyncIterator](): AsyncGenerator<string, void> {
    for (;;) {
      const text = this.#held.shift();
      if (text !== undefined) yield text;
      else if (this.#over) return;
      else
        await new Promise<void>((resolve) => {
          this.#wake = resolve;
        });
    }
  }
}
