/** Callbacks at positions of a turn. */
export class Cues {
  #cues: readonly { seconds: number; cue: () => void }[] = [];

  /** The earliest position that somebody waits for; Infinity when nobody does. */
  get next(): number {
    return Math.min(...this.#cues.map(({ seconds }) => seconds));
  }

  /** Registers; returns the undo. */
  add(seconds: number, cue: () => void): () => void {
    const entry = { seconds, cue };
    this.#cues = [...this.#cues, entry];
    return () => {
      this.#cues = this.#cues.filter((other) => other !== entry);
    };
  }

  /** Takes out what is due at `position`, in the order of their seconds, then of registration. */
  due(position: number): readonly (() => void)[] {
    const due = this.#cues.filter(({ seconds }) => seconds <= position);
    this.#cues = this.#cues.filter(({ seconds }) => seconds > position);
    return due.sort((a, b) => a.seconds - b.seconds).map(({ cue }) => cue);
  }

  /** Forgets all. */
  clear(): void {
    this.#cues = [];
  }
}
