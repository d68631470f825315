import { loadWasm } from "../encoder/wasm.js";
import { Conversation } from "./conversation.js";
import { withLanguage } from "./language.js";
import { openConnection } from "./open-connection.js";
import type { VoiceConnection } from "./protocol.js";
import type { ProviderConnection } from "./provider-connection.js";
import { RealtimeError } from "./realtime-error.js";
import type { RunHost } from "./run-host.js";
import type { VoiceCommand } from "./voice-command.js";
import { type VoiceSession, wireFormat } from "./voice-session.js";
import { toWire, type WireEncoder } from "./wire-encoder.js";

/** What a session needs of the run that it is part of. */
export interface SessionHost extends RunHost {
  /** Hz of the input's samples. */
  readonly inputRate: number;
  /** Whether the replica is heard now. */
  replicaSpeaks(): boolean;
  /** The time at which the session ends became known. */
  onEnding(session: ModelSession): void;
  /** The connection is gone. */
  onLost(session: ModelSession, error: RealtimeError, again: boolean): void;
}

/** How a session is opened. */
export interface SessionOptions {
  /** What the provider kept of the connection before. */
  readonly previous: VoiceConnection | undefined;
  readonly greeting: string | undefined;
  /** The provider took the connection: what fails from then on is not the network. */
  onOpened(): void;
  /** Aborts the opening. */
  readonly signal: AbortSignal;
}

/** Not every provider reports that the caller speaks: an input this loud (−40 dBFS) is taken for speech, and for so long after. */
const loudLevel = 0.01;
const quietSeconds = 0.5;

/** One session with the model: its connection, its conversation, and the input in its format. */
export class ModelSession {
  /** What is said in it. */
  readonly conversation: Conversation;
  readonly #host: SessionHost;
  readonly #over = new AbortController();
  #connection: ProviderConnection | undefined;
  #encoder: WireEncoder | undefined;
  /** Items of sessions before, and the ids under which this one remembers them. */
  readonly #memories = new Map<string, string>();
  #serial = 0;
  #loudAt = Number.NEGATIVE_INFINITY;

  private constructor(host: SessionHost) {
    this.#host = host;
    this.conversation = this.#conversation();
  }

  /** Opens one. Rejects with a RealtimeError, or with what the encoder rejects with. */
  static async open(host: SessionHost, options: SessionOptions): Promise<ModelSession> {
    const session = new ModelSession(host);
    const settings = host.settings();
    try {
      await session.#open(settings, options);
    } catch (error) {
      session.end();
      throw error;
    }
    session.#reportUnsupported(settings, true);
    session.#remember();
    // Changed while it was opened.
    const changed = Object.entries(host.settings()).filter(([name, value]) => value !== settings[name]);
    if (changed.length > 0) session.update(Object.fromEntries(changed));
    return session;
  }

  /** When the provider ends it, on the clock; undefined when unknown. */
  get endsAt(): number | undefined {
    return this.#connection?.session.endsAt;
  }

  /** Whether the provider has announced that it is about to end it. */
  get leaving(): boolean {
    return this.#connection?.session.leaving ?? false;
  }

  /** What the protocol keeps of the connection. */
  get state(): VoiceConnection | undefined {
    return this.#connection?.state;
  }

