import { Emitter } from "../emitter.js";
import { type Clock, systemClock } from "../flow/clock.js";
import type { AudioSetup, Source } from "../source/source.js";
import type { Warning } from "../warning.js";
import { Conversation, type Transcript } from "./conversation.js";
import { History } from "./history.js";
import { type Link, openLink, type VoiceSocketConstructor } from "./link.js";
import { openaiRealtime } from "./openai.js";
import { merge } from "./openai-session.js";
import type { VoiceCommand, VoiceEvent, VoiceProtocol, VoiceSession } from "./protocol.js";
import { RealtimeError } from "./realtime-error.js";
import { replyFormat } from "./reply-audio.js";
import type { ToolCall } from "./tool-calls.js";
import { VoiceInput } from "./voice-input.js";
import type { VoiceReplica } from "./voice-replica.js";

/** What a {@link RealtimeVoice} is made of. */
export interface RealtimeVoiceOptions {
  /** Who speaks. Borrowed: its call, and what the app has it say, are left alone. */
  replica: VoiceReplica;
  /** Whom the model hears: `microphone()`, or any source. Borrowed: opened with `open()`, let go with `close()`. */
  input: Source;
  /** Gives a fresh ephemeral secret, from your server. Called for every connection, because secrets expire. */
  secret: () => Promise<string>;
  /** Address of the provider. Default: the protocol's, OpenAI's own. */
  url?: string | URL | undefined;
  /** Instructions, voice, tools and so on. What is left out is the provider's default. */
  session?: VoiceSession | object | undefined;
  /** What the model says first, in its own voice. Default: it waits for the caller. */
  greeting?: string | undefined;
  /**
   * Whether the caller may interrupt by speaking. Default true; needs an input without the replica's own voice, by
   * headphones or echo cancellation. With false the provider hears silence while the replica speaks.
   */
  bargeIn?: boolean | undefined;
  /** Where the input finds its context and its files, as the replica's own `audio` option. */
  audio?: AudioSetup | undefined;
  /** The provider's language. Default: OpenAI Realtime and what is compatible with it. */
  protocol?: VoiceProtocol | undefined;
  /** Attempts to open a lost connection again, at 0.5, 1, 2, 4 and 8 s. Default 5. */
  reconnects?: number | undefined;
  /** Seconds for one opening. Default 15. */
  connectTimeoutSeconds?: number | undefined;
  /** Replaces the platform's WebSocket, for platforms without one. */
  webSocket?: VoiceSocketConstructor | undefined;
  /** Replaces wall-clock time, for tests. */
  clock?: Clock | undefined;
}

/** Where a voice is: `idle` before `open()` and after `close()` or a failure. */
export type RealtimeVoiceState = "idle" | "connecting" | "open" | "reconnecting";

/** What a {@link RealtimeVoice} tells. */
export interface RealtimeVoiceEvents {
  /** Every change of the connection. */
  state: RealtimeVoiceState;
  /** What the caller and the model say. */
  transcript: Transcript;
  /** The model calls one of the session's tools. */
  toolCall: ToolCall;
  /** The input works on, but somebody should know. */
  warning: Warning;
  /** What goes wrong, each a {@link RealtimeError}. With no listener it goes to `reportError()`, or to the console where there is none. */
  error: Error;
}

/**
 * Voice to voice: an input is heard by a speech-to-speech model, and the replica speaks its answers, one turn each. When
 * the caller speaks, the replica stops at once and the model is told how much of its answer was heard.
 */
export class RealtimeVoice {
  readonly #options: RealtimeVoiceOptions;
  readonly #protocol: VoiceProtocol;
  readonly #clock: Clock;
  readonly #socket: VoiceSocketConstructor;
  readonly #emitter = new Emitter<RealtimeVoiceEvents>();
  readonly #history = new History();
  #settings: VoiceSession;
  #state: RealtimeVoiceState = "idle";
  #run: Run | undefined;

  /** Opens nothing. Throws TypeError where there is no WebSocket. */
  constructor(options: RealtimeVoiceOptions) {
    const socket = options.webSocket ?? (globalThis.WebSocket as VoiceSocketConstructor | undefined);
    if (!socket) throw new TypeError("This platform has no WebSocket: pass one as webSocket, such as that of `ws`.");
    this.#options = options;
    this.#socket = socket;
    this.#protocol = options.protocol ?? openaiRealtime();
    this.#clock = options.clock ?? systemClock;
    this.#settings = { ...options.session };
  }

