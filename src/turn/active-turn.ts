import { Emitter, report } from "../emitter.js";
import type { Position } from "../flow/position.js";
import type { Address } from "../tavus/interaction.js";
import { Cues } from "./cues.js";
import { Hearing } from "./hearing.js";
import { newId } from "./id.js";
import type { Payload, Piece } from "./payload.js";
import { advance, type TurnState, type TurnStep } from "./state.js";
import type { Outcome, Turn } from "./turn.js";
import type { Ending, TurnHost } from "./turn-host.js";

/** The {@link Turn} itself: its state, promises, cues, and what has been heard of it. It sends nothing; its host does. */
export class ActiveTurn implements Turn {
  readonly id = newId();
  readonly started: Promise<boolean>;
  readonly outcome: Promise<Outcome>;
  /** What it says. */
  readonly payload: Payload;
  /** Time of `speak()`. */
  readonly createdAt: number;
  /** How far it has been heard, with the means to predict. */
  readonly hearing: Hearing;
  /** A sound of it has been heard, or must have been. */
  heard = false;
  /** Its outcome, once decided. */
  ending: Outcome | undefined;
  /** Settled, and its rest taken over by another turn. */
  resumed = false;

  readonly #host: TurnHost;
  readonly #cues = new Cues();
  readonly #listeners = new Emitter<{ state: TurnState }>();
  #state: TurnState = "queued";
  #address: Address | undefined;
  readonly #resolveStarted: (started: boolean) => void;
  readonly #resolveOutcome: (outcome: Outcome) => void;

  constructor(payload: Payload, host: TurnHost) {
    this.payload = payload;
    this.#host = host;
    this.createdAt = host.clock.now();
    this.hearing = new Hearing(this.id, payload.exact, host.startSeconds);
    [this.started, this.#resolveStarted] = promised<boolean>();
    [this.outcome, this.#resolveOutcome] = promised<Outcome>();
    payload.changed = () => host.wake();
  }

  get state(): TurnState {
    return this.#state;
  }

  get position(): { seconds: number; basis: Position["basis"] } {
    if (this.ending) return { seconds: this.ending.heardSeconds, basis: this.ending.basis };
    const { position } = this.hearing;
    return { seconds: position.seconds(this.#host.clock.now()), basis: position.basis };
  }

  at(seconds: number, cue: () => void): () => void {
    if (!(seconds >= 0)) throw new RangeError(`at(): seconds must be 0 or more, not ${seconds}.`);
    const off = this.#cues.add(seconds, cue);
    if (this.ending && this.ending.type !== "spoken") this.#cues.clear();
    else if (!this.ending) this.#fireCues();
    else for (const late of this.#cues.due(this.ending.sentSeconds)) late();
    this.#host.wake();
    return off;
  }

  end(): void {
    if (this.ending) return;
    this.payload.end();
    this.#host.wake();
  }

  interrupt(): void {
    if (!this.ending) this.#host.interrupt(this);
  }

  resume(): Turn {
    const { resumable } = this.payload;
    const refusal =
      resumable !== true
        ? resumable
        : !this.ending
          ? "it is still going on"
          : this.ending.type === "spoken"
            ? "it was spoken to the end"
            : this.resumed
              ? "it has been resumed already"
              : undefined;
    if (refusal) throw new TypeError(`resume(): ${refusal}.`);
    this.resumed = true;
    return this.#host.resume(this);
  }

  on(type: "state", listener: (state: TurnState) => void): () => void {
    return this.#listeners.on(type, listener);
  }

  /** At least one message has left. */
  get begun(): boolean {
    return this.hearing.firstSentAt !== undefined;
  }

  /** The message with `done: true` has left. */
  get done(): boolean {
    return this.#state === "sent" || this.#state === "speaking";
  }

  /** Seconds sent and not heard. */
  get leadSeconds(): number {
    const { position } = this.hearing;
    return this.ending ? 0 : position.sentSeconds - position.seconds(this.#host.clock.now());
  }

  /** Its time has come. */
  begin(): void {
    this.#step("open");
    this.payload.open();
  }

  /** The id and the conversation of its messages: one object as long as neither changes. */
  address(conversationId: string | undefined): Address {
    if (!this.#address || this.#address.conversationId !== conversationId)
      this.#address = { conversationId, inferenceId: this.id };
    return this.#address;
  }

  /** `piece` has left. */
  sent(piece: Piece): void {
    piece.commit();
    this.hearing.sent(piece.until, this.#host.clock.now(), piece.last);
    if (this.#state === "opening") this.#step("first");
    if (!piece.last) return;
    this.#step("last");
    if (this.heard) this.#step("heard");
  }

  /** A sound of it is heard, or must be by now. */
  markHeard(): void {
    if (this.ending) return;
    this.heard = true;
    this.#resolveStarted(true);
    if (this.#state === "streaming" || this.#state === "sent") this.#step("heard");
  }

  /** Time has passed: fires cues, forgets what needs no keeping. Returns when to look again. */
  tick(): number {
    this.#fireCues();
    const { position } = this.hearing;
    const now = this.#host.clock.now();
    this.payload.heard(position.seconds(now));
    // A cue at 0 is for the first sound.
    return position.timeOf(Math.max(this.#cues.next, 1e-6), now);
  }

  /** Decides the outcome; later calls change nothing. What is left of an unfinished payload stays for `resume()`. */
  settle(ending: Ending): void {
    if (this.ending) return;
    const now = this.#host.clock.now();
    const { position } = this.hearing;
    if (ending.type === "spoken") {
      this.markHeard();
      this.#fireCues(position.sentSeconds);
      if (this.ending) return;
    }
    const heardSeconds = ending.type === "spoken" ? position.sentSeconds : position.seconds(now);
    this.ending = { heardSeconds, sentSeconds: position.sentSeconds, basis: position.basis, ...ending };
    this.#cues.clear();
    this.payload.changed = () => {};
    if (ending.type === "spoken") this.payload.cancel();
    else this.payload.pause(heardSeconds);
    this.#step("settle");
    this.#resolveStarted(heardSeconds > 0);
    this.#resolveOutcome(this.ending);
  }

  #fireCues(position = this.position.seconds): void {
    if (!(position > 0)) return;
    for (const cue of this.#cues.due(position)) {
      // A cue may have interrupted the turn.
      if (this.ending) return;
      try {
        cue();
      } catch (error) {
        report(error);
      }
    }
  }

  #step(step: TurnStep): void {
    const next = advance(this.#state, step);
    if (next === this.#state) return;
    this.#state = next;
    this.#listeners.emit("state", next);
  }
}

/** A promise and what resolves it. */
function promised<T>(): [Promise<T>, (value: T) => void] {
  let settle: (value: T) => void = () => {};
  return [
    new Promise<T>((resolve) => {
      settle = resolve;
    }),
    (value) => settle(value),
  ];
}
