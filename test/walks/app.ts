import type { Replica, SpeakOptions, Turn, VirtualClock } from "tavus-echo";
import type { FakeRoom, Faults, Participant } from "tavus-echo/fake-room";
import type { Ledger } from "./ledger.js";
import type { TurnRecord, WalkRecord } from "./record.js";
import { samplesOf } from "./signal.js";
import { makeSource, streamText, textsOf } from "./sources.js";
import type { Tap } from "./tap.js";
import type { How, Step } from "./walk.js";

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
  ledger: Ledger;
}

/** The app of a walk: takes its steps. */
export class App {
  readonly #parts: AppParts;
  readonly #ledger: Ledger;
  readonly #other: Participant;
  #others = 0;
  #numbers = 0;
  /** Faults that are still to be lifted, interrupted turns that are still to be resumed. */
  #pending = 0;

  constructor(parts: AppParts) {
    this.#parts = parts;
    this.#other = parts.room.participant({ userId: "other" });
    this.#ledger = parts.ledger;
  }

  /** Whether nothing is left that the app itself has to do. */
  get idle(): boolean {
    return this.#pending === 0;
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

  /** The options of a turn that is asked for so, and what to do with it. */
  #options({ mode, abortAfterSeconds }: How): { options: SpeakOptions; watch(entry: TurnRecord): void } {
    if (abortAfterSeconds === undefined) return { options: { mode }, watch: () => {} };
    const abort = new AbortController();
    return {
      options: { mode, signal: abort.signal },
      watch: ({ index }) =>
        this.#after(abortAfterSeconds, () => {
          const { record, clock } = this.#parts;
          record.cuts.push({ at: clock.now(), by: "signal", turn: index });
          abort.abort();
        }),
    };
  }

  #speak({ source: spec, ...asked }: Extract<Step, { do: "speak" }>): void {
    const { replica, clock, record } = this.#parts;
    const given = { count: 0, doneAt: undefined };
    const number = this.#numbers++;
    const source = makeSource(spec, number, record.sampleRate, clock, given);
    const { options, watch } = this.#options(asked);
    const turn = replica.speak(source, options);
    const total = spec.parts.reduce((sum, { seconds }) => sum + Math.round(seconds * record.sampleRate), 0);
    const mode = asked.mode ?? (spec.kind === "live" ? "replace" : "queue");
    watch(this.#ledger.add(turn, { kind: "audio", number, source: spec, given, total, mode }));
  }

  #say({ parts, iterable, ...asked }: Extract<Step, { do: "say" }>): void {
    const { replica, clock } = this.#parts;
    const number = this.#numbers++;
    const texts = textsOf(parts, number);
    const total = texts.reduce((sum, text) => sum + text.length, 0);
    const given = { count: iterable ? 0 : total, doneAt: iterable ? undefined : clock.now() };
    const text = iterable ? streamText(parts, texts, clock, given) : texts.join("");
    const { options, watch } = this.#options(asked);
    const turn = replica.say(text, options);
    watch(
      this.#ledger.add(turn, { kind: "text", number, source: undefined, given, total, mode: asked.mode ?? "queue" }),
    );
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
    this.#ledger.add(turn, { kind, number, source, given, total, mode: "queue", resumed: cut, endedAt: cut.endedAt });
  }
}
