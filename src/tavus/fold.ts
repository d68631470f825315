import type { TavusEvent } from "./event.js";

/** Two reports of one fact come within this time of each other. */
const repeatSeconds = 2;
/** An event that was overtaken is this many behind, at most. */
const overtakenEvents = 1000;

/**
 * Folds what Tavus says more than once into one event: both generations of names, a `pal` message repeated as `replica`,
 * several starts of one echo; and drops starts and stops that a later one (by `seq`) has overtaken.
 */
export class EventFold {
  /** Latest `seq` by sender. */
  #lastSeq: Record<string, number> = {};
  #speech: { event: TavusEvent; at: number } | undefined;
  #utterance: { key: string; at: number } | undefined;

  /** Whether `event` of `sender`, received at `now` (seconds), says anything new. */
  accepts(event: TavusEvent, sender: string, now: number): boolean {
    if (event.type === "utterance") {
      const key = `${event.role} ${event.final} ${event.text}`;
      const last = this.#utterance;
      this.#utterance = { key, at: now };
      return !(last && key === last.key && now - last.at <= repeatSeconds);
    }
    if (event.type !== "started" && event.type !== "stopped") return true;
    if (event.seq !== undefined) {
      const behind = (this.#lastSeq[sender] ?? -Infinity) - event.seq;
      // A number far off the row proves nothing, neither then nor later.
      if (behind >= 0 && behind < overtakenEvents) return false;
      this.#lastSeq[sender] = event.seq;
    }
    const last = this.#speech;
    this.#speech = { event, at: now };
    return !(last && now - last.at <= repeatSeconds && sameFact(last.event, event));
  }

  /** A new stay in the room: its events count from their own beginning. */
  reset(): void {
    this.#lastSeq = {};
    this.#speech = undefined;
    this.#utterance = undefined;
  }
}

function sameFact(a: TavusEvent, b: TavusEvent): boolean {
  if (a.type === "started" && b.type === "started") return a.inferenceId === b.inferenceId;
  if (a.type === "stopped" && b.type === "stopped")
    return (
      a.inferenceId === b.inferenceId && a.durationSeconds === b.durationSeconds && a.interrupted === b.interrupted
    );
  return false;
}
