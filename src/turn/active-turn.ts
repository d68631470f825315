import { Emitter, report } from "../emitter.js";
import type { EchoError } from "../errors.js";
import type { Basis } from "../playback/playback-clock.js";
import type { PlaybackFact } from "../playback/state.js";
import type { Address, Message } from "../tavus/interaction.js";
import { Cues } from "./cues.js";
import { newId } from "./id.js";
import type { Payload, Piece } from "./payload.js";
import { advance, type TurnState, type TurnStep } from "./state.js";
import type { Outcome, Turn } from "./turn.js";
import type { Ending, TurnHost } from "./turn-host.js";

/** The worst of two bases: a sum rests on the weakest of its parts. */
const bases: readonly Basis[] = ["event", "media", "estimate"];
const weaker = (a: Basis, b: Basis): Basis => (bases.indexOf(a) > bases.indexOf(b) ? a : b);

/** The {@link Turn} itself: its state, ids, promises, cues, and what was heard of it. It sends nothing; its host does. */
export class ActiveTurn implements Turn {
  readonly id: string;
  readonly inferenceIds: string[];
  readonly started: Promise<boolean>;
  readonly outcome: Promise<Outcome>;
  /** What it says. */
  readonly payload: Payload;
  /** Time of `speak()`. */
  readonly createdAt: number;
  /** A sound of it has been heard, or must have been. */
  heard = false;
  /** Its outcome, once decided. */
  ending: Outcome | undefined;
  /** Settled, and what is left of it was taken over by another turn. */
  resumed = false;
  /** Told of its failure when nobody listens to the replica's errors. */
  report: ((error: EchoError) => boolean) | undefined;
  /** Seconds of the turn at which the present id begins. */
  spanFrom = 0;
  /** What closes an id that ended before its time, and could not leave then. */
  unclosed: Message | undefined;
  /** Seconds that were lost under earlier ids. */
  lostSeconds = 0;

  readonly #host: TurnHost;
  readonly #cues = new Cues();
  readonly #listeners = new Emitter<{ state: TurnState }>();
  #state: TurnState = "queued";
  #address: Address | undefined;
  /** The id of the next message, where that is a new one. */
  #nextId: string | undefined;
  /** Under the present id something was sent, and it has not ended. */
  #underWay = false;
  #begun = false;
  /** Under earlier ids: seconds heard and sent, and what that rests on. */
  #heardBefore = 0;
  #sentBefore = 0;
  #basisBefore: Basis | undefined;
  /** Seconds of the turn sent so far. */
  #sentUntil = 0;
  /** Seconds of the turn from which on something is missing. */
  #contiguous = Infinity;
  readonly #resolveStarted: (started: boolean) => void;
  readonly #resolveOutcome: (outcome: Outcome) => void;

