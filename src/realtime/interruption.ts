import { RealtimeError } from "./realtime-error.js";
import type { Replies } from "./replies.js";

/** The replica was interrupted. */
export interface Interruption {
  /**
   * Takes a false alarm back: what was being said goes on where it was cut. Only where the provider neither interrupts
   * nor answers by itself, and before the next response is asked for.
   * @throws RealtimeError `not-resumable`, which says why.
   */
  resume(): void;
}

/** An interruption that cannot be taken back: `resume()` says why. */
export function finalInterruption(why: string): Interruption {
  return { resume: () => refuse(why) };
}

/** The interruption that may still be taken back: until then the model is not told of it. */
export class Suspension {
  readonly #replies: Replies;
  #open: { over: string | undefined } | undefined;

  /** Interrupts nothing by itself. */
  constructor(replies: Replies) {
    this.#replies = replies;
  }

  /** Interrupts the replica and keeps what is left. One that follows before the first is decided joins it. */
  begin(): Interruption {
    const open: { over: string | undefined } = this.#open ?? { over: undefined };
    this.#open = open;
    const turns = this.#replies.suspend();
    return {
      resume: () => {
        if (open.over !== undefined) refuse(open.over);
        open.over = "it was taken back before";
        this.#open = undefined;
        try {
          this.#replies.resume(turns);
        } catch (cause) {
          this.#replies.settle();
          throw new RealtimeError("not-resumable", "The replica cannot go on with what was cut.", { cause });
        }
      },
    };
  }

  /** The interruption stands from now on: the model is told. Returns whether there was one. */
  stand(why: string): boolean {
    if (!this.#open) return false;
    this.#open.over = why;
    this.#open = undefined;
    return true;
  }
}

function refuse(why: string): never {
  throw new RealtimeError("not-resumable", `The interruption cannot be taken back: ${why}.`);
}
