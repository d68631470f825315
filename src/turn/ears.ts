import type { TavusEvent } from "../tavus/event.js";
import type { ActiveTurn } from "./active-turn.js";
import type { Start, Stop } from "./hearing.js";
import type { Interrupter } from "./interrupter.js";
import { Others } from "./others.js";
import { Patience } from "./patience.js";
import { RecentIds } from "./recent-ids.js";

/** What the replica is heard to do: which of its starts and stops are about the current turn, and which about something else. */
export class Ears {
  /** How long events are waited for. */
  readonly patience = new Patience();
  /** What is said that is no turn of ours. */
  readonly #others = new Others();
  /** Ids of turns that are over, and of what was no turn of ours: events about them are not the current turn's. */
  readonly #past = new RecentIds();
  readonly #interrupter: Interrupter;

  constructor(interrupter: Interrupter) {
    this.#interrupter = interrupter;
  }

  /** A trusted start or stop; returns what it means for `turn`, the current one. */
  hear(event: TavusEvent & { type: "started" | "stopped" }, turn: ActiveTurn | undefined, now: number): Start | Stop {
    const { type, inferenceId: id } = event;
    const past = this.#past.has(id);
    this.patience.saw(type === "stopped");
    if (type === "started") {
      const repeats = !past && id !== turn?.id && this.#others.repeats(id, now);
      const start = past || repeats || !turn ? "foreign" : turn.hearing.started(id, now);
      if (start === "began") this.#others.over();
      else if (start === "foreign" && !past) {
        if (!repeats) this.#others.began(id, now);
        this.#past.add(id);
      }
      this.attend(turn, now);
      return start;
    }
    const answer = this.#interrupter.stopped(event.interrupted);
    const theirs = id !== turn?.id && this.#others.owns(id, now);
    let stop: Stop = "ignored";
    if (turn && !past && !theirs) {
      const { durationSeconds: seconds, interrupted } = event;
      if (answer) turn.hearing.disown(id, now);
      else stop = turn.hearing.stopped({ id, seconds, interrupted }, now);
    }
    // It has one voice: whoever has stopped, the others have too.
    if (theirs || !past) this.quiet(stop === "ignored" ? turn : undefined, now);
    return stop;
  }

  /** Nothing of `turn` is heard as long as something else may be. */
  attend(turn: ActiveTurn | undefined, now: number): void {
    const until = this.#others.until(now);
    if (until > now) turn?.hearing.waits(now, until);
  }

  /** What was none of ours is over: `turn` is heard next. */
  quiet(turn: ActiveTurn | undefined, now: number): void {
    const busy = this.#others.until(now) > now;
    this.#others.over();
    if (busy) turn?.hearing.waits(now);
  }

  /** `turn` is over: what is told of it from now on is about no other. */
  forget(turn: ActiveTurn): void {
    this.#past.add(...turn.hearing.ids);
  }
}