  /** Whether the provider finds out by itself that the caller speaks. */
  get detectsTurns(): boolean {
    const { protocol, settings } = this.#host;
    return (this.#connection?.session.described.detectsTurns ?? true) && (protocol.detectsTurns?.(settings()) ?? true);
  }

  /** Sends to the provider; false when it has no such command. */
  send(command: VoiceCommand): boolean {
    return this.#connection?.send(command) ?? false;
  }

  /** Whether nobody says, makes, or waits for anything, as far as the provider and the input's level tell. */
  get idle(): boolean {
    return this.conversation.idle && this.#host.clock.now() - this.#loudAt >= quietSeconds;
  }

  /** Sends samples of the input. */
  hear(samples: Int16Array): void {
    if (isLoud(samples)) this.#loudAt = this.#host.clock.now();
    const bytes = this.#encoder?.encode(samples);
    if (bytes && bytes.length > 0) this.send({ type: "audio", bytes });
  }

  /** Changes the session. Only what is named changes. */
  update(session: VoiceSession): void {
    this.#reportUnsupported(session, false);
    this.#connection?.configure(session, this.#host.settings());
  }

  /** Lets the connection go. What is being spoken goes on. */
  end(): void {
    this.#over.abort();
    this.#encoder?.close();
    this.#encoder = undefined;
    this.#connection?.close();
  }

  /** What was said in a session before, and is remembered in this one, turns out to have been heard only in part. */
  correct(itemId: string): void {
    const memory = this.#memories.get(itemId);
    if (!memory) return;
    const heard = { id: `heard_${memory}`, itemId: memory, contentIndex: 0, heardMs: 0, answerMs: 0 };
    if (!this.send({ type: "heard", ...heard })) return;
    this.#memories.delete(itemId);
    const entry = this.#host.history.entries().find(({ id }) => id === itemId);
    if (entry && entry.role !== "context") this.#tell(itemId, entry.role, entry.text);
  }

  async #open(session: VoiceSession, { previous, greeting, signal, onOpened }: SessionOptions): Promise<void> {
    const { options, protocol, socket, clock, history, inputRate } = this.#host;
    const connection = await openConnection({
      ...{ protocol, session, socket, clock, previous, greeting, signal, onOpened },
      history: history.entries().map(({ role, text }) => ({ role, text })),
      secret: options.secret,
      url: String(options.url ?? protocol.defaultUrl),
      timeoutSeconds: options.connectTimeoutSeconds ?? 15,
      onMade: (made) => {
        this.#connection = made;
      },
      onFrame: (frame) => this.#host.raw(frame),
      onEvent: (event) => this.conversation.handle(event),
      onEnding: () => this.#host.onEnding(this),
      onRefused: (option, message) => this.#refused(option, message),
      onLost: (error, again) => {
        this.end();
        this.#host.onLost(this, error, again);
      },
    });
    const { wasmUrl, loadTimeoutSeconds } = options.audio ?? {};
    const wasm = (): Promise<BufferSource> => loadWasm(wasmUrl, loadTimeoutSeconds);
    this.#encoder = await toWire(connection.session.formats.input, inputRate, wasm);
    if (signal.aborted) throw signal.reason;
  }

  #conversation(): Conversation {
    const { options, protocol, settings, clock, history, emit, report, turnFailed, replicaSpeaks } = this.#host;
    const described = (name: "interruptsItself" | "answersItself"): boolean =>
      this.#connection?.session.described[name] ?? true;
    return new Conversation({
      ...{ clock, history, report, turnFailed, replicaSpeaks, replica: options.replica },
      send: (command) => this.send(command),
      format: () => this.#connection?.session.formats.output ?? wireFormat(protocol.formats(settings()).output),
      provider: protocol.name,
      bargeIn: options.bargeIn ?? true,
      sayText: options.sayText ?? false,
      answerGapSeconds: protocol.answerGapSeconds,
      over: this.#over.signal,
      interruptsItself: () => described("interruptsItself") && protocol.interruptsItself(settings()),
      answersItself: () => described("answersItself") && (protocol.answersItself?.(settings()) ?? true),
      instructions: () => this.#instructions(),
      transcript: (transcript) => emit("transcript", transcript),
      toolCall: (call) => emit("toolCall", call),
      interruption: (interruption) => emit("interruption", interruption),
    });
  }

  #instructions(): string | undefined {
    const { instructions, language } = this.#host.settings();
    return withLanguage(instructions ?? (this.#connection?.session.fixedInstructions || undefined), language);
  }

  /** What was said in the sessions before, unless the provider goes on with its own memory. */
  #remember(): void {
    if (this.#connection?.state.resumes) return;
    for (const { id, role, text } of this.#host.history.entries()) {
      if (role === "context") this.send({ type: "context", text });
      else this.#tell(id, role, text);
    }
  }

  #tell(itemId: string, role: "user" | "replica", text: string): void {
    const id = `was_${++this.#serial}`;
    this.#memories.set(itemId, id);
    this.send({ type: "remember", id, role, text });
  }

  #reportUnsupported(session: VoiceSession, first: boolean): void {
    const { protocol, report } = this.#host;
    const why = first ? "has no such setting" : "cannot change it in an open session, so it holds from the next one on";
    for (const name of this.#connection?.unsupported(session, first) ?? [])
      report(new RealtimeError("option-unsupported", `${name}: ${protocol.name} ${why}.`));
  }

  #refused(option: string, message: string): void {
    const { protocol, report } = this.#host;
    report(new RealtimeError("option-unsupported", `${option}: ${protocol.name} refused it: ${message}`));
  }
}

function isLoud(samples: Int16Array): boolean {
  let sum = 0;
  for (const sample of samples) sum += sample * sample;
  return sum > samples.length * (loudLevel * 0x8000) ** 2;
}
