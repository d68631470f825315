import { Emitter, report } from "../emitter.js";
import { systemClock } from "../flow/clock.js";
import { jsonOf, merge } from "./fields.js";
import { History } from "./history.js";
import { finalInterruption, type Interruption } from "./interruption.js";
import { openaiRealtime } from "./openai.js";
import { RealtimeError } from "./realtime-error.js";
import type { RunHost } from "./run-host.js";
import type { RealtimeVoiceEvents, RealtimeVoiceOptions, RealtimeVoiceState } from "./voice-options.js";
import { VoiceRun } from "./voice-run.js";
import type { VoiceSession } from "./voice-session.js";
import type { VoiceSocketConstructor } from "./voice-socket.js";

/**
 * Voice to voice: an input is heard by a speech-to-speech model, and the replica speaks its answers, one turn each. When
 * the caller speaks, the replica stops at once and the model is told how much of its answer was heard.
 */
export class RealtimeVoice {
  readonly #emitter = new Emitter<RealtimeVoiceEvents>();
  readonly #history = new History();
  readonly #host: RunHost;
  /** Errors that a listener was told of. */
  readonly #told = new WeakSet<RealtimeError>();
  #settings: VoiceSession;
  #state: RealtimeVoiceState = "idle";
  #run: VoiceRun | undefined;
  /** Whether anybody ever listened to raw messages: parsing them twice is for nobody else. */
  #rawWanted = false;

  /**
   * Opens nothing.
   * @throws TypeError where there is no WebSocket.
   */
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
      raw: (frame) => this.#rawWanted && this.#emitter.emit("raw", jsonOf(frame) ?? frame),
      report: (error, failsTurn) => this.#report(error, failsTurn),
      turnFailed: (error) => this.#turnFailed(error),
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
    this.#rawWanted ||= type === "raw";
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

  /**
   * Lets the model answer what it heard.
   * @param options - `commit` (default true): what was heard is complete, for sessions without turn detection. With false
   * only the answer is asked for, as after `addContext()`.
   * @throws RealtimeError `not-open`.
   */
  respond({ commit = true }: { commit?: boolean | undefined } = {}): void {
    const run = this.#opened();
    if (this.#state !== "open") throw new RealtimeError("not-open", "There is no session that has heard anything.");
    run.respond(commit);
  }

  /**
   * What the caller typed.
   * @param options - `respond` (default true): the model answers it.
   * @throws RealtimeError `not-open`.
   */
  sendText(text: string, { respond = true }: { respond?: boolean | undefined } = {}): void {
    this.#opened().text(text, respond);
  }

  /**
   * Lets the model know something that nobody said, such as what the page shows. It answers only when it is asked to.
   * @throws RealtimeError `not-open`.
   */
  addContext(text: string): void {
    this.#opened().context(text);
  }

  /**
   * Stops the replica and the model's answer, as the caller's voice does, and forgets what waits to be said. For a button
   * or a detector of your own; without turn detection what was heard until now does not count either: push to talk begins.
   * @returns How to take it back, where that is possible.
   */
  interrupt(): Interruption {
    return this.#run?.interrupt() ?? finalInterruption("nothing was being said");
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

  /** One trouble is reported once: to whoever listens here, else by the replica whose turn fails with it, else to the platform. */
  #report(error: RealtimeError, failsTurn = false): void {
    if (this.#emitter.emit("error", error)) this.#told.add(error);
    else if (!failsTurn) report(error);
  }

  #turnFailed(error: unknown): boolean {
    const own = [error, error instanceof Error && error.cause].find((each) => each instanceof RealtimeError);
    if (own) return this.#told.has(own as RealtimeError);
    const failed = new RealtimeError("turn-failed", "The replica could not speak the answer.", { cause: error });
    return this.#emitter.emit("error", failed);
  }
}
