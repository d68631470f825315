/**
 * What a position rests on. "event": Tavus' started and stopped, clock time between; "media": measured on the replica's
 * own audio; "estimate": computed from what was sent and when, because no event has come.
 */
export type Basis = "event" | "media" | "estimate";

/**
 * How far a turn has been heard. Playback is clock time from its start on, and stands still where everything that was
 * sent has been played. Until the start is known, it is estimated as the first message plus `startSeconds`.
 */
export class Position {
  /** See {@link Basis}. */
  basis: Basis = "estimate";
  /** When the first sound is heard, or was; Infinity as long as nothing was sent. */
  startsAt = Infinity;
  readonly #startSeconds: number;
  #sent = 0;
  #heard = 0;
  /** Playback runs from here on; Infinity: it stands. */
  #playsFrom = Infinity;
  #countedTo = -Infinity;
  /** When everything sent had been heard. */
  #dryAt = -Infinity;

  /** `startSeconds`: from a message to its sound, as far as known. */
  constructor(startSeconds: number) {
    this.#startSeconds = startSeconds;
  }

  /** Seconds of audio that have been sent. */
  get sentSeconds(): number {
    return this.#sent;
  }

  /** `seconds` of the turn have been sent at `now`. */
  sent(seconds: number, now: number): void {
    this.seconds(now);
    if (this.#playsFrom === Infinity) this.#playsFrom = now + this.#startSeconds;
    if (this.#sent === 0) this.startsAt = this.#playsFrom;
    this.#sent = seconds;
  }

  /** Playback goes on at `heardSeconds` into the turn, as `basis` says: now, or where it is foreseen `from` later on. */
  plays(now: number, heardSeconds: number, basis: Basis, from = now): void {
    this.basis = basis;
    this.#heard = Math.min(this.#sent, heardSeconds);
    this.#countedTo = now;
    this.#playsFrom = from;
    if (this.#heard === 0) this.startsAt = from;
    else if (this.#heard === this.#sent) this.#dryAt = now;
  }

  /** It stopped, `heardSeconds` into the turn. */
  stopped(now: number, heardSeconds: number, basis: Basis): void {
    this.seconds(now);
    this.basis = basis;
    this.#heard = Math.min(this.#sent, heardSeconds);
    // What is there already will go on as a beginning does; else the next message brings the next start.
    this.#playsFrom = this.#heard < this.#sent ? now + this.#startSeconds : Infinity;
  }

  /** For text, whose length is a guess until the replica says how long it spoke. */
  measured(seconds: number): void {
    this.#sent = seconds;
    this.#heard = Math.min(this.#heard, seconds);
  }

  /** Seconds heard at `now`. */
  seconds(now: number): number {
    const from = Math.max(this.#countedTo, this.#playsFrom);
    if (now > from && this.#heard < this.#sent) {
      this.#dryAt = from + this.#sent - this.#heard;
      this.#heard = Math.min(this.#sent, this.#heard + now - from);
    }
    this.#countedTo = Math.max(this.#countedTo, now);
    return this.#heard;
  }

  /** When `seconds` will have been heard, if nothing stops it; Infinity when it cannot be said, or nothing that long was sent. */
  timeOf(seconds: number, now: number): number {
    const heard = this.seconds(now);
    if (seconds <= heard) return now;
    if (seconds > this.#sent + 1e-9) return Infinity;
    return Math.max(now, this.#playsFrom) + (seconds - heard);
  }

  /** When all that was sent so far will have been, or was, heard. */
  endsAt(now: number): number {
    return this.seconds(now) < this.#sent ? this.timeOf(this.#sent, now) : this.#dryAt;
  }
}
