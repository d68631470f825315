import { AudioHold } from "./capture/hold.js";
import { Emitter, report } from "./emitter.js";
import { EchoError } from "./errors.js";
import { systemClock } from "./flow/clock.js";
import { type ReplicaOptions, type Settings, settings } from "./options.js";
import { onPagehide } from "./pagehide.js";
import type { ReplicaEvents, ReplicaState, SpeakOptions } from "./replica-events.js";
import type { Source } from "./source/source.js";
import { notThis } from "./source/wrong-argument.js";
import type { TavusEvent as SpeechEvent } from "./tavus/event.js";
import { type Interaction, interactionMessage, interactionTypes } from "./tavus/interaction.js";
import { tavusEvents } from "./tavus-events.js";
import { Link, type LinkHost } from "./transport/link.js";
import type { Readiness } from "./transport/presence.js";
import type { ActiveTurn } from "./turn/active-turn.js";
import { AudioPayload } from "./turn/audio-payload.js";
import { measure } from "./turn/marks.js";
import type { Stats } from "./turn/meter.js";
import type { Payload } from "./turn/payload.js";
import type { QueueHost } from "./turn/queue-host.js";
import { TextPayload } from "./turn/text-payload.js";
import type { Turn } from "./turn/turn.js";
import { TurnQueue } from "./turn/turn-queue.js";
import type { Warning } from "./warning.js";

const asyncDispose: typeof Symbol.asyncDispose = Symbol.asyncDispose ?? Symbol.for("Symbol.asyncDispose");

/** A Tavus replica in echo mode: it says what it is given. Wires sources, turns, the transport and Tavus' events. */
export class Replica {
  readonly #settings: Settings;
  readonly #emitter = new Emitter<ReplicaEvents>();
  readonly #link: Link;
  readonly #queue: TurnQueue;
  readonly #audio: AudioHold;
  readonly #undo: (() => void)[] = [];
  readonly #documented: ReturnType<typeof tavusEvents>;
  /** Turns by the ids under which Tavus last spoke of them. */
  readonly #named = new Map<string, ActiveTurn>();
  #state: ReplicaState = "waiting";
  #closing: Promise<void> | undefined;

  /** Throws TypeError or RangeError for bad options, and TypeError when another live Replica uses the same call. */
  constructor(options: ReplicaOptions) {
    this.#settings = settings(options);
    this.#link = new Link(this.#settings, this.#linkHost());
    this.#queue = new TurnQueue(this.#link, this.#queueHost(), this.#settings);
    this.#audio = new AudioHold(this.#settings.audio);
    this.#documented = tavusEvents(this.#settings.clock, (interaction) => this.send(interaction));
    try {
      this.#link.open();
    } catch (error) {
      this.#queue.stop();
      throw error;
    }
    // Up to `leadSeconds` of speech would play on to the others in the room after the page is gone.
    const leave = (): void => void (this.#queue.turns[0]?.begun && this.#queue.cutAll("close"));
    this.#undo.push(
      () => this.#link.close(),
      onPagehide(leave),
      () => this.#audio.release(),
    );
  }

  /** See {@link ReplicaState}. */
  get state(): ReplicaState {
    return this.#state;
  }

  /** Resolves when the replica can hear. Never causes an unhandled rejection. Armed again when the call is left. */
  get ready(): Promise<void> {
    return this.#link.arrival.promise;
  }

