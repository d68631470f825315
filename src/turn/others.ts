/** How long a speech may go on whose stop has not come; after that it has been missed. */
const longestSeconds = 60;
/** Reports of one start, with and without an id, come within this time. */
const repeatSeconds = 2;

/**
 * What the replica says that is no turn of ours: a greeting of its own, another client's echo. It has one voice, so
 * between the start and the stop of that nothing of ours is heard.
 */
export class Others {
  #id: string | undefined;
  #since = -Infinity;

  /** Until when it may go on, as far as is known; not after `now` where nothing is. */
  until(now: number): number {
    return Math.max(now, this.#since + longestSeconds);
  }

  /** It was heard to begin, under `id`. */
  began(id: string | undefined, now: number): void {
    this.#id = id;
    this.#since = now;
  }

  /** It is over, or was cut. */
  over(): void {
    this.#since = -Infinity;
  }

  /** Whether a start under `id` only tells again that it goes on. */
  repeats(id: string | undefined, now: number): boolean {
    if (!this.#speaking(now) || (id !== undefined && this.#id !== undefined)) return false;
    if (id !== undefined && now > this.#since + repeatSeconds) return false;
    this.#id ??= id;
    return true;
  }

  /** Whether a stop under `id` is its end. */
  owns(id: string | undefined, now: number): boolean {
    return this.#speaking(now) && (id === undefined || this.#id === undefined || id === this.#id);
  }

  #speaking(now: number): boolean {
    return this.until(now) > now;
  }
}
