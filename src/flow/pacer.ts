/** At the start of a turn this many messages may leave at once: a fast start, and no flood. */
const startBurst = 4;

/**
 * How many messages may leave, and when. Two rules, both by the clock and not by timers: messages are spaced by
 * `1 / messagesPerSecond`, where whoever wakes late catches up on the slots that it missed; and no window of one
 * second (longer where the rate is below one) holds more than `messagesPerSecond`. A room that counts per second and
 * one that keeps a token bucket of that size both pass everything.
 */
export class Pacer {
  readonly #rate: number;
  readonly #window: number;
  readonly #perWindow: number;
  /** Times of the latest messages, oldest first; as many as a window may hold. */
  readonly #times: number[] = [];
  #nextSlot = Number.NEGATIVE_INFINITY;

  /** `messagesPerSecond`: above 0; Infinity lifts the limit. */
  constructor(messagesPerSecond: number) {
    this.#rate = messagesPerSecond;
    this.#window = Math.max(1, 1 / messagesPerSecond);
    this.#perWindow = Math.max(1, Math.floor(messagesPerSecond));
  }

  /** A turn begins: what was not sent before it gives credit for a small burst only. */
  restart(now: number): void {
    this.#nextSlot = Math.max(this.#nextSlot, now - (startBurst - 1) / this.#rate);
  }

  /** Seconds until the next message may leave; 0: now. */
  delay(now: number): number {
    if (this.#rate === Number.POSITIVE_INFINITY) return 0;
    const oldest = this.#times.length < this.#perWindow ? undefined : this.#times[0];
    const windowFree = oldest === undefined ? now : oldest + this.#window;
    const delay = Math.max(this.#nextSlot, windowFree) - now;
    // Sums of seconds are floating point: 1e-12 s is no wait.
    return delay > 1e-9 ? delay : 0;
  }

  /** A message has left. Interrupts count too, though they wait for nobody. */
  sent(now: number): void {
    if (this.#rate === Number.POSITIVE_INFINITY) return;
    this.#nextSlot = Math.max(this.#nextSlot, now - this.#window) + 1 / this.#rate;
    this.#times.push(now);
    if (this.#times.length > this.#perWindow) this.#times.shift();
  }
}