  /**
   * Call it in a click: loads worklet and wasm (so that CSP errors come now), unlocks audio, and asks for what the sources
   * need, a permission for instance. The audio stays unlocked until `close()`. Rejects with the first EchoError. Where there
   * is no Web Audio at all (Node) only the sources are prepared.
   */
  async prepare(...sources: Source[]): Promise<void> {
    this.#assertOpen("prepare");
    // All are started inside the click, before the first await.
    const held = typeof AudioContext === "undefined" ? undefined : this.#audio.take();
    const audio = { ...this.#settings.audio, warn: (warning: Warning) => this.#link.warn(warning) };
    const preparing = sources.map((source) => source.prepare?.(audio));
    for (const result of await Promise.allSettled([held, ...preparing]))
      if (result.status === "rejected") throw result.reason;
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
    if (typeof source?.open !== "function")
      throw new TypeError(`speak() takes a Source${notThis(source, "", "say()")}`);
    const { sampleRate, clock, audio, leadSeconds } = this.#settings;
    const payload = new AudioPayload(source, {
      clock,
      sampleRate,
      audio,
      short: leadSeconds === 0,
      warn: (warning) => this.#link.warn(warning),
    });
    return this.#begin(payload, options);
  }

  /** Text echo: the persona's own TTS says it. Streamed text goes out piece by piece, within one turn. */
  say(text: string | AsyncIterable<string>, options: SpeakOptions = {}): Turn {
    this.#assertOpen("say");
    if (typeof text !== "string" && typeof text?.[Symbol.asyncIterator] !== "function")
      throw new TypeError("say(): text must be a string or an async iterable of strings.");
    return this.#begin(new TextPayload(text, this.#settings.clock), options);
  }

  /** Stops at once and drops the queue. Returns what was cut, so that `cut[0]?.resume()` can undo a false alarm. */
  interrupt(): readonly Turn[] {
    return this.#queue.cutAll("app");
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
    this.#link.post(interactionMessage(this.#link.conversationId, interaction));
  }

  /** The figures as of now. */
  stats(): Stats {
    return {
      ...this.#queue.meter.figures(this.#settings.clock.now()),
      leadSeconds: this.#queue.turns[0]?.leadSeconds ?? 0,
      queuedSeconds: this.#queue.queuedSeconds,
      maxMessageLength: this.#link.limit,
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
    this.#link.release();
    if (!options.drain) this.#shutDown();
    this.#closing ??= this.#queue.drained().then(() => this.#shutDown());
    return this.#closing;
  }

  /** `await using`: as {@link Replica.close}. */
  [asyncDispose](): Promise<void> {
    return this.close();
  }

  #linkHost(): LinkHost {
    return {
      changed: (before, reason, lasted) => this.#follow(before, reason, lasted),
      limited: () => this.#queue.wake(),
      transmitted: (length) => this.#queue.transmitted(length),
      raw: ({ message, fromId, fromReplica }) => this.#emitter.emit("raw", { message, fromId, fromReplica }),
      believed: (message) => {
        const event = this.#documented(message);
        if (event) this.#emitter.emit("tavus", event);
      },
      event: (event, at) => this.#hear(event, at),
      alive: () => this.#queue.feed({ type: "message" }),
      warn: (warning) => this.#emitter.emit("warning", warning),
    };
  }

  #queueHost(): QueueHost {
    return {
      progress: () => this.#emitter.emit("stats", this.stats()),
      settled: (turn) => this.#settled(turn),
      milestone: (turn, what) => this.#milestone(turn, what),
      speaking: (turn, basis) => this.#emitter.emit("speaking", { turn, basis }),
      silent: (turn, interrupted) => this.#emitter.emit("silent", { turn, interrupted }),
    };
  }

