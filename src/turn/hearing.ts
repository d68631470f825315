import { Position } from "../flow/position.js";

/** A stop fits when the seconds it names are this near to what was sent: by the frame of the video, and by rounding. */
const toleranceSeconds = 0.35;
const tolerancePart = 0.03;
/** An event cannot name more speech than has passed since the first message; clocks and networks get this much. */
const slackSeconds = 0.25;

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
  readonly #id: string;
  readonly #exact: boolean;
  #firstSentAt: number | undefined;
  #done = false;
  /** The start that we rely on: the id it carried, and when it came. */
  #anchor: { id: string | undefined; at: number } | undefined;
  /** The id under which Tavus speaks of this turn, once learnt. */
  #alias: string | undefined;
  /** Heard before the current start, where the replica ran dry and began again. */
  #before = 0;

  /** `exact`: what was sent is known in seconds (audio), else guessed (text). */
  constructor(id: string, exact: boolean, startSeconds: number) {
    this.#id = id;
    this.#exact = exact;
    this.position = new Position(startSeconds);
  }

  /** Time of the first message. */
  get firstSentAt(): number | undefined {
    return this.#firstSentAt;
  }

  /** A start was heard that is still relied on. */
  get anchored(): boolean {
    return this.#anchor !== undefined;
  }

  /** Every id under which this turn may be mentioned later. */
  get ids(): readonly string[] {
    return this.#alias === undefined ? [this.#id] : [this.#id, this.#alias];
  }

  /** A message left at `now`: `seconds` of the turn are sent; `last`: it carried `done: true`. */
  sent(seconds: number, now: number, last: boolean): void {
    this.#firstSentAt ??= now;
    this.#done ||= last;
    this.position.sent(seconds, now);
  }

  /** The replica began to speak. Returns whether that is (as far as can be known) this turn. */
  started(id: string | undefined, now: number): boolean {
    if (this.#firstSentAt === undefined) return false;
    if (this.#anchor) {
      const repeated = id === undefined || id === this.#alias;
      const certain = this.#alias === this.#id;
      const over = this.position.seconds(now) >= this.position.sentSeconds;
      if (repeated || certain || (id !== this.#id && over)) return false;
    }
    this.#anchor = { id, at: now };
    if (id !== undefined) this.#alias = id;
    this.position.started(now, this.#before);
    return true;
  }

  /** The replica stopped. Pure rule on what is known; see {@link Stop}. */
  stopped(event: { id: string | undefined; seconds: number | undefined; interrupted: boolean }, now: number): Stop {
    if (this.#firstSentAt === undefined) return "ignored";
    const certain = event.id === this.#id;
    if (!certain && event.id !== undefined && this.#alias !== undefined && event.id !== this.#alias) return "ignored";
    const anchor = this.#anchor;
    const ours = certain || anchor !== undefined;
    const unanchored = certain ? this.position.seconds(now) - this.#before : undefined;
    const spoken = event.seconds ?? (anchor ? now - anchor.at : unanchored);
    const total = spoken === undefined ? undefined : this.#before + spoken;

    if (event.interrupted) {
      if (!ours) return "ignored";
      this.#measure(event.seconds);
      this.position.stopped(now, total);
      return "interrupted";
    }
    const fits = this.#fits(total) || this.#fits(event.seconds);
    const possible = ours || now - this.#firstSentAt >= (spoken ?? Number.POSITIVE_INFINITY) - slackSeconds;
    if (this.#done && fits && possible) {
      this.#measure(event.seconds);
      this.position.stopped(now, this.position.sentSeconds);
      return "spoken";
    }
    if (!ours) return "ignored";
    if (certain || fits) {
      // It ran dry, and goes on with the next message.
      this.#before = Math.min(total ?? this.#before, this.position.sentSeconds);
      this.#anchor = undefined;
      this.position.stopped(now, this.#before);
      return "paused";
    }
    this.#withdraw(now);
    return "foreign";
  }

  /** A start that was taken for ours turns out to be another's, if it is the one that carried `id`. */
  disown(id: string | undefined, now: number): void {
    if (this.#anchor && id !== this.#id && (id === undefined || this.#anchor.id === id)) this.#withdraw(now);
  }

  #withdraw(now: number): void {
    this.#anchor = undefined;
    this.#alias = undefined;
    this.#before = 0;
    this.position.withdrawStart(now);
  }

  #fits(seconds: number | undefined): boolean {
    if (!this.#exact) return this.#done;
    if (seconds === undefined) return false;
    const sent = this.position.sentSeconds;
    return Math.abs(seconds - sent) <= Math.max(toleranceSeconds, tolerancePart * sent);
  }

  #measure(seconds: number | undefined): void {
    if (!this.#exact && seconds !== undefined) this.position.measured(this.#before + seconds);
  }
}
