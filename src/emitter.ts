/** Typed listeners for the events of `Events` (name → payload). A leaf: it imports nothing. */
export class Emitter<Events extends object> {
  readonly #listeners = new Map<keyof Events, Set<(event: never) => void>>();

  /** Calls `listener` on every `type` until the returned undo is called or `signal` aborts. */
  on<K extends keyof Events>(
    type: K,
    listener: (event: Events[K]) => void,
    options?: { signal?: AbortSignal | undefined },
  ): () => void {
    const listeners = this.#listeners.get(type) ?? new Set();
    this.#listeners.set(type, listeners);
    // A wrapper per registration, so that one function registered twice is called, and removed, twice.
    const entry = (event: Events[K]): void => listener(event);
    const off = (): void => {
      listeners.delete(entry);
      options?.signal?.removeEventListener("abort", off);
    };
    if (options?.signal?.aborted) return off;
    listeners.add(entry);
    options?.signal?.addEventListener("abort", off, { once: true });
    return off;
  }

  /**
   * Calls the listeners of `type` in the order of registration. A listener that throws does not keep the others from
   * being called, nor the emitter's owner from going on: its error goes to `reportError`. Returns whether anybody listened.
   */
  emit<K extends keyof Events>(type: K, event: Events[K]): boolean {
    const listeners = [...(this.#listeners.get(type) ?? [])] as ((event: Events[K]) => void)[];
    for (const listener of listeners) {
      try {
        listener(event);
      } catch (error) {
        report(error);
      }
    }
    return listeners.length > 0;
  }
}

/** Hands an error that nobody can catch to the platform: `reportError` where it exists, else an uncaught error in a task of its own. */
export function report(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else
    setTimeout(() => {
      throw error;
    });
}