  #begin(payload: Payload, { mode, signal, report }: SpeakOptions): Turn {
    const over = this.#link.over();
    const turn = this.#queue.add(payload, mode ?? (payload.live ? "replace" : "queue"), over || signal?.aborted);
    turn.report = report;
    if (over) this.#queue.fail(turn, new EchoError("call-left", "The call has ended before the turn began."));
    const abort = (): void => void this.#queue.cut([turn], "signal");
    if (signal?.aborted) abort();
    else if (signal) {
      signal.addEventListener("abort", abort, { once: true });
      void turn.outcome.then(() => signal.removeEventListener("abort", abort));
    }
    return turn;
  }

  /** What a change of readiness brings about. */
  #follow(before: Readiness, reason: string | undefined, lasted: number): void {
    const { readiness } = this.#link;
    this.#queue.meter.hold(readiness === "held", this.#settings.clock.now());
    if (readiness === "left") {
      const why = reason === undefined ? "The call was left" : `The call was left (${reason})`;
      this.#queue.failAll((turn) => new EchoError("call-left", `${why}: ${progress(turn)}`));
    } else if (readiness === "replica-absent" && (before === "ready" || before === "held")) {
      this.#queue.failBegun((turn) => new EchoError("replica-absent", `The replica left the room: ${progress(turn)}`));
    }
    if (readiness === "held" || before === "held") this.#queue.feed({ type: "network", up: readiness === "ready" });
    // A replica that was there at the join may have been there for long; one that was awaited has just come.
    if (readiness === "ready") this.#queue.reached(before === "replica-absent" && lasted > 0);
    this.#setState(stateOf(readiness), reason);
    this.#queue.wake();
  }

  #hear(event: SpeechEvent, at: number | undefined): void {
    switch (event.type) {
      case "utterance": {
        const { role, text, final, interrupted, timestamp, inferenceId = "" } = event;
        const turn = this.#queue.turnOf(inferenceId) ?? this.#named.get(inferenceId);
        this.#emitter.emit("utterance", { role, text, final, turn, interrupted, timestamp });
        break;
      }
      case "started": {
        const { inferenceId: id } = event;
        this.#queue.feed({ type: "started", id, at });
        const turn = this.#queue.turnOf(id);
        if (turn && id) this.#named.set(id, turn);
        // Utterances come while a turn is heard, or soon after.
        for (const name of this.#named.keys()) if (this.#named.size > 8) this.#named.delete(name);
        break;
      }
      case "stopped":
        this.#queue.feed({
          type: "stopped",
          id: event.inferenceId,
          seconds: event.durationSeconds,
          interrupted: event.interrupted,
          at,
        });
        break;
      case "shutdown":
        this.#link.warn({
          code: "shutdown",
          message: `Tavus announced the end of the conversation${event.reason ? `: ${event.reason}` : ""}.`,
          remedy: "Expect the call to end; make a new conversation to go on.",
        });
        break;
      default:
        event satisfies never;
    }
  }

  #milestone(turn: ActiveTurn, what: "first-message" | "first-speech"): void {
    const milliseconds = this.#mark(what, turn);
    if (what === "first-message") this.#queue.meter.firstChunkMs = milliseconds;
    else this.#queue.meter.firstSpeechMs = milliseconds;
  }

  #settled(turn: ActiveTurn): void {
    this.#mark("turn", turn);
    const { ending } = turn;
    if (ending?.type === "failed" && !this.#emitter.emit("error", ending.error) && !turn.report?.(ending.error))
      report(ending.error);
    this.#emitter.emit("stats", this.stats());
  }

  /** Milliseconds since `speak()`, also left as a mark for the browser's own tools. */
  #mark(what: string, turn: ActiveTurn): number {
    const { clock } = this.#settings;
    const milliseconds = (clock.now() - turn.createdAt) * 1000;
    // In virtual time there is nothing to measure.
    if (clock === systemClock) measure(what, turn.id, milliseconds);
    return milliseconds;
  }

  #setState(state: ReplicaState, reason?: string): void {
    if (state === this.#state) return;
    this.#state = state;
    this.#emitter.emit("state", { state, ...(reason !== undefined && { reason }) });
  }

  #shutDown(): void {
    if (this.#state === "closed") return;
    this.#queue.cut(this.#queue.turns, "close");
    this.#queue.stop();
    for (const undo of this.#undo.splice(0).reverse()) undo();
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
  return `${turn.sentSeconds.toFixed(2)} s of the turn were sent, ${turn.payload.queuedSeconds.toFixed(2)} s that were gathered were not.`;
}
