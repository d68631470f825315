/** Jobs that run one after the other, and can be stopped. */
export class SpeechQueue {
  readonly #connection: AbortSignal;
  #tail: Promise<void> = Promise.resolve();
  #stops = new Set<{ stop: AbortController; keep: boolean }>();

  /** @param connection - Aborts when nothing can be sent any more. */
  constructor(connection: AbortSignal) {
    this.#connection = connection;
  }

  /** Whether something runs or waits. */
  get busy(): boolean {
    return this.#stops.size > 0;
  }

  /**
   * Adds a job.
   *
   * @param keep - Whether {@link SpeechQueue.stop} leaves it alone.
   */
  add(job: (signal: AbortSignal) => Promise<void>, keep = false): void {
    const entry = { stop: new AbortController(), keep };
    const signal = AbortSignal.any([this.#connection, entry.stop.signal]);
    this.#stops.add(entry);
    this.#tail = this.#tail.then(async () => {
      if (!signal.aborted) await job(signal);
      this.#stops.delete(entry);
    });
  }

  /** Keeps what runs, of what was added. */
  keepRunning(): void {
    for (const entry of this.#stops) {
      entry.keep = true;
      return;
    }
  }

  /** Keeps everything that was added until now: {@link SpeechQueue.stop} leaves it alone. */
  keep(): void {
    for (const entry of this.#stops) entry.keep = true;
  }

  /** Stops what runs and drops what waits, but for what is to be kept. */
  stop(): void {
    for (const entry of this.#stops) if (!entry.keep) entry.stop.abort();
  }

  /** Resolves when everything that was added until now is over. */
  idle(): Promise<void> {
    return this.#tail;
  }
}
