import { abortable } from "../flow/abortable.js";
import type { Conversation } from "./conversation.js";
import { finalInterruption, type Interruption } from "./interruption.js";
import { ModelSession, type SessionHost } from "./model-session.js";
import type { VoiceConnection } from "./protocol.js";
import { RealtimeError } from "./realtime-error.js";
import { Renewal } from "./renewal.js";
import type { Request } from "./response-queue.js";
import type { RunHost } from "./run-host.js";
import { VoiceInput } from "./voice-input.js";
import type { RealtimeVoiceState } from "./voice-options.js";
import { type VoiceSession, wireFormat } from "./voice-session.js";

/** Errors that the next attempt would meet again. */
const hopeless = /^(unauthorized|quota-exceeded|secret-unsafe|csp-socket|interface-retired)$/;
/** Back-off: the first wait; each doubles the one before. */
const firstWaitSeconds = 0.5;

/** A voice from `open()` to `close()`: one input, and one session after the other. */
export class VoiceRun {
  readonly #host: RunHost;
  readonly #sessionHost: SessionHost;
  readonly #input: VoiceInput;
  readonly #stop = new AbortController();
  readonly #renewal: Renewal;
  /** Asked for while there was no session. */
  #unsaid: Request[] = [];
  /** What is said first, until a session takes it. */
  #greeting: string | undefined;
  #session: ModelSession | undefined;
  /** Of sessions that are gone, and whose answers are still being spoken. */
  #spoken: Conversation[] = [];
  #state: RealtimeVoiceState = "idle";
  /** Whether the replica is heard. */
  #speaking = false;

