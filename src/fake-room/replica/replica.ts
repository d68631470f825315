import { type EchoMessage, Refusal, readEcho } from "./echo-message.js";
import { normalisedId } from "./inference-id.js";
import type { ReplicaParts } from "./replica-parts.js";
import { stopDuration } from "./stop-duration.js";
import { Synthesis } from "./synthesis.js";
import { UsedIds } from "./used-ids.js";
import { Utterance } from "./utterance.js";
import { toPcm16, voice } from "./voice.js";

/**
 * Tavus' echo pipeline as its documentation describes it: one buffer per `inference_id`, played one after the other
 * by a playback clock. It knows nothing of Daily, of media or of the library that it tests.
 */
export class FakeReplica {
  readonly #parts: ReplicaParts;
  /** In the order of arrival; settled ones too. */
  readonly #utterances: Utterance[] = [];
  readonly #queue: Utterance[] = [];
  readonly #used = new UsedIds();
  /** `turn_idx`: rises with every `conversation.respond` and with nothing else [certain]; where it begins is [unknown]. */
  #turn = 0;
  #cancelCheck: () => void = () => {};
  readonly #synthesis: Synthesis;

  constructor(parts: ReplicaParts) {
    this.#parts = parts;
    this.#synthesis = new Synthesis(parts.speech, parts.clock, () => this.#advance());
  }

  /** Everything it was asked to say so far, in the order of arrival. */
  get utterances(): readonly Utterance[] {
    return this.#utterances;
  }

  /** What is to be heard now or next. */
  get current(): Utterance | undefined {
    return this.#queue[0];
  }

  /** How loud it was in the last `seconds`: RMS, of full scale 1. What it began and ended within them is counted as far as it is still playing. */
  level(seconds: number): number {
    return this.current?.level(this.#parts.clock.now(), seconds) ?? 0;
  }

  /** A message of the conversation. Throws a {@link Refusal} for what it cannot use; what is not for it is passed over. */
  receive(message: unknown): void {
    if (typeof message !== "object" || message === null || Array.isArray(message)) throw new Refusal("not an object");
    const { message_type, event_type, conversation_id, properties } = message as Record<string, unknown>;
    if (message_type !== "conversation") throw new Refusal("message_type is not conversation");
    // Whether a missing conversation_id is taken is [unknown]; the fake takes it, and refuses another conversation's.
    if (conversation_id !== undefined && conversation_id !== this.#parts.conversationId)
      throw new Refusal(`conversation_id ${JSON.stringify(conversation_id)} is another conversation's`);
    if (event_type === "conversation.interrupt") this.interrupt();
    if (event_type === "conversation.respond") this.#turn++;
    if (event_type !== "conversation.echo") return;
    if (typeof properties !== "object" || properties === null) throw new Refusal("properties are missing");
    this.#echo(readEcho(properties as Record<string, unknown>));
  }

  /** Says a text of its own, in a second voice. */
  greet(text: string): void {
    const utterance = this.#begin(`greeting-${this.#parts.random.uuid()}`, "greeting", 24_000);
    utterance.text = text;
    for (const chunk of voice(text, "second")) utterance.append(toPcm16(chunk.samples), this.#parts.clock.now());
    utterance.done = true;
    this.#advance();
  }

  /** Clears what plays and what waits. The ids are used up: what still comes for them is refused. */
  interrupt(): void {
    const now = this.#parts.clock.now();
    this.#advance();
    for (const utterance of this.#clearable()) this.#settle(utterance, "interrupted", now);
    this.#advance();
  }

  /** Takes everything out of the queue that may be cut; a greeting stays where the model protects it. */
  #clearable(): Utterance[] {
    const keep = (utterance: Utterance): boolean =>
      utterance.kind === "greeting" && !this.#parts.model.interruptsGreeting;
    const cleared = this.#queue.filter((utterance) => !keep(utterance));
    this.#queue.splice(0, this.#queue.length, ...this.#queue.filter(keep));
    return cleared;
  }

  /** The replica leaves: what plays is cut off, without a word. */
  stop(): void {
    const now = this.#parts.clock.now();
    this.#advance();
    this.#cancelCheck();
    for (const utterance of this.#queue.splice(0)) {
      utterance.settle("cut", now);
      this.#used.add(utterance);
    }
  }

  #echo(echo: EchoMessage): void {
    this.#advance();
    // One utterance per message when the id is missing [certain].
    const id = echo.inferenceId ?? this.#parts.random.uuid();
    const used = this.#used.reason(id);
    if (used !== undefined) throw new Refusal(`inference_id ${id} ${used}`);
    if (
      echo.modality === "audio" &&
      echo.pcm.length === 0 &&
      echo.done &&
      this.#parts.model.emptyLastChunk === "ignored"
    )
      return;
    const known = this.#queue.find(({ sentId }) => sentId === id);
    if (known && (known.kind !== echo.modality || known.done)) throw new Refusal(`inference_id ${id} is in use`);
    // What the service does with a rate that changes in the middle is [unknown]; the fake refuses.
    if (known?.kind === "audio" && known.sampleRate !== echo.sampleRate)
      throw new Refusal(`sample_rate changed from ${known.sampleRate} to ${echo.sampleRate} within one inference_id`);
    if (!known && this.#parts.model.secondId === "replaces") this.#replaceAll();
    const utterance = known ?? this.#begin(id, echo.modality, echo.sampleRate);
    utterance.arrivedAt = this.#parts.clock.now();
    if (echo.modality === "text") {
      this.#say(utterance, echo);
      return;
    }
    utterance.append(echo.pcm, this.#parts.clock.now());
    if (echo.done) this.#finish(utterance);
    this.#advance();
  }

  /** Text in pieces under one id [likely]: each is spoken as it comes, after the pieces before it. */
  #say(utterance: Utterance, { text, done }: EchoMessage): void {
    utterance.text += text;
    if (done) this.#used.add(utterance);
    const tell = { id: utterance.eventId, turn: utterance.turn, text: utterance.text };
    this.#parts.tell({ type: "streaming", ...tell, piece: utterance.pieces++, final: done });
    this.#synthesis.say(utterance, text, () => {
      if (done && !utterance.outcome) this.#finish(utterance);
      this.#advance();
    });
  }

  #begin(sentId: string, kind: Utterance["kind"], sampleRate: number): Utterance {
    const eventId = this.#parts.model.ids === "md5" ? normalisedId(sentId) : sentId;
    const now = this.#parts.clock.now();
    const utterance = new Utterance({
      sentId,
      eventId,
      turn: this.#turn,
      kind,
      sampleRate,
      speed: this.#parts.speed,
      now,
    });
    this.#utterances.push(utterance);
    this.#queue.push(utterance);
    return utterance;
  }

