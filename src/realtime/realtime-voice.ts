import { Emitter } from "../emitter.js";
import { systemClock } from "../flow/clock.js";
import { History } from "./history.js";
import type { VoiceSocketConstructor } from "./link.js";
import { openaiRealtime } from "./openai.js";
import { merge } from "./openai-session.js";
import type { VoiceSession } from "./protocol.js";
import { RealtimeError } from "./realtime-error.js";
import type { RealtimeVoiceEvents, RealtimeVoiceOptions, RealtimeVoiceState } from "./voice-options.js";
import { type RunHost, VoiceRun } from "./voice-run.js";

/**
 * Voice to voice: an input is heard by a speech-to-speech model, and the replica speaks its answers, one turn each. When
 * the caller speaks, the replica stops at once and the model is told how much of its answer was heard.
 */
export class RealtimeVoice {
  readonly #emitter = new Emitter<RealtimeVoiceEvents>();
  readonly #history = new History();
  readonly #host: RunHost;
  #settings: VoiceSession;
  #state: RealtimeVoiceState = "idle";
  #run: VoiceRun | undefined;

  /** Opens nothing. Throws TypeError where there is no WebSocket. */
  constructor(options: RealtimeVoiceOptions) {
    const socket = options.webSocket ?? (globalThis.WebSocket as VoiceSocketConstructor | undefined);
    if (!socket) throw new TypeError("This platform has no WebSocket: pass one as webSocket, such as that of `ws`.");
    this.#settings = { ...options.session };
    this.#host = {
      options,
      socket,
      protocol: options.protocol ?? openaiRealtime(),
      clock: options.clock ?? systemClock,
      history: this.#history,
      settings: () => this.#settings,
      state: (run, state) => this.#enter(run, state),
      emit: (type, event) => this.#emitter.emit(type, event),
      report: (error) => this.#report(error),
    };
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
    this.#run = new VoiceRun(this.#host);
    await this.#run.open();
  }

  /** Changes the session now, and in every later connection. Only what is named changes. Before `open()` it is kept. */
  update(session: VoiceSession | object): void {
    this.#settings = merge(this.#settings, { ...session });
    this.#run?.update({ ...session });
  }

  /** Has the model say `text` in its own voice, after what it is saying. Providers follow this as an instruction, not to the letter. */
  say(text: string): void {
    this.#opened().ask({ say: text });
  }

  /** For sessions without turn detection: what was heard is complete, the model answers. */
  respond(): void {
    const run = this.#opened();
    if (this.#state !== "open") throw new RealtimeError("not-open", "There is no session that has heard anything.");
    run.respond();
  }

  /** Stops the replica and the model's answer, as the caller's voice does. For a button, or a detector of your own. */
  interrupt(): void {
    this.#run?.interrupt();
  }

  /** Gives the replica back: lets the input and the connection go, drops what the model was saying. The call goes on. */
  async close(): Promise<void> {
    this.#run?.end();
    this.#history.clear();
  }

  #opened(): VoiceRun {
    if (!this.#run) throw new RealtimeError("not-open", "There is no session to speak in.");
    return this.#run;
  }

  #enter(run: VoiceRun, state: RealtimeVoiceState): void {
    if (this.#state === state) return;
    if (state === "idle" && this.#run === run) this.#run = undefined;
    this.#state = state;
    this.#emitter.emit("state", state);
  }

  #report(error: RealtimeError): void {
    if (this.#emitter.emit("error", error)) return;
    if (typeof reportError === "function") reportError(error);
    else console.error(error);
  }
}
