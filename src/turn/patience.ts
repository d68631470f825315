import type { ActiveTurn } from "./active-turn.js";

/** From a message to its sound while nothing is known: a pre-buffer of 100 ms [likely, from pipecat's mock server]. */
const defaultStartSeconds = 0.1;
/** A start event is waited for this much longer than the sound is expected to take. */
const startGraceSeconds = 1;
/** How long past the computed end a stop event is waited for: a start has announced it; nothing is known; none ever comes. */
const stopGraceSeconds = { announced: 3, unknown: 1.5, silent: 0.3 };

/** What time alone says about a turn: that it must be heard by now, that it must be over, and until when neither is sure. */
export interface Verdict {
  heard: boolean;
  over: boolean;
  /** When to look again. */
  at: number;
}

/** How long Tavus' events are waited for before the clock decides: learnt from whether they come at all, and how late. */
export class Patience {
  /** Seconds from a message to its sound, as last seen. */
  startSeconds = defaultStartSeconds;
  /** Whether starts and stops reach us: undefined until a whole turn has shown it. */
  #eventsCome: boolean | undefined;

  /** A start came, `seconds` after the first message. */
  sawStart(seconds: number | undefined): void {
    this.#eventsCome = true;
    if (seconds !== undefined) this.startSeconds = seconds;
  }

  /** A turn ended; `silent`: without a single event about it. */
  sawEnd(silent: boolean): void {
    if (silent) this.#eventsCome ??= false;
    else this.#eventsCome = true;
  }

  /** What can be said at `now` about a turn of which something was sent. */
  judge(turn: ActiveTurn, now: number): Verdict {
    const { position, anchored } = turn.hearing;
    const announced = anchored || position.basis !== "estimate";
    const silent = this.#eventsCome === false;
    const heardAt = position.startsAt + (announced || silent ? 0 : startGraceSeconds);
    const heard = turn.heard || heardAt <= now;
    if (!turn.done) return { heard, over: false, at: heard ? Number.POSITIVE_INFINITY : heardAt };
    const { announced: long, unknown } = stopGraceSeconds;
    // A voice may take twice the time that was guessed for a text.
    const guessed = turn.payload.exact ? 0 : position.sentSeconds;
    const grace = (announced ? long : silent ? stopGraceSeconds.silent : unknown) + guessed;
    const overAt = position.endsAt(now) + grace;
    return { heard, over: overAt <= now, at: heard ? overAt : Math.min(heardAt, overAt) };
  }
}
