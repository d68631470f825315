/**
 * What a position rests on. "event": Tavus' started and stopped, clock time between; "media": measured on the replica's
 * own audio; "estimate": computed from what was sent and when, because no event has come.
 */
export type Basis = "event" | "media" | "estimate";

/**
 * How far a turn has been heard. Playback is clock time from its start on, and stands still where everything that was
 * sent has been played. Until Tavus says when it started, the start is estimated as the first message plus `startSeconds`.
 */
export class Position {
  readonly #startSeconds: number;
  #sent = 0;
  #heard = 0;
  /** Playback runs from here on; Infinity: it stands. */
  #playsFrom = Number.POSITIVE_INFINITY;
  #countedTo = Number.NEGATIVE_INFINITY;
  /** When playback first ran, as far as known. */
  #startsAt = Number.POSITIVE_INFINITY;
  /** When everything sent had been heard. */
  #dryAt = Number.NEGATIVE_INFINITY;
  #basis: Basis = "estimate";

  /** `startSeconds`: from a message to its sound, as far as known. */
  constructor(startSeconds: number) {
    this.#startSeconds = startSeconds;
  }

  /** See {@link Basis}. */
  get basis(): Basis {
    return this.#basis;
  }

  /** When the first sound is heard, or was; Infinity as long as nothing was sent. */
  get startsAt(): number {
    return this.#startsAt;
  }

  /** Seconds of audio that have been sent. */
  get sentSeconds(): number {
    return this.#sent;
  }

  /** `seconds` of the turn have been sent at `now`. */
  sent(seconds: number, now: number): void {
    this.#count(now);
    if (this.#playsFrom === Number.POSITIVE_INFINITY) this.#playsFrom = now + this.#startSeconds;
    if (this.#sent === 0) this.#startsAt = this.#playsFrom;
    this.#sent = seconds;
  }

  /** Playback began, or goes on, at `heardSeconds` into the turn, as `basis` says. */
  started(now: number, heardSeconds: number, basis: Basis = "event"): void {
    if (this.#basis === "estimate") this.#startsAt = now;
    this.#basis = basis;
    this.#heard = Math.min(this.#sent, heardSeconds);
    this.#playsFrom = now;
    this.#countedTo = now;
  }

  /** Tavus says that it stopped, `heardSeconds` into the turn; undefined: as far as the clock says. */
  stopped(now: number, heardSeconds: number | undefined, basis: Basis = "event"): void {
    this.#count(now);
    if (heardSeconds !== undefined) this.#heard = Math.min(this.#sent, heardSeconds);
    this.#basis = basis;
    // What is there already will go on as a beginning does; else the next message brings the next start.
    this.#playsFrom = this.#heard < this.#sent ? now + this.#startSeconds : Number.POSITIVE_INFINITY;
  }

  /** The start that was reported turned out to be another utterance's: back to the estimate, as if it starts now at the earliest. */
  withdrawStart(now: number): void {
    this.#basis = "estimate";
    this.#heard = 0;
    this.#countedTo = now;
    this.#playsFrom = now + this.#startSeconds;
    this.#startsAt = this.#playsFrom;
  }

  /** Seconds heard at `now`. */
  seconds(now: number): number {
    this.#count(now);
    return this.#heard;
  }

  /** For text, whose length is a guess until the replica says how long it spoke. */
  measured(seconds: number): void {
    this.#sent = seconds;
    this.#heard = Math.min(this.#heard, seconds);
  }

  /** When `seconds` will have been heard, if nothing stops it; Infinity when it cannot be said, or nothing that long was sent. */
  timeOf(seconds: number, now: number): number {
    this.#count(now);
    if (seconds <= this.#heard) return now;
    if (seconds > this.#sent + 1e-9) return Number.POSITIVE_INFINITY;
    return Math.max(now, this.#playsFrom) + (seconds - this.#heard);
  }

  /** When all that was sent so far will have been, or was, heard. */
  endsAt(now: number): number {
    this.#count(now);
    return this.#heard < this.#sent ? this.timeOf(this.#sent, now) : this.#dryAt;
  }

  #count(now: number): void {
    const from = Math.max(this.#countedTo, this.#playsFrom);
    if (now > from && this.#heard < this.#sent) {
      this.#dryAt = from + this.#sent - this.#heard;
      this.#heard = Math.min(this.#sent, this.#heard + now - from);
    }
    this.#countedTo = Math.max(this.#countedTo, now);
  }
}
