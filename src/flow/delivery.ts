/**
 * A queue of chunks behind a ReadableStream. Unlike a stream's own controller it lets what was pushed be read before an
 * error is, and it never refuses a chunk: a microphone cannot be told to wait.
 */
export class Delivery {
  /** What the turn reads. Chunks belong to the reader. */
  readonly stream: ReadableStream<Int16Array>;
  readonly #queue: Int16Array[] = [];
  #end: { error?: unknown } | undefined;
  #cancelled = false;
  #wake: (() => void) | undefined;
  #controller: ReadableStreamDefaultController<Int16Array> | undefined;

  /** `cancelled` is called when the reader cancels: release what feeds this. */
  constructor(cancelled: (reason: unknown) => void) {
    this.stream = new ReadableStream<Int16Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: (controller) => this.#pull(controller),
        cancel: (reason) => {
          this.#cancelled = true;
          this.#end = {};
          this.#queue.length = 0;
          this.#wake?.();
          cancelled(reason);
        },
      },
      // No queue inside the stream: erroring it would drop what it holds.
      new CountQueuingStrategy({ highWaterMark: 0 }),
    );
  }

  /** Whether it was ended, failed, dropped or cancelled: later pushes are ignored. */
  get settled(): boolean {
    return this.#end !== undefined;
  }

  /** Appends a chunk, which is the reader's from now on. */
  push(chunk: Int16Array): void {
    if (this.#end || chunk.length === 0) return;
    this.#queue.push(chunk);
    this.#wake?.();
  }

  /** Closes the stream after the last chunk. */
  end(): void {
    this.#end ??= {};
    this.#wake?.();
  }

  /** Errors the stream after the last chunk. */
  fail(error: unknown): void {
    this.#end ??= { error };
    this.#wake?.();
  }

  /** Errors the stream now; what was not read is gone. */
  drop(reason: unknown): void {
    if (this.#end && this.#queue.length === 0) return;
    this.#end = { error: reason };
    this.#queue.length = 0;
    this.#wake?.();
    this.#controller?.error(reason);
  }

  async #pull(controller: ReadableStreamDefaultController<Int16Array>): Promise<void> {
    while (this.#queue.length === 0 && !this.#end)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    const chunk = this.#queue.shift();
    if (chunk) controller.enqueue(chunk);
    else if (this.#cancelled) return;
    else if (this.#end && "error" in this.#end) controller.error(this.#end.error);
    else controller.close();
  }
}
