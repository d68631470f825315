import { report } from "../../emitter.js";

/** An event as daily-js hands it to listeners: `action` is its name. */
export interface CallEvent {
  readonly action: string;
  readonly [field: string]: unknown;
}

interface Entry {
  readonly listener: (event: never) => void;
  readonly once: boolean;
}

/** Listeners by name, in the order of their registration; one that is registered twice is called twice, as in daily-js [certain]. */
export class CallEvents {
  readonly #entries = new Map<string, Entry[]>();

  /** Adds a listener of an event of daily-js. */
  on(type: string, listener: (event: never) => void): this {
    return this.#add(type, listener, false);
  }

  /** As `on`, for the next event alone. */
  once(type: string, listener: (event: never) => void): this {
    return this.#add(type, listener, true);
  }

  /** Removes one registration of a listener, the last; all of that event without one. */
  off(type: string, listener?: (event: never) => void): this {
    const entries = this.#entries.get(type) ?? [];
    const index = entries.map((entry) => entry.listener).lastIndexOf(listener as (event: never) => void);
    this.#entries.set(type, listener ? entries.filter((_, at) => at !== index) : []);
    return this;
  }

  /** Calls the listeners of an event. What one of them throws is reported, and the others are called all the same. */
  protected emit(event: CallEvent): void {
    for (const entry of this.#entries.get(event.action) ?? []) {
      if (entry.once) this.off(event.action, entry.listener);
      try {
        (entry.listener as (event: CallEvent) => void)(event);
      } catch (error) {
        report(error);
      }
    }
  }

  #add(type: string, listener: (event: never) => void, once: boolean): this {
    if (typeof listener !== "function") throw new TypeError(`A listener of "${type}" must be a function.`);
    this.#entries.set(type, [...(this.#entries.get(type) ?? []), { listener, once }]);
    return this;
  }
}