  /** Begins to follow the replica; opens nothing. */
  constructor(host: RunHost) {
    this.#host = host;
    const { options, history, clock } = host;
    const { signal } = this.#stop;
    this.#input = this.#voiceInput();
    this.#sessionHost = {
      ...host,
      inputRate: this.#input.sampleRate,
      replicaSpeaks: () => this.#speaking,
      onEnding: (session) => session === this.#session && this.#renewal.plan(session),
      onLost: (session, error, again) => session === this.#session && void this.#lost(session, error, again),
    };
    this.#renewal = new Renewal({
      clock,
      open: (previous, aborted) => this.#open(previous.state, aborted).opened,
      swap: (previous, next) => {
        this.#adopt(next);
        previous.conversation.close();
        previous.end();
      },
    });
    // After a failure the conversation goes on where it was; after close() it begins anew.
    if (history.entries().length === 0) this.#greeting = options.greeting;
    history.onCut = (itemId) => this.#session?.correct(itemId);
    options.replica.on("speaking", () => this.#hear(true), { signal });
    options.replica.on("silent", () => this.#hear(false), { signal });
  }

  /** Opens the input and the first session. When it rejects, all is closed again. */
  async open(): Promise<void> {
    this.#enter("connecting");
    const { signal } = this.#stop;
    const connect = async (): Promise<void> => this.#adopt(await this.#open(undefined, signal).opened);
    try {
      await abortable(Promise.all([this.#input.open(), connect()]), signal);
    } catch (error) {
      this.end();
      throw error;
    }
    // The connection may have broken while the input was being asked for: it is on its way back then.
    if (this.#session) this.#begin();
  }

  /** Changes the present session. */
  update(session: VoiceSession): void {
    this.#session?.update(session);
  }

  /** Asks for a response, now or in the next session. */
  ask(request: Request): void {
    if (this.#state === "open") this.#session?.conversation.respond(request);
    else this.#unsaid.push(request);
  }

  /** Lets the model answer. `commit`: what was heard is complete. */
  respond(commit: boolean): void {
    if (commit && !this.#session?.send({ type: "commit" })) this.#unsupported("told that the caller has spoken");
    else this.ask({ requested: commit });
  }

  /** What the caller typed. */
  text(text: string, respond: boolean): void {
    this.#host.history.add("user", text);
    // Without a session the next one is told of it.
    const taken = this.#state !== "open" || this.#session?.send({ type: "text", text, respond });
    if (!taken) this.#unsupported("given text");
    else if (respond) this.ask({ requested: true });
  }

  /** What the model should know. */
  context(text: string): void {
    this.#host.history.add("context", text);
    if (this.#state === "open" && !this.#session?.send({ type: "context", text })) this.#unsupported("given context");
  }

  /** Stops the replica and the answer in the making. */
  interrupt(): Interruption {
    this.#unsaid = [];
    this.#greeting = undefined;
    for (const conversation of this.#spoken) conversation.interrupt();
    // The button of push to talk goes down: what was heard before is nobody's words.
    if (this.#session?.detectsTurns === false) {
      this.#session.send({ type: "clear" });
      this.#input.clear();
    }
    return this.#session?.conversation.interrupt() ?? finalInterruption("nothing was being said");
  }

  /** Lets everything go. Idempotent. */
  end(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(new RealtimeError("closed", "The voice was closed while it was opened."));
    this.#renewal.cancel();
    this.#host.history.onCut = () => {};
    this.#input.close();
    for (const conversation of this.#spoken) conversation.close();
    this.#session?.conversation.close();
    this.#session?.end();
    this.#enter("idle");
  }

  #hear(speaking: boolean): void {
    this.#speaking = speaking;
  }

  #voiceInput(): VoiceInput {
    const { options, protocol, settings, emit, report } = this.#host;
    const { sampleRate } = wireFormat(protocol.formats(settings()).input);
    return new VoiceInput({
      source: options.input,
      // What a source gives at the rate of the wire is not converted a second time.
      sampleRate: sampleRate === 16_000 ? 16_000 : 24_000,
      audio: options.audio,
      warn: (warning) => emit("warning", warning),
      muted: () => options.bargeIn === false && this.#speaking,
      deliver: (samples) => {
        if (this.#state !== "open" || !this.#session) return false;
        this.#session.hear(samples);
        return true;
      },
      report,
    });
  }

  /** Opens a session. `reached`: whether the provider took the connection. */
  #open(previous: VoiceConnection | undefined, signal: AbortSignal) {
    const { protocol, options } = this.#host;
    const first = protocol.greetingInSession && options.greeting !== undefined;
    const greeting = first ? (this.#greeting ?? "") : undefined;
    let reached = false;
    const onOpened = (): void => {
      reached = true;
    };
    const opened = ModelSession.open(this.#sessionHost, { previous, greeting, signal, onOpened });
    return { opened, reached: () => reached };
  }

  #adopt(session: ModelSession): void {
    this.#spoken = this.#spoken.filter(({ speaks }) => speaks);
    this.#session = session;
    this.#renewal.plan(session);
  }

  /** A session stands: what waited for it is said and heard. */
  #begin(): void {
    this.#enter("open");
    const greeting = this.#greeting;
    this.#greeting = undefined;
    if (greeting && !this.#host.protocol.greetingInSession) this.ask({ say: greeting });
    for (const request of this.#unsaid.splice(0)) this.ask(request);
    this.#input.flush();
  }

  /** The connection broke. Opens another until one stands; the new session is told the words of the old one. */
  async #lost(session: ModelSession, error: RealtimeError, again: boolean): Promise<void> {
    const { clock, options, report, history } = this.#host;
    const { signal } = this.#stop;
    this.#session = undefined;
    this.#renewal.cancel();
    const { makesReply } = session.conversation;
    this.#keep(session.conversation.lost(error), history.asks);
    this.#spoken.push(session.conversation);
    if (again) this.#enter("reconnecting");
    // Before the turn that fails with it has failed, so that whoever hears of that knows.
    report(error, makesReply);
    if (signal.aborted) return;
    if (!again) return this.end();
    let last = error;
    let previous = session.state;
    for (let attempt = 0; attempt < (options.reconnects ?? 5) && !signal.aborted; attempt++) {
      // A session that ran its time ends at a time the provider knows: no reason to wait.
      const wait = error.code === "session-expired" && attempt === 0 ? 0 : firstWaitSeconds * 2 ** attempt;
      await clock.sleep(wait, signal);
      if (signal.aborted) return;
      const attempted = this.#open(previous, signal);
      try {
        this.#adopt(await attempted.opened);
        if (this.#session) this.#begin();
        return;
      } catch (reason) {
        last = reason as RealtimeError;
        if (hopeless.test(last.code)) break;
        // Perhaps it is what it was to go on with that the provider does not take.
        if (attempted.reached()) previous = undefined;
      }
    }
    if (signal.aborted) return;
    report(new RealtimeError("reconnect-failed", "The connection could not be opened again.", { cause: last }));
    this.end();
  }

  /** What was to be said is said in the next session; a question that was not answered is asked again, once. */
  #keep(requests: readonly Request[], asks: boolean): void {
    const says = requests.filter(({ say }) => say !== undefined);
    const questions = requests.length > says.length && asks ? [{}] : [];
    this.#unsaid = [...questions, ...says, ...this.#unsaid.filter(({ say }) => say !== undefined || !questions.length)];
  }

  #unsupported(what: string): void {
    const { protocol, report } = this.#host;
    report(new RealtimeError("command-unsupported", `${protocol.name} cannot be ${what}.`));
  }

  #enter(state: RealtimeVoiceState): void {
    this.#state = state;
    this.#host.state(this, state);
  }
}