  /** A message of another id cuts what plays and what waits. */
  #replaceAll(): void {
    const now = this.#parts.clock.now();
    for (const utterance of this.#clearable()) this.#settle(utterance, "cut", now);
  }

  #finish(utterance: Utterance): void {
    utterance.done = true;
    this.#used.add(utterance);
  }

  /** Brings the playback to now: starts, drains and gives up whatever is due, each at its own time. */
  #advance(): void {
    this.#cancelCheck();
    const { clock, model } = this.#parts;
    if (model.abandonFrom === "arrival") for (const utterance of this.#queue) this.#abandonIfSilent(utterance);
    for (let head = this.#queue[0]; head; head = this.#queue[0]) {
      const now = clock.now();
      if (!head.started) {
        const ready = head.receivedFrames >= model.prebufferSeconds * head.sampleRate;
        if (head.receivedFrames > 0 && (ready || head.done)) {
          head.start(now);
          this.#parts.tell({ type: "started", id: head.eventId, turn: head.turn });
        } else if (head.done) {
          // Nothing to say.
          this.#drop(head, now);
          continue;
        }
      }
      // Rounding: a wake-up may come a hair before its time.
      const dry = head.dryAt <= now + 1e-9;
      if (head.started && (head.done || head.abandoned) && head.synthesising === 0) {
        if (!dry) {
          this.#checkAt(head.dryAt);
          return;
        }
        this.#drop(head, now);
        continue;
      }
      // Speech that is still being made: its next piece calls again.
      if (head.synthesising > 0) return;
      // An utterance without `done`: "audio may be cut off" [certain]. When is [unknown]: here as soon as the next one
      // waits, else after a silence.
      if (head.started ? dry && this.#queue.length > 1 : this.#queue.length > 1) {
        this.#drop(head, now);
        continue;
      }
      const silentSince =
        model.abandonFrom === "arrival"
          ? head.arrivedAt
          : Math.max(head.arrivedAt, head.addedAt, head.started ? head.dryAt : 0);
      const giveUp = silentSince + model.abandonSeconds;
      if (now >= giveUp - 1e-9) {
        this.#used.giveUp(head, model);
        this.#drop(head, now);
        continue;
      }
      this.#checkAt(dry || !head.started ? giveUp : head.dryAt);
      return;
    }
  }

  /** Nothing is to be done but to refuse what still comes: what arrived is played to its end. */
  #abandonIfSilent(utterance: Utterance): void {
    if (utterance.done || utterance.abandoned) return;
    if (this.#parts.clock.now() < utterance.arrivedAt + this.#parts.model.abandonSeconds - 1e-9) return;
    utterance.abandoned = true;
    this.#used.giveUp(utterance, this.#parts.model);
  }

  #checkAt(time: number): void {
    this.#cancelCheck = this.#parts.schedule.at(time, () => this.#advance());
  }

  #drop(utterance: Utterance, now: number): void {
    this.#queue.shift();
    this.#settle(utterance, utterance.done ? "spoken" : "cut", now);
  }

  #settle(utterance: Utterance, outcome: "spoken" | "interrupted" | "cut", now: number): void {
    utterance.settle(outcome, now);
    this.#used.add(utterance);
    const { tell, model } = this.#parts;
    const ids = { id: utterance.eventId, turn: utterance.turn };
    const interrupted = outcome === "interrupted";
    if (!utterance.started && !(interrupted && model.interruptedStops === "always")) return;
    if (utterance.started && utterance.text && utterance.kind === "text")
      tell({ type: "utterance", ...ids, text: utterance.text, interrupted });
    if (interrupted && model.interruptedStops === "never") return;
    tell({ type: "stopped", ...ids, duration: stopDuration(utterance, now, model.durations), interrupted });
  }
}