  /** Where the connection is. See {@link RealtimeVoiceState}. */
  get state(): RealtimeVoiceState {
    return this.#state;
  }

  /** Calls `listener` on every `type` until the returned undo is called or `signal` aborts. */
  on<K extends keyof RealtimeVoiceEvents>(
    type: K,
    listener: (event: RealtimeVoiceEvents[K]) => void,
    options?: { signal?: AbortSignal | undefined },
  ): () => void {
    return this.#emitter.on(type, listener, options);
  }

  /**
   * Opens the input and the connection, configures the session and lets the model greet. Call it in a click, so that the
   * microphone may be asked for. Rejects with what the input rejects with, or a {@link RealtimeError}; nothing stays
   * open then. One call at a time.
   */
  async open(): Promise<void> {
    if (this.#run) throw new TypeError("The voice is open, or being opened: close() it first.");
    const run = this.#begin();
    this.#run = run;
    this.#enter("connecting");
    try {
      await Promise.all([run.input.open(), this.#connect(run)]);
    } catch (error) {
      if (this.#run === run) this.#end(run);
      throw error;
    }
    if (run.stop.signal.aborted) throw new RealtimeError("closed", "closed while it was opened");
    this.#resume(run);
  }

  /** Changes the session now, and in every later connection. Only what is named changes. Before `open()` it is kept. */
  update(session: VoiceSession | object): void {
    this.#settings = merge(this.#settings, { ...session });
    if (this.#run?.link) this.#configure(this.#run.link, { ...session });
  }

  /** Has the model say `text` in its own voice, after what it is saying. Providers follow this as an instruction, not to the letter. */
  say(text: string): void {
    this.#ask({ say: text });
  }

  /** For sessions without turn detection: what was heard is complete, the model answers. */
  respond(): void {
    this.#run?.link?.send({ type: "commit" });
    this.#ask({});
  }

  /** Stops the replica and the model's answer, as the caller's voice does. For a button, or a detector of your own. */
  interrupt(): void {
    this.#run?.conversation?.interrupt();
  }

  /** Gives the replica back: lets the input and the connection go, drops what the model was saying. The call goes on. */
  async close(): Promise<void> {
    if (this.#run) this.#end(this.#run);
    this.#history.clear();
  }

  #begin(): Run {
    const stop = new AbortController();
    const { signal } = stop;
    const { greeting } = this.#options;
    // After a failure the conversation goes on where it was; after close() it begins anew.
    const unsaid = greeting && this.#history.entries().length === 0 ? [{ say: greeting }] : [];
    const run: Run = { stop, speaking: false, unsaid, input: this.#input(() => run) };
    this.#options.replica.on("speaking", () => (run.speaking = true), { signal });
    this.#options.replica.on("silent", () => (run.speaking = false), { signal });
    return run;
  }

  #input(run: () => Run): VoiceInput {
    return new VoiceInput({
      source: this.#options.input,
      format: this.#protocol.formats(this.#settings).input,
      audio: this.#options.audio,
      warn: (warning) => this.#emitter.emit("warning", warning),
      muted: () => this.#options.bargeIn === false && run().speaking,
      deliver: (bytes) => {
        if (this.#state !== "open") return false;
        run().link?.send({ type: "audio", bytes });
        return true;
      },
      report: (error) => this.#report(error),
    });
  }

  /** One connection and its conversation. */
  async #connect(run: Run): Promise<void> {
    let link: Link | undefined;
    const conversation = this.#conversation(run, (command) => link?.send(command));
    run.conversation = conversation;
    link = await openLink({
      protocol: this.#protocol,
      url: String(this.#options.url ?? this.#protocol.defaultUrl),
      secret: this.#options.secret,
      session: this.#settings,
      socket: this.#socket,
      clock: this.#clock,
      signal: run.stop.signal,
      timeoutSeconds: this.#options.connectTimeoutSeconds ?? 15,
      onEvent: (event: VoiceEvent) => conversation.handle(event),
      onLost: (error, again) => void this.#lost(run, error, again),
    });
    if (run.stop.signal.aborted) {
      link.close();
      return;
    }
    run.link = link;
    for (const name of link.unsupported(this.#settings)) this.#unsupported(name);
    for (const entry of this.#history.entries()) link.send({ type: "remember", ...entry });
    this.#enter("open");
  }

  #conversation(run: Run, send: (command: VoiceCommand) => void): Conversation {
    return new Conversation({
      send,
      replica: this.#options.replica,
      clock: this.#clock,
      history: this.#history,
      format: replyFormat(this.#protocol.formats(this.#settings).output),
      provider: this.#protocol.name,
      bargeIn: this.#options.bargeIn ?? true,
      replicaSpeaks: () => run.speaking,
      interruptsItself: () => (run.link?.interruptsItself ?? true) && this.#protocol.interruptsItself(this.#settings),
      instructions: () => this.#settings.instructions ?? run.link?.instructions,
      transcript: (transcript) => this.#emitter.emit("transcript", transcript),
      toolCall: (call) => this.#emitter.emit("toolCall", call),
      report: (error) => this.#report(error),
    });
  }

  /** The connection broke. Opens another until one stands; the new session is told the words of the old one. */
  async #lost(run: Run, error: RealtimeError, again: boolean): Promise<void> {
    run.link = undefined;
    run.unsaid.push(...(run.conversation?.lost(error) ?? []));
    this.#report(error);
    if (!again) {
      this.#end(run);
      return;
    }
    this.#enter("reconnecting");
    const attempts = this.#options.reconnects ?? 5;
    let last = error;
    for (let attempt = 0; attempt < attempts; attempt++) {
      // A session that ran its time ends at a time the provider knows: no reason to wait.
      const wait = error.code === "session-expired" && attempt === 0 ? 0 : 0.5 * 2 ** attempt;
      await this.#clock.sleep(wait, run.stop.signal);
      if (run.stop.signal.aborted) return;
      try {
        await this.#connect(run);
        this.#resume(run);
        return;
      } catch (reason) {
        if (run.stop.signal.aborted) return;
        last = reason as RealtimeError;
        if (last.code === "unauthorized" || last.code === "quota-exceeded" || last.code === "secret-unsafe") break;
      }
    }
    this.#report(new RealtimeError("reconnect-failed", "The connection could not be opened again.", { cause: last }));
    this.#end(run);
  }

  /** A session stands: what waited for it is said and heard. */
  #resume(run: Run): void {
    for (const request of run.unsaid.splice(0)) run.conversation?.respond(request);
    run.input.flush();
  }

  #ask(request: { say?: string }): void {
    if (!this.#run) throw new RealtimeError("not-open", "There is no session to speak in.");
    if (this.#state === "open") this.#run.conversation?.respond(request);
    else this.#run.unsaid.push(request);
  }

  #configure(link: Link, session: VoiceSession): void {
    // A hint of language is part of the transcription: a model that was chosen for it stays.
    const { transcription } = this.#settings;
    const kept = session.language !== undefined && transcription ? { transcription } : {};
    for (const name of link.unsupported(session)) this.#unsupported(name);
    link.send({ type: "configure", session: { ...session, ...kept }, first: false });
  }

  #end(run: Run): void {
    if (this.#run !== run) return;
    this.#run = undefined;
    run.stop.abort();
    run.input.close();
    run.conversation?.close();
    run.link?.close();
    this.#enter("idle");
  }

  #enter(state: RealtimeVoiceState): void {
    if (this.#state === state) return;
    this.#state = state;
    this.#emitter.emit("state", state);
  }

  #unsupported(name: string): void {
    this.#report(new RealtimeError("option-unsupported", `${this.#protocol.name} has no ${name}: it was left out.`));
  }

  #report(error: RealtimeError): void {
    if (this.#emitter.emit("error", error)) return;
    if (typeof reportError === "function") reportError(error);
    else console.error(error);
  }
}

/** What belongs to one `open()`, until `close()`. */
interface Run {
  readonly stop: AbortController;
  readonly input: VoiceInput;
  link?: Link | undefined;
  conversation?: Conversation;
  /** Asked for while there was no session. */
  unsaid: { say?: string | undefined }[];
  /** Whether the replica is heard. */
  speaking: boolean;
}
