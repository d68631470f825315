import { holdAudio } from "./capture/hold.js";
import { Emitter, report } from "./emitter.js";
import { EchoError } from "./errors.js";
import { systemClock } from "./flow/clock.js";
import { type ReplicaOptions, type Settings, settings } from "./options.js";
import type { ReplicaEvents, ReplicaState, SpeakOptions } from "./replica-events.js";
import type { Source } from "./source/source.js";
import { conversationIdOf, parse } from "./tavus/event.js";
import { EventFold } from "./tavus/fold.js";
import { type Interaction, interactionMessage, interactionTypes, type Message } from "./tavus/interaction.js";
import { Arrival } from "./transport/arrival.js";
import { claim } from "./transport/claim.js";
import { Presence, type Readiness } from "./transport/presence.js";
import type { TransportEvent } from "./transport/transport.js";
import type { ActiveTurn } from "./turn/active-turn.js";
import { AudioPayload } from "./turn/audio-payload.js";
import { measure } from "./turn/marks.js";
import type { Stats } from "./turn/meter.js";
import type { Payload } from "./turn/payload.js";
import { Sound } from "./turn/sound.js";
import { TextPayload } from "./turn/text-payload.js";
import type { Turn } from "./turn/turn.js";
import { Voice } from "./turn/voice.js";
import type { VoiceHost } from "./turn/voice-host.js";
import type { Warning } from "./warning.js";

const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/** A Tavus replica in echo mode: it says what it is given. Wires sources, turns, the transport and Tavus' events. */
export class Replica {
  readonly #settings: Settings;
  readonly #emitter = new Emitter<ReplicaEvents>();
  readonly #voice: Voice;
  readonly #fold = new EventFold();
  readonly #undo: (() => void)[] = [];
  readonly #arrival = new Arrival();
  readonly #sound: Sound;
  #state: ReplicaState = "waiting";
  readonly #presence = new Presence();
  readonly #releaseClaim: () => void;
  #readinessSince: number;
  #learntId: string | undefined;
  #sending = false;
  readonly #pending: TransportEvent[] = [];
  /** Interactions that wait for the network. */
  readonly #unsent: Message[] = [];
  #closing: Promise<void> | undefined;
  #audio: Promise<void> | undefined;

