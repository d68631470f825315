/**
 * From this rate on one message of each second is kept back: for an interrupt, which must not be the one too many, and
 * because messages bunch on their way: whoever counts them may see a second's worth in a little less than a second.
 */
const reserveFrom = 10;

/**
 * How many messages may leave, and when. Two rules, both by the clock and not by timers: messages are spaced evenly,
 * where whoever wakes late catches up on the slots that it missed; and no window of a second (longer where the rate is
 * below one a second) holds more than `messagesPerSecond`, less the reserve. A room that counts per
 * second and one that keeps a token bucket of that size both pass everything.
 */
export class Pacer {
  /** Messages a second that leave in the long run: `messagesPerSecond` less the reserve. */
  readonly sustained: number;
  readonly #window: number;
  readonly #perWindow: number;
  /** Times of the latest messages, oldest first; as many as a window may hold. */
  readonly #times: number[] = [];
  #nextSlot = -Infinity;

  /** `messagesPerSecond`: above 0; Infinity lifts the limit. */
  constructor(messagesPerSecond: number) {
    this.#window = Math.max(1, 1 / messagesPerSecond);
    this.#perWindow = Math.max(1, Math.floor(messagesPerSecond) - (messagesPerSecond >= reserveFrom ? 1 : 0));
    this.sustained = this.#perWindow / this.#window;
  }

  /** A turn begins: that nothing was sent before it is no lateness to catch up on. */
  restart(now: number): void {
    this.#nextSlot = Math.max(this.#nextSlot, now);
  }

  /** Seconds until the next message may leave; 0: now. */
  delay(now: number): number {
    if (this.sustained === Infinity) return 0;
    const oldest = this.#times.length < this.#perWindow ? undefined : this.#times[0];
    const windowFree = oldest === undefined ? now : oldest + this.#window;
    const delay = Math.max(this.#nextSlot, windowFree) - now;
    // Sums of seconds are floating point: 1e-12 s is no wait.
    return delay > 1e-9 ? delay : 0;
  }

  /** A message has left. Interrupts count too, though they wait for nobody. */
  sent(now: number): void {
    if (this.sustained === Infinity) return;
    this.#nextSlot = Math.max(this.#nextSlot, now - this.#window) + 1 / this.sustained;
    this.#times.push(now);
    if (this.#times.length > this.#perWindow) this.#times.shift();
  }
}
