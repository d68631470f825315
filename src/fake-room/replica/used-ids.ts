import type { Model } from "./model.js";
import type { Utterance } from "./utterance.js";

/** Sent ids that take nothing more, and why: done, interrupted, replaced or given up. */
export class UsedIds {
  readonly #reasons = new Map<string, string>();

  /** Why nothing is taken for it any more; undefined when it is. */
  reason(sentId: string): string | undefined {
    return this.#reasons.get(sentId);
  }

  /** It takes nothing more; the first reason stays. */
  add({ sentId }: Utterance, reason = "is used up"): void {
    if (!this.#reasons.has(sentId)) this.#reasons.set(sentId, reason);
  }

  /** It takes nothing more, because no message came for so long. */
  giveUp(utterance: Utterance, { abandonSeconds, abandonFrom }: Model): void {
    const since = abandonFrom === "dry" ? "last sound" : "last message";
    this.add(utterance, `was given up: ${abandonSeconds} s from its ${since} on without another message`);
  }
}
