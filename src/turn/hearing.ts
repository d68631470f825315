import { Position } from "../flow/position.js";

/** A stop fits when the seconds it names are this near to what was sent: by the frame of the video, and by rounding. */
const toleranceSeconds = 0.35;
const tolerancePart = 0.03;
/** An event cannot name more speech than has passed since the first message; clocks and networks get this much. */
const slackSeconds = 0.25;

/** What a start means for a turn. `foreign`: the replica says something else. */
export type Start = "began" | "repeated" | "foreign";

/** What a stop means for a turn. `foreign`: it belongs to another utterance, and so did the start that we took for ours. */
export type Stop = "ignored" | "foreign" | "paused" | "spoken" | "interrupted";

/**
 * Which of the replica's starts and stops belong to one turn. Tavus rewrites ids by a rule that is [unknown], events may
 * lack them, repeat, or be about a greeting or another client's echo. So: by the id where it is ours; else by order (a
 * start after our first message lends us its id), and only if the duration fits.
 */
export class Hearing {
  /** How far the turn has been heard. */
  readonly position: Position;
  /** Time of the first message. */
  firstSentAt: number | undefined;
  /** It had to wait until something else had been said: when it started tells nothing about the way. */
  waited = false;
  readonly #id: string;
  readonly #exact: boolean;
  readonly #startSeconds: number;
  #done = false;
  /** Nothing of it can have been heard before. */
  #notBefore = 0;
  /** The start that we rely on: the id it carried, and when it came. */
  #anchor: { id: string | undefined; at: number } | undefined;
  /** The id under which Tavus speaks of this turn, once learnt. */
  #alias: string | undefined;
  /** Heard before the current start, where the replica ran dry and began again. */
  #before = 0;

  /** `exact`: what was sent is known in seconds (audio), else guessed (text). `startSeconds`: from a message to its sound. */
  constructor(id: string, exact: boolean, startSeconds: number) {
    this.#id = id;
    this.#exact = exact;
    this.#startSeconds = startSeconds;
    this.position = new Position(startSeconds);
  }

  /** A start was heard that is still relied on. */
  get anchored(): boolean {
    return this.#anchor !== undefined;
  }

  /** Every id under which this turn may be mentioned later. */
  get ids(): readonly (string | undefined)[] {
    return [this.#id, this.#alias];
  }

  /** A message left at `now`: `seconds` of the turn are sent; `last`: it carried `done: true`. */
  sent(seconds: number, now: number, last: boolean): void {
    if (this.firstSentAt === undefined) this.firstSentAt = this.#notBefore = now;
    this.#done ||= last;
    this.position.sent(seconds, now);
  }

  /** Something else is being said, until `until` at the latest; or was, until `now`. */
  waits(now: number, until = now): void {
    if (this.firstSentAt === undefined || this.#anchor) return;
    this.waited = true;
    this.#notBefore = until;
    const from = Math.max(until, this.firstSentAt + this.#startSeconds);
    this.position.plays(now, this.#before, this.#before ? "event" : "estimate", from);
  }

  /** The replica began to speak: this turn, as far as can be known? */
  started(id: string | undefined, now: number): Start {
    if (this.firstSentAt === undefined) return "foreign";
    if (this.#anchor) {
      if (id === undefined || id === this.#alias) return "repeated";
      const over = this.position.seconds(now) >= this.position.sentSeconds;
      if (this.#alias === this.#id || (id !== this.#id && over)) return "foreign";
    }
    this.#anchor = { id, at: now };
    this.#alias = id ?? this.#alias;
    this.position.plays(now, this.#before, "event");
    return "began";
  }

  /** The replica stopped. Pure rule on what is known; see {@link Stop}. */
  stopped(event: { id: string | undefined; seconds: number | undefined; interrupted: boolean }, now: number): Stop {
    const { id, seconds } = event;
    if (this.firstSentAt === undefined) return "ignored";
    const certain = id === this.#id;
    if (!certain && id !== undefined && this.#alias !== undefined && id !== this.#alias) return "ignored";
    const anchor = this.#anchor;
    const ours = certain || anchor !== undefined;
    const unanchored = certain ? this.position.seconds(now) - this.#before : undefined;
    const spoken = seconds ?? (anchor ? now - anchor.at : unanchored);
    const total = spoken === undefined ? undefined : this.#before + spoken;
    const stop = (heardSeconds: number): void => {
      if (!this.#exact && seconds !== undefined) this.position.measured(this.#before + seconds);
      this.position.stopped(now, heardSeconds, "event");
    };

    if (event.interrupted) {
      if (!ours) return "ignored";
      stop(total ?? this.position.seconds(now));
      return "interrupted";
    }
    const fits = this.#fits(total) || this.#fits(seconds);
    const possible = ours || now - this.#notBefore >= (spoken ?? Infinity) - slackSeconds;
    if (this.#done && fits && possible) {
      stop(Infinity);
      return "spoken";
    }
    if (!ours) return "ignored";
    if (certain || fits) {
      // It ran dry, and goes on with the next message.
      this.#before = Math.min(total ?? this.#before, this.position.sentSeconds);
      this.#anchor = undefined;
      this.position.stopped(now, this.#before, "event");
      return "paused";
    }
    this.#withdraw(now);
    return "foreign";
  }

  /** A start that was taken for ours turns out to be another's, if it is the one that carried `id`. */
  disown(id: string | undefined, now: number): void {
    if (this.#anchor && id !== this.#id && (id === undefined || this.#anchor.id === id)) this.#withdraw(now);
  }

  /** Another utterance has been heard until now, in which our start was seen. */
  #withdraw(now: number): void {
    this.#anchor = undefined;
    this.#alias = undefined;
    this.#before = 0;
    this.waits(now);
  }

  #fits(seconds: number | undefined): boolean {
    if (!this.#exact) return this.#done;
    if (seconds === undefined) return false;
    const sent = this.position.sentSeconds;
    return Math.abs(seconds - sent) <= Math.max(toleranceSeconds, tolerancePart * sent);
  }
}
