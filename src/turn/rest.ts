import type { ActiveTurn } from "./active-turn.js";

/** How long what is left of a turn is kept for a call that may come back. */
const lostCallSeconds = 60;

/** Turns that ended before they were said: their sources pause here, until somebody resumes them or their window closes. */
export class Rest {
  readonly #windowSeconds: number;
  readonly #until = new Map<ActiveTurn, { at: number; lost: boolean }>();

  /** `windowSeconds`: how long a turn can be resumed. */
  constructor(windowSeconds: number) {
    this.#windowSeconds = windowSeconds;
  }

  /** `turn` rests from `now` on. `lost`: with the call, so that its window opens when the call is back. */
  add(turn: ActiveTurn, now: number, lost: boolean): void {
    if (turn.payload.resumable !== true) return;
    const seconds = lost ? Math.max(lostCallSeconds, this.#windowSeconds) : this.#windowSeconds;
    this.#until.set(turn, { at: now + seconds, lost });
  }

  /** `turn` was resumed. */
  remove(turn: ActiveTurn): void {
    this.#until.delete(turn);
  }

  /** The call is back: the windows of turns that were lost with it open. */
  reached(now: number): void {
    for (const entry of this.#until.values()) {
      if (!entry.lost) continue;
      entry.lost = false;
      entry.at = now + this.#windowSeconds;
    }
  }

  /** Drops what has rested too long; returns when the next is due. */
  expire(now: number): number {
    let next = Infinity;
    for (const [turn, { at }] of this.#until) {
      if (at > now) next = Math.min(next, at);
      else {
        this.#until.delete(turn);
        turn.payload.cancel();
      }
    }
    return next;
  }

  /** Drops everything. */
  clear(): void {
    for (const turn of this.#until.keys()) turn.payload.cancel();
    this.#until.clear();
  }
}
