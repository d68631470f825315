import type { ActiveTurn } from "./active-turn.js";

/** A start event is waited for this much longer than the sound is expected to take. */
const startGraceSeconds = 1;
/**
 * How long past the computed end a stop event is waited for. A start has announced it: as long as what began then may be
 * somebody else's and go on, until it is known that stops do not come. Nothing is known. No event ever
 * comes, or the replica's own sound has shown the start.
 */
const stopGraceSeconds = { announced: 10, stopless: 3, unknown: 1.5, silent: 0.3 };

/** What time alone says about a turn: that it must be heard by now, that it must be over, and until when neither is sure. */
export interface Verdict {
  heard: boolean;
  over: boolean;
  /** When to look again. */
  at: number;
}

/** How long Tavus' events are waited for before the clock decides: learnt from whether they come at all, and how late. */
export class Patience {
  /**
   * Seconds from a message to its sound, as last seen. While nothing is known: a pre-buffer of 100 ms [likely, from pipecat's
   * mock server].
   */
  startSeconds = 0.1;
  /** Whether starts and stops reach us: undefined until a whole turn has shown it. */
  #eventsCome: boolean | undefined;
  /** A start was not followed by its stop, and no stop has come since. */
  #stopless = false;
  /** A start was overdue. */
  #missed = false;

  /** A start or stop came, about a turn or not. */
  saw(stop: boolean): void {
    this.#eventsCome = true;
    if (stop) this.#stopless = false;
  }

  /** Whether no event has ever come, though one was due. */
  get eventless(): boolean {
    return this.#missed && !this.#eventsCome;
  }

  /** What can be said at `now` about a turn of which something was sent. */
  judge(turn: ActiveTurn, now: number): Verdict {
    const { position, anchored } = turn.hearing;
    const announced = anchored || position.basis === "event";
    const silent = position.basis === "media" || this.#eventsCome === false;
    const heardAt = position.startsAt + (announced || silent ? 0 : startGraceSeconds);
    const heard = turn.heard || heardAt <= now;
    if (heard && !announced) this.#missed = true;
    if (!turn.done) return { heard, over: false, at: heard ? Infinity : heardAt };
    // A voice may take twice the time that was guessed for a text.
    const guessed = turn.payload.exact ? 0 : position.sentSeconds;
    const { announced: long, stopless, unknown, silent: short } = stopGraceSeconds;
    const grace = announced ? (this.#stopless ? stopless : long) : silent ? short : unknown;
    const overAt = position.endsAt(now) + grace + guessed;
    const over = overAt <= now;
    if (over && announced) this.#stopless = true;
    if (over) this.#eventsCome ??= false;
    return { heard, over, at: heard ? overAt : Math.min(heardAt, overAt) };
  }
}
