import type { Replica, Turn, VirtualClock } from "tavus-echo";
import type { FakeRoom, Faults, Participant } from "tavus-echo/fake-room";
import { type Heard, idsOf, type Told, type TurnRecord, type WalkRecord } from "./record.js";
import { samplesOf } from "./signal.js";
import { makeSource, streamText, textsOf } from "./sources.js";
import type { Tap } from "./tap.js";
import type { Step } from "./walk.js";

type Command = Exclude<Step, { do: "advance" }>;

/** Samples of other participants carry this source number. */
const otherNumber = 511;

/** What an app is made of. */
interface AppParts {
  replica: Replica;
  room: FakeRoom;
  clock: VirtualClock;
  tap: Tap;
  record: WalkRecord;
  hear(): Heard;
}

/** The app of a walk: takes its steps, and notes all that it is told. */
export class App {
  readonly #parts: AppParts;
  readonly #other: Participant;
  #others = 0;
  #numbers = 0;
  /** Faults that are still to be lifted, interrupted turns that are still to be resumed. */
  #pending = 0;

  constructor(parts: AppParts) {
    this.#parts = parts;
    const { replica, room, record, clock } = parts;
    this.#other = room.participant({ userId: "other" });
    replica.on("warning", ({ code }) => record.warnings.push({ at: clock.now(), code }));
    replica.on("error", ({ code, message }) => record.errors.push({ at: clock.now(), code, message }));
    replica.on("state", ({ state }) => record.states.push({ at: clock.now(), state }));
    replica.on("speaking", (event) => {
      const turn = record.turns.find((entry) => entry.turn === event.turn);
      const basis = (event as { basis?: Told["basis"] }).basis;
      if (turn) this.#note(turn, "speaking", 0, basis);
    });
  }

  /** Whether nothing is left that the app itself has to do. */
  get idle(): boolean {
    return this.#pending === 0;
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

  /** Does what the step says. What the API throws is noted. */
  take(step: Command): void {
    try {
      this.#do(step);
    } catch (error) {
      this.#parts.record.uncaught.push(`${step.do} threw ${error instanceof Error ? error.stack : String(error)}`);
    }
  }

  #do(step: Command): void {
    const { replica, record, clock, tap } = this.#parts;
    const at = clock.now();
    const closed = record.closedAt !== undefined;
    switch (step.do) {
      case "speak":
        if (!closed) this.#speak(step);
        return;
      case "say":
        if (!closed) this.#say(step);
        return;
      case "interrupt": {
        record.cuts.push({ at, by: "app" });
        const cut = replica.interrupt();
        const first = cut.map((turn) => record.turns.find((entry) => entry.turn === turn)).find((entry) => entry);
        if (step.resumeAfterSeconds === undefined || !first) return;
        this.#after(step.resumeAfterSeconds, () => this.#resume(first));
        return;
      }
      case "interruptTurn": {
        const entry = this.#named(step.turn);
        if (!entry) return;
        record.cuts.push({ at, by: "app", turn: entry.index });
        entry.turn.interrupt();
        return;
      }
      case "resume": {
        const entry = this.#named(step.turn);
        if (entry) this.#resume(entry);
        return;
      }
      case "end": {
        const entry = this.#named(step.turn);
        if (!entry) return;
        entry.endedAt ??= at;
        entry.turn.end();
        return;
      }
      case "close":
        if (closed) return;
        record.closedAt = at;
        record.cuts.push({ at, by: "close" });
        void replica.close({ drain: step.kind === "close-drain" });
        return;
      case "set":
        this.#set(step.faults);
        if (step.forSeconds !== undefined) {
          const standard = Object.fromEntries(Object.keys(step.faults).map((name) => [name, undefined]));
          this.#after(step.forSeconds, () => this.#set(standard as Faults));
        }
        return;
      case "refuse":
        tap.refuse(step.sends);
        return;
      case "otherEcho": {
        const pcm = samplesOf(otherNumber, 0, Math.round(step.seconds * 16_000));
        const audio = Buffer.from(pcm.buffer).toString("base64");
        const properties = { modality: "audio", audio, sample_rate: 16_000, inference_id: `other-${this.#others++}` };
        this.#sendOther("conversation.echo", { ...properties, done: true });
        return;
      }
      case "otherInterrupt":
        record.cuts.push({ at, by: "replica" });
        this.#sendOther("conversation.interrupt");
        return;
      default:
        step satisfies never;
    }
  }