  /** Throws TypeError or RangeError for bad options, and TypeError when another live Replica uses the same call. */
  constructor(options: ReplicaOptions) {
    this.#settings = settings(options);
    const { transport, clock } = this.#settings;
    this.#readinessSince = clock.now();
    this.#releaseClaim = claim(transport.claims ?? transport);
    this.#voice = new Voice(this.#voiceHost(), this.#settings);
    this.#sound = new Sound({
      speaking: (turn) => this.#emitter.emit("speaking", { turn }),
      silent: (turn, interrupted) => this.#emitter.emit("silent", { turn, interrupted }),
    });
    try {
      this.#undo.push(transport.subscribe((event) => this.#receive(event)));
    } catch (error) {
      this.#releaseClaim();
      this.#voice.stop();
      throw error;
    }
    this.#listenForPagehide();
  }

  /** See {@link ReplicaState}. */
  get state(): ReplicaState {
    return this.#state;
  }

  /** Resolves when the replica can hear. Never causes an unhandled rejection. Armed again when the call is left. */
  get ready(): Promise<void> {
    return this.#arrival.promise;
  }

  /**
   * Call it in a click: loads worklet and wasm (so that CSP errors come now), unlocks audio, and asks for what the sources
   * need, a permission for instance. The audio stays unlocked until `close()`. Rejects with the first EchoError. Where there
   * is no Web Audio at all (Node) only the sources are prepared.
   */
  async prepare(...sources: Source[]): Promise<void> {
    this.#assertOpen("prepare");
    // All are started inside the click, before the first await.
    const { audio } = this.#settings;
    if (typeof AudioContext !== "undefined") this.#audio ??= this.#holdAudio();
    const preparing = [this.#audio, ...sources.map((source) => source.prepare?.(audio))];
    const results = await Promise.allSettled(preparing);
    for (const result of results) if (result.status === "rejected") throw result.reason;
  }

  async #holdAudio(): Promise<void> {
    const abort = new AbortController();
    this.#undo.push(() => abort.abort());
    try {
      const release = await holdAudio(this.#settings.audio, abort.signal);
      if (abort.signal.aborted) release();
      else this.#undo.push(release);
    } catch (error) {
      // The next prepare() tries again.
      this.#audio = undefined;
      throw error;
    }
  }

  /** Shows the replica's own video and audio in the element; returns the undo. */
  attach(element: HTMLVideoElement): () => void {
    this.#assertOpen("attach");
    const { transport } = this.#settings;
    if (!transport.attach) throw new TypeError("attach(): this transport shows no media.");
    const undo = transport.attach(element);
    this.#undo.push(undo);
    return undo;
  }

  /** Says what the source gives, as one turn. */
  speak(source: Source, options: SpeakOptions = {}): Turn {
    this.#assertOpen("speak");
    if (typeof source?.open !== "function") throw new TypeError("speak(): a Source has a method open().");
    const { sampleRate, clock, audio, leadSeconds } = this.#settings;
    const payload = new AudioPayload(source, {
      clock,
      sampleRate,
      audio,
      short: leadSeconds === 0,
      warn: (warning) => this.#warn(warning),
    });
    return this.#begin(payload, options);
  }

  /** Text echo: the persona's own TTS says it. Streamed text goes out piece by piece, within one turn. */
  say(text: string | AsyncIterable<string>, options: SpeakOptions = {}): Turn {
    this.#assertOpen("say");
    if (typeof text !== "string" && typeof text?.[Symbol.asyncIterator] !== "function")
      throw new TypeError("say(): text must be a string or an async iterable of strings.");
    return this.#begin(new TextPayload(text), options);
  }

  /** Stops at once and drops the queue. Returns what was cut, so that `cut[0]?.resume()` can undo a false alarm. */
  interrupt(): readonly Turn[] {
    return this.#voice.cutAll("app");
  }

  /**
   * Any other interaction of Tavus' protocol; the envelope's fields are filled in. While the network is interrupted it
   * waits, and is lost with the call if that ends. Throws TypeError for an unknown one,
   * and an EchoError (`not-joined`, `replica-absent`, `call-left`, `message-too-long`) when it cannot be sent now.
   */
  send(interaction: Interaction): void {
    this.#assertOpen("send");
    if (!interactionTypes.has(interaction?.event_type))
      throw new TypeError(
        `send(): event_type must be one of ${[...interactionTypes].join(", ")}, not ${interaction?.event_type}.`,
      );
    const { readiness } = this.#presence;
    if (readiness !== "ready" && readiness !== "held")
      throw new EchoError(readiness === "left" || readiness === "closed" ? "call-left" : readiness, "Not sent.");
    const message = interactionMessage(this.#conversationId, interaction);
    if (readiness === "held") this.#unsent.push(message);
    else this.#transmit(message);
  }

  /** The figures as of now. */
  stats(): Stats {
    return {
      ...this.#voice.meter.figures(this.#settings.clock.now()),
      leadSeconds: this.#voice.turns[0]?.leadSeconds ?? 0,
      queuedSeconds: this.#voice.queuedSeconds,
      maxMessageLength: this.#settings.transport.maxMessageLength,
    };
  }

  /** Calls `listener` on every `type` until the returned undo is called or `signal` aborts. */
  on<K extends keyof ReplicaEvents>(
    type: K,
    listener: (event: ReplicaEvents[K]) => void,
    options?: { signal?: AbortSignal | undefined },
  ): () => void {
    return this.#emitter.on(type, listener, options);
  }

  /**
   * Drops and interrupts; `drain` lets the turns finish first. Gives up its claim on the call before it returns, so that
   * another Replica can be made at once. The call itself is neither left nor destroyed.
   */
  close(options: { drain?: boolean | undefined } = {}): Promise<void> {
    this.#releaseClaim();
    if (!options.drain) this.#shutDown();
    this.#closing ??= this.#drain();
    return this.#closing;
  }

  /** `await using`: as {@link Replica.close}. */
  [asyncDispose](): Promise<void> {
    return this.close();
  }

  get #conversationId(): string | undefined {
    return this.#settings.conversationId ?? this.#learntId;
  }

  #voiceHost(): VoiceHost {
    const replica = this;
    const { transport } = this.#settings;
    return {
      get readiness() {
        return replica.#presence.readiness;
      },
      get readinessSince() {
        return replica.#readinessSince;
      },
      get limit() {
        return transport.maxMessageLength;
      },
      get conversationId() {
        return replica.#conversationId;
      },
      transmit: (message) => replica.#transmit(message),
      warn: (warning) => replica.#warn(warning),
      progress: () => this.#emitter.emit("stats", this.stats()),
      settled: (turn) => replica.#settled(turn),
      milestone: (turn, what) => replica.#milestone(turn, what),
    };
  }

  #begin(payload: Payload, { mode, signal }: SpeakOptions): Turn {
    const left = this.#presence.readiness === "left";
    const over = left && !this.#settings.transport.joining;
    if (left && !over) {
      this.#presence.rejoin();
      this.#follow("left");
    }
    const turn = this.#voice.add(payload, mode ?? (payload.live ? "replace" : "queue"), over || signal?.aborted);
    if (over) this.#voice.fail(turn, new EchoError("call-left", "The call has ended before the turn began."));
    const abort = (): void => void this.#voice.cut([turn], "signal");
    if (signal?.aborted) abort();
    else if (signal) {
      signal.addEventListener("abort", abort, { once: true });
      void turn.outcome.then(() => signal.removeEventListener("abort", abort));
    }
    return turn;
  }

  #transmit(message: Message): void {
    const { transport } = this.#settings;
    // A transport may answer before send() returns; what it says is heard after the message counts as sent.
    const pending = this.#pending.length;
    this.#sending = true;
    try {
      transport.send(message);
    } finally {
      this.#sending = false;
      if (this.#pending.length > pending) queueMicrotask(() => this.#receivePending());
    }
    this.#voice.transmitted(JSON.stringify(message).length);
  }

  #receivePending(): void {
    // One stays in the list while it is taken, so that what comes meanwhile queues up behind it.
    for (let event = this.#pending[0]; event; event = this.#pending[0]) {
      this.#take(event);
      this.#pending.shift();
    }
  }

  #receive(event: TransportEvent): void {
    if (this.#sending || this.#pending.length > 0) {
      this.#pending.push(event);
      return;
    }
    this.#take(event);
  }

  #take(event: TransportEvent): void {
    if (event.type === "warning") {
      const { code, message, remedy } = event;
      this.#warn({ code, message, remedy });
      return;
    }
    if (event.type === "limit") {
      this.#voice.wake();
      return;
    }
    if (event.type === "message") {
      this.#hear(event);
      return;
    }
    if (event.type === "joined") {
      this.#learntId = event.conversationId ?? this.#learntId;
    }
    // Whoever comes counts its events from their own beginning.
    if (event.type === "joined" || event.type === "replica") this.#fold.reset();
    const before = this.#presence.readiness;
    this.#presence.apply(event);
    this.#follow(before, event.type === "left" ? event.reason : undefined);
  }

  /** What a change of readiness brings about. */
  #follow(before: Readiness, reason?: string): void {
    const { readiness } = this.#presence;
    if (readiness === before) return;
    const { clock } = this.#settings;
    this.#readinessSince = clock.now();
    this.#voice.meter.hold(readiness === "held", clock.now());
    if (readiness === "left") {
      this.#loseUnsent();
      const why = reason === undefined ? "The call was left." : `The call was left: ${reason}.`;
      this.#voice.failAll((turn) => new EchoError("call-left", `${why} ${progress(turn)}`));
    } else if (readiness === "replica-absent" && (before === "ready" || before === "held")) {
      this.#voice.failBegun((turn) => new EchoError("replica-absent", `The replica left the room. ${progress(turn)}`));
    }
    if (readiness !== "ready" && readiness !== "held") {
      this.#sound.ends(undefined, true);
      this.#arrival.gone();
    }
    if (readiness === "ready") {
      this.#arrival.arrived();
      for (const message of this.#unsent.splice(0)) this.#transmit(message);
      this.#voice.reached();
    }
    this.#setState(stateOf(readiness), reason);
    this.#voice.wake();
  }

  #hear(event: TransportEvent & { type: "message" }): void {
    const { message, fromId, fromReplica } = event;
    this.#emitter.emit("raw", { message, fromId, fromReplica });
    if (!fromReplica) return;
    this.#learntId ??= conversationIdOf(message);
    const parsed = parse(message);
    if (!parsed || !this.#fold.accepts(parsed, this.#settings.clock.now())) return;
    switch (parsed.type) {
      case "utterance": {
        const { role, text, final } = parsed;
        this.#emitter.emit("utterance", { role, text, final });
        break;
      }
      case "started":
        this.#sound.begins(this.#voice.hear(parsed));
        break;
      case "stopped":
        this.#sound.ends(this.#voice.hear(parsed), parsed.interrupted);
        break;
      case "shutdown":
        this.#warn({
          code: "shutdown",
          message: `Tavus announced the end of the conversation${parsed.reason ? `: ${parsed.reason}` : ""}.`,
          remedy: "Expect the call to end; make a new conversation to go on.",
        });
        break;
      default:
        parsed satisfies never;
    }
  }

  #milestone(turn: ActiveTurn, what: "first-message" | "first-speech"): void {
    const { clock } = this.#settings;
    const milliseconds = (clock.now() - turn.createdAt) * 1000;
    const { meter } = this.#voice;
    if (what === "first-message") meter.firstChunkMs = milliseconds;
    else {
      meter.firstSpeechMs = milliseconds;
      this.#sound.begins(turn);
    }
    this.#mark(what, turn, milliseconds);
  }

  #settled(turn: ActiveTurn): void {
    this.#mark("turn", turn, (this.#settings.clock.now() - turn.createdAt) * 1000);
    const { ending } = turn;
    this.#sound.settled(turn);
    if (ending?.type === "failed" && !this.#emitter.emit("error", ending.error)) report(ending.error);
    this.#emitter.emit("stats", this.stats());
  }

  #loseUnsent(): void {
    const lost = this.#unsent.splice(0).map(({ event_type }) => event_type);
    if (lost.length > 0)
      this.#warn({
        code: "interaction-lost",
        message: `The call ended before the network was back; not sent: ${lost.join(", ")}.`,
        remedy: "Send again after the next join.",
      });
  }

  #mark(what: string, turn: ActiveTurn, milliseconds: number): void {
    // In virtual time there is nothing to measure.
    if (this.#settings.clock === systemClock) measure(what, turn.id, milliseconds);
  }

  #warn(warning: Warning): void {
    this.#emitter.emit("warning", warning);
  }

  #setState(state: ReplicaState, reason?: string): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#emitter.emit("state", { state, ...(reason !== undefined && { reason }) });
  }

  /** Without it up to `leadSeconds` of speech would play on to the others in the room after the page is gone. */
  #listenForPagehide(): void {
    if (typeof addEventListener !== "function" || typeof window === "undefined") return;
    const leave = (event: PageTransitionEvent): void => {
      if (!event.persisted && this.#voice.turns[0]?.begun) this.#voice.cutAll("close");
    };
    addEventListener("pagehide", leave);
    this.#undo.push(() => removeEventListener("pagehide", leave));
  }

  async #drain(): Promise<void> {
    await this.#voice.drained();
    this.#shutDown();
  }

  #shutDown(): void {
    if (this.#state === "closed") return;
    this.#voice.cut(this.#voice.turns, "close");
    this.#presence.close();
    this.#voice.stop();
    for (const undo of this.#undo.splice(0).reverse()) undo();
    this.#arrival.never(new EchoError("closed", "The replica was closed before it was ready."));
    this.#sound.ends(undefined, true);
    this.#setState("closed");
  }

  #assertOpen(method: string): void {
    if (this.#closing || this.#state === "closed") throw new TypeError(`${method}(): the replica was closed.`);
  }
}

function stateOf(readiness: Readiness): ReplicaState {
  return readiness === "not-joined" || readiness === "replica-absent" ? "waiting" : readiness;
}

/** How far a turn came, for the text of its error. */
function progress(turn: ActiveTurn): string {
  const { sentSeconds } = turn.hearing.position;
  return `${sentSeconds.toFixed(2)} s of the turn were sent, ${turn.payload.queuedSeconds.toFixed(2)} s that were gathered were not.`;
}
