import type { Replica, Turn, VirtualClock } from "tavus-echo";
import { type Heard, idsOf, type Told, type TurnRecord, type WalkRecord } from "./record.js";
import type { Tap } from "./tap.js";

/** What the ledger is made of. */
interface LedgerParts {
  replica: Replica;
  clock: VirtualClock;
  tap: Tap;
  record: WalkRecord;
  /** What the room has heard by now. */
  hear(): Heard;
}

/** Notes all that the client tells, and what the room had heard at that moment. */
export class Ledger {
  readonly #parts: LedgerParts;

  constructor(parts: LedgerParts) {
    this.#parts = parts;
    const { replica, record, clock } = parts;
    replica.on("warning", ({ code }) => record.warnings.push({ at: clock.now(), code }));
    replica.on("error", ({ code, message }) => record.errors.push({ at: clock.now(), code, message }));
    replica.on("state", ({ state }) => record.states.push({ at: clock.now(), state }));
    replica.on("speaking", (event) => {
      const turn = record.turns.find((entry) => entry.turn === event.turn);
      const basis = (event as { basis?: Told["basis"] }).basis;
      if (turn) this.#note(turn, "speaking", 0, basis);
    });
  }

  /** Notes what was heard, and what the client says of it. */
  look(): void {
    const { record, clock, tap } = this.#parts;
    const heard = this.#parts.hear();
    const passed = tap.passed.length;
    record.moments.push({ at: clock.now(), heard });
    for (const entry of record.turns) {
      if (entry.outcome || entry.madeAt === clock.now()) continue;
      const { seconds, basis } = entry.turn.position;
      if (seconds > 0)
        entry.told.push({
          at: clock.now(),
          passed,
          what: "position",
          seconds,
          basis,
          ids: [...idsOf(entry.turn)],
          heard,
        });
    }
  }

  /** Notes a turn that was just made, and from now on what is told of it. */
  add(
    turn: Turn,
    made: Pick<TurnRecord, "kind" | "number" | "source" | "given" | "total" | "mode"> & {
      resumed?: TurnRecord;
      endedAt?: number | undefined;
    },
  ): TurnRecord {
    const { record, clock } = this.#parts;
    if (made.mode === "replace") record.cuts.push({ at: clock.now(), by: "replaced" });
    const entry: TurnRecord = {
      resumed: undefined,
      endedAt: undefined,
      ...made,
      turn,
      index: record.turns.length,
      madeAt: clock.now(),
      outcome: undefined,
      settledAt: Number.NaN,
      told: [],
    };
    record.turns.push(entry);
    for (const seconds of [0.5, 2, 5]) turn.at(seconds, () => this.#note(entry, "cue", seconds));
    void turn.started.then((started) => {
      if (started) this.#note(entry, "started", 0);
    });
    void turn.outcome.then((outcome) => {
      // Settled by the clearing up: it never settled by itself.
      if (record.over) return;
      entry.outcome = outcome;
      entry.settledAt = clock.now();
      this.#note(entry, "outcome", outcome.heardSeconds, outcome.basis);
    });
    return entry;
  }

  #note(entry: TurnRecord, what: Told["what"], seconds: number, basis = entry.turn.position.basis): void {
    const { clock, hear, tap } = this.#parts;
    const passed = tap.passed.length;
    entry.told.push({ at: clock.now(), passed, what, seconds, basis, ids: [...idsOf(entry.turn)], heard: hear() });
  }
}
