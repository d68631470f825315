import type { ActiveTurn } from "./active-turn.js";

/** Who is told when the replica begins and ceases to be heard. */
export interface SoundListener {
  /** It began; `turn` where it is one of ours. */
  speaking(turn: ActiveTurn | undefined): void;
  /** It ceased. */
  silent(turn: ActiveTurn | undefined, interrupted: boolean): void;
}

/** Whether the replica is heard, and saying what: begins and ends alternate, whatever events come, repeat or are missing. */
export class Sound {
  readonly #listener: SoundListener;
  #current: { turn: ActiveTurn | undefined } | undefined;

  constructor(listener: SoundListener) {
    this.#listener = listener;
  }

  /** It is heard saying `turn`, or something that is none of ours. */
  begins(turn: ActiveTurn | undefined): void {
    if (this.#current && (!turn || this.#current.turn === turn)) return;
    // An end that nobody told.
    this.ends(undefined, true);
    this.#current = { turn };
    this.#listener.speaking(turn);
  }

  /** It has ceased. */
  ends(turn: ActiveTurn | undefined, interrupted: boolean): void {
    const current = this.#current;
    if (!current) return;
    this.#current = undefined;
    this.#listener.silent(turn ?? current.turn, interrupted);
  }

  /** `turn` has settled: if it was being heard, it no longer is. */
  settled(turn: ActiveTurn): void {
    if (this.#current?.turn === turn) this.ends(turn, turn.ending?.type !== "spoken");
  }
}