  constructor(payload: Payload, host: TurnHost) {
    this.payload = payload;
    this.#host = host;
    this.id = newId();
    this.inferenceIds = [this.id];
    this.createdAt = host.clock.now();
    [this.started, this.#resolveStarted] = promised<boolean>();
    [this.outcome, this.#resolveOutcome] = promised<Outcome>();
    payload.changed = () => host.wake();
  }

  get state(): TurnState {
    return this.#state;
  }

  get position(): { seconds: number; basis: Basis } {
    if (this.ending) return { seconds: this.ending.heardSeconds, basis: this.ending.basis };
    const now = this.#underWay ? this.#host.position() : undefined;
    const basis = now ? weaker(now.basis, this.#basisBefore ?? "event") : (this.#basisBefore ?? "estimate");
    return { seconds: this.#heardBefore + (now?.seconds ?? 0), basis };
  }

  at(seconds: number, cue: () => void): () => void {
    if (!(seconds >= 0)) throw new RangeError(`at(): seconds must be 0 or more, not ${seconds}.`);
    if (typeof cue !== "function") throw new TypeError("at(): the cue must be a function.");
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
    return this.#begun;
  }

  /** Something that was sent may still sound. */
  get underWay(): boolean {
    return this.#underWay;
  }

  /** The last message has left. */
  get done(): boolean {
    return this.#state === "sent" || this.#state === "speaking";
  }

  /** Seconds of audio that have left; of text a guess until the replica says how long it spoke. */
  get sentSeconds(): number {
    return this.#sentBefore + (this.#sentUntil - this.spanFrom);
  }

  /** Seconds sent and not heard. */
  get leadSeconds(): number {
    return this.ending ? 0 : this.sentSeconds - this.lostSeconds - this.position.seconds;
  }

  /** Its time has come. */
  begin(): void {
    this.#step("open");
    this.payload.open();
  }

  /** The id and the conversation of its messages: one object as long as neither changes. */
  address(conversationId: string | undefined): Address {
    const inferenceId = this.#nextId ?? this.inferenceIds.at(-1) ?? this.id;
    const address = this.#address;
    if (address && address.conversationId === conversationId && address.inferenceId === inferenceId) return address;
    this.#address = { conversationId, inferenceId };
    return this.#address;
  }

  /** A message under the present id leaves. */
  leaves(): void {
    if (this.#nextId !== undefined) this.inferenceIds.push(this.#nextId);
    this.#nextId = undefined;
  }

  /** `piece` has left. Returns the seconds sent under the present id. */
  sent(piece: Piece): number {
    piece.commit();
    this.#underWay = this.#begun = true;
    this.#sentUntil = piece.until;
    if (this.#state === "opening") this.#step("first");
    if (piece.last && this.payload.finished) {
      this.#step("last");
      if (this.heard) this.#step("heard");
    }
    return piece.until - this.spanFrom;
  }

  /** What was sent under the present id has ended. It goes on under another, unless it is over. */
  spanEnded({ end, heardSeconds, sentSeconds, basis }: PlaybackFact & { type: "ended" }): void {
    const abandoned = end === "abandoned";
    this.#underWay = false;
    this.#heardBefore += heardSeconds;
    // What an abandoned id did not play is said again.
    this.#sentBefore += abandoned ? heardSeconds : sentSeconds;
    this.#basisBefore = weaker(basis, this.#basisBefore ?? "event");
    if (end === "lost" || end === "unheard") {
      this.lostSeconds += sentSeconds - heardSeconds;
      this.#contiguous = Math.min(this.#contiguous, this.spanFrom + heardSeconds);
    }
    if (abandoned) this.#sentUntil = this.payload.rewind(this.spanFrom + heardSeconds);
    this.spanFrom = this.#sentUntil;
    this.#nextId = newId();
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
    const { seconds } = this.position;
    this.payload.heard(seconds);
    // A cue at 0 is for the first sound.
    const next = Math.max(this.#cues.next, 1e-6) - this.#heardBefore;
    return this.#underWay ? this.#host.heardAt(next) : Infinity;
  }

  /** Decides the outcome; later calls change nothing. What is left of an unfinished payload stays for `resume()`. */
  settle(ending: Ending): void {
    if (this.ending) return;
    if (ending.type === "spoken") {
      this.markHeard();
      this.#fireCues(this.sentSeconds);
      if (this.ending) return;
    }
    const { seconds: heardSeconds, basis } = this.position;
    this.ending = { heardSeconds, sentSeconds: this.sentSeconds, basis, ...ending };
    this.#underWay = false;
    this.#cues.clear();
    this.payload.changed = () => {};
    if (ending.type === "spoken") this.payload.cancel();
    else this.payload.pause(Math.min(this.#contiguous, heardSeconds + this.lostSeconds));
    this.#step("settle");
    this.#resolveStarted(heardSeconds > 0);
    this.#resolveOutcome(this.ending);
  }

  #fireCues(position = this.position.seconds): void {
    // An estimate that nothing has confirmed yet fires none.
    if (!(position > 0 && this.heard)) return;
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
