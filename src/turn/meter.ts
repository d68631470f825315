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

/** Counts what {@link Stats} tells; fields as there. */
export class Meter {
  /** Messages so far. */
  messages = 0;
  /** Code units so far. */
  bytes = 0;
  /** Of the latest turn. */
  firstChunkMs: number | undefined;
  /** Of the latest turn. */
  firstSpeechMs: number | undefined;
  /** Interrupts so far. */
  interrupts = 0;
  /** Refusals so far. */
  resplits = 0;
  #recent: readonly number[] = [];
  #held = 0;
  #heldSince: number | undefined;

  /** A message of `length` characters left at `now` (seconds). */
  message(length: number, now: number): void {
    this.messages++;
    this.bytes += length;
    this.#recent = [...this.#recent.filter((time) => time > now - 1), now];
  }

  /** The network went down or came back. */
  hold(held: boolean, now: number): void {
    this.#held = this.#heldUntil(now);
    this.#heldSince = held ? now : undefined;
  }

  /** The figures that are counted here, as of `now`. */
  figures(now: number): Omit<Stats, "leadSeconds" | "queuedSeconds" | "maxMessageLength"> {
    return {
      ...this,
      messagesPerSecond: this.#recent.filter((time) => time > now - 1).length,
      heldSeconds: this.#heldUntil(now),
    };
  }

  #heldUntil(now: number): number {
    return this.#held + now - (this.#heldSince ?? now);
  }
}
