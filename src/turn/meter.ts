/** Figures of a replica's traffic since it was made, of the latest turn where they are about one. */
export interface Stats {
  /** Seconds sent and not yet heard. */
  leadSeconds: number;
  /** Seconds captured or synthesised and not yet sent. */
  queuedSeconds: number;
  /** Messages sent. */
  messages: number;
  /** Messages sent in the last second. */
  messagesPerSecond: number;
  /** UTF-16 code units of JSON sent. */
  bytes: number;
  /** From speak() to the turn's first message, milliseconds. */
  firstChunkMs: number | undefined;
  /** From speak() to the turn's first sound, milliseconds. */
  firstSpeechMs: number | undefined;
  /** Interrupt messages sent. */
  interrupts: number;
  /** Messages that were cut again because the room refused them as too long. */
  resplits: number;
  /** Time spent holding because the network was interrupted. */
  heldSeconds: number;
  /** Characters of JSON that the room takes now. */
  maxMessageLength: number;
}

/** Counts what {@link Stats} tells. */
export class Meter {
  /** As in {@link Stats}. */
  interrupts = 0;
  /** As in {@link Stats}. */
  resplits = 0;
  /** As in {@link Stats}. */
  firstChunkMs: number | undefined;
  /** As in {@link Stats}. */
  firstSpeechMs: number | undefined;
  #messages = 0;
  #bytes = 0;
  readonly #recent: number[] = [];
  #held = 0;
  #heldSince: number | undefined;

  /** Messages so far. */
  get messages(): number {
    return this.#messages;
  }

  /** A message of `length` characters left at `now` (seconds). */
  message(length: number, now: number): void {
    this.#messages++;
    this.#bytes += length;
    this.#recent.push(now);
    while ((this.#recent[0] ?? now) <= now - 1) this.#recent.shift();
  }

  /** The network went down or came back. */
  hold(held: boolean, now: number): void {
    if (held) this.#heldSince ??= now;
    else if (this.#heldSince !== undefined) {
      this.#held += now - this.#heldSince;
      this.#heldSince = undefined;
    }
  }

  /** The figures that are counted here, as of `now`. */
  figures(now: number): Omit<Stats, "leadSeconds" | "queuedSeconds" | "maxMessageLength"> {
    return {
      messages: this.#messages,
      messagesPerSecond: this.#recent.filter((time) => time > now - 1).length,
      bytes: this.#bytes,
      firstChunkMs: this.firstChunkMs,
      firstSpeechMs: this.firstSpeechMs,
      interrupts: this.interrupts,
      resplits: this.resplits,
      heldSeconds: this.#held + (this.#heldSince === undefined ? 0 : now - this.#heldSince),
    };
  }
}