  #sendOther(event_type: string, properties?: object): void {
    try {
      this.#other.send({ message_type: "conversation", event_type, ...(properties && { properties }) });
    } catch {
      // It is out of the room as well.
    }
  }

  #set(faults: Faults): void {
    const { record, clock, room } = this.#parts;
    const { silent, audioLevels, ...others } = faults;
    const { never } = record.walk.room;
    // What never comes is not brought back.
    const changes: Faults = {
      ...others,
      ...("silent" in faults && never !== "events" && never !== "either" && { silent }),
      ...("audioLevels" in faults && never !== "levels" && never !== "either" && { audioLevels }),
    };
    record.faults.push({ at: clock.now(), changes });
    room.set(changes);
  }

  #after(seconds: number, act: () => void): void {
    this.#pending++;
    void this.#parts.clock.sleep(seconds).then(() => {
      this.#pending--;
      act();
    });
  }

  #named(turn: number): TurnRecord | undefined {
    const { turns } = this.#parts.record;
    return turns[turn % Math.max(1, turns.length)];
  }

  #speak({ source: spec, mode }: Extract<Step, { do: "speak" }>): void {
    const { replica, clock, record } = this.#parts;
    const given = { count: 0, doneAt: undefined };
    const number = this.#numbers++;
    const source = makeSource(spec, number, record.sampleRate, clock, given);
    const turn = replica.speak(source, mode && { mode });
    const total = spec.parts.reduce((sum, { seconds }) => sum + Math.round(seconds * record.sampleRate), 0);
    const how = mode ?? (spec.kind === "live" ? "replace" : "queue");
    this.#add(turn, { kind: "audio", number, source: spec, given, total, mode: how });
  }

  #say({ parts, iterable, mode }: Extract<Step, { do: "say" }>): void {
    const { replica, clock } = this.#parts;
    const number = this.#numbers++;
    const texts = textsOf(parts, number);
    const total = texts.reduce((sum, text) => sum + text.length, 0);
    const given = { count: iterable ? 0 : total, doneAt: iterable ? undefined : clock.now() };
    const text = iterable ? streamText(parts, texts, clock, given) : texts.join("");
    const turn = replica.say(text, mode && { mode });
    this.#add(turn, { kind: "text", number, source: undefined, given, total, mode: mode ?? "queue" });
  }

  #resume(cut: TurnRecord): void {
    const { kind, number, source, given, total } = cut;
    let turn: Turn;
    try {
      turn = cut.turn.resume();
    } catch (error) {
      // Text turns, turns under way, turns whose time to be resumed is over.
      if (error instanceof TypeError || error instanceof RangeError || (error as Error).name === "EchoError") return;
      throw error;
    }
    this.#add(turn, { kind, number, source, given, total, mode: "queue", resumed: cut, endedAt: cut.endedAt });
  }

  #add(
    turn: Turn,
    made: Pick<TurnRecord, "kind" | "number" | "source" | "given" | "total" | "mode"> & {
      resumed?: TurnRecord;
      endedAt?: number | undefined;
    },
  ): void {
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
  }

  #note(entry: TurnRecord, what: Told["what"], seconds: number, basis = entry.turn.position.basis): void {
    const { clock, hear, tap } = this.#parts;
    const passed = tap.passed.length;
    entry.told.push({ at: clock.now(), passed, what, seconds, basis, ids: [...idsOf(entry.turn)], heard: hear() });
  }
}
