/** Callbacks at positions of a turn. */
export class Cues {
  readonly #cues = new Set<{ seconds: number; cue: () => void }>();

  /** The earliest position that somebody waits for; Infinity when nobody does. */
  get next(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const { seconds } of this.#cues) next = Math.min(next, seconds);
    return next;
  }

  /** Registers; returns the undo. */
  add(seconds: number, cue: () => void): () => void {
    const entry = { seconds, cue };
    this.#cues.add(entry);
    return () => this.#cues.delete(entry);
  }

  /** Takes out what is due at `position`, in the order of their seconds, then of registration. */
  due(position: number): readonly (() => void)[] {
    const due = [...this.#cues].filter(({ seconds }) => seconds <= position);
    for (const entry of due) this.#cues.delete(entry);
    return due.sort((a, b) => a.seconds - b.seconds).map(({ cue }) => cue);
  }

  /** Forgets all. */
  clear(): void {
    this.#cues.clear();
  }
}
