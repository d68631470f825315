import { abortable } from "../flow/abortable.js";
import type { Clock } from "../flow/clock.js";
import { Conversation } from "./conversation.js";
import type { History } from "./history.js";
import { type Link, openLink, type VoiceSocketConstructor } from "./link.js";
import type { VoiceCommand, VoiceProtocol, VoiceSession } from "./protocol.js";
import { RealtimeError } from "./realtime-error.js";
import { replyFormat } from "./reply-audio.js";
import type { Request } from "./response-queue.js";
import { VoiceInput } from "./voice-input.js";
import type { RealtimeVoiceEvents, RealtimeVoiceOptions, RealtimeVoiceState } from "./voice-options.js";

/** What a run has of its voice. */
export interface RunHost {
  readonly options: RealtimeVoiceOptions;
  readonly socket: VoiceSocketConstructor;
  readonly protocol: VoiceProtocol;
  readonly clock: Clock;
  readonly history: History;
  /** The session as it is to be now. */
  settings(): VoiceSession;
  state(run: VoiceRun, state: RealtimeVoiceState): void;
  emit<K extends keyof RealtimeVoiceEvents>(type: K, event: RealtimeVoiceEvents[K]): boolean;
  report(error: RealtimeError): void;
}

/** Errors that the next attempt would meet again. */
const hopeless: ReadonlySet<string> = new Set(["unauthorized", "quota-exceeded", "secret-unsafe"]);
/** Back-off: the first wait; each doubles the one before. */
const firstWaitSeconds = 0.5;

/** A voice from `open()` to `close()`: one input, and one connection after the other. */
export class VoiceRun {
  readonly #host: RunHost;
  readonly #input: VoiceInput;
  readonly #stop = new AbortController();
  /** Asked for while there was no session. */
  readonly #unsaid: Request[] = [];
  /** The last is the present one; the others have answers that are still being spoken. */
  #conversations: Conversation[] = [];
  #link: Link | undefined;
  #state: RealtimeVoiceState = "idle";
  /** Whether the replica is heard. */
  #speaking = false;

  /** Begins to follow the replica; opens nothing. */
  constructor(host: RunHost) {
    this.#host = host;
    this.#input = this.#voiceInput();
    const { greeting, replica } = host.options;
    const { signal } = this.#stop;
    // After a failure the conversation goes on where it was; after close() it begins anew.
    if (greeting && host.history.entries().length === 0) this.#unsaid.push({ say: greeting });
    replica.on("speaking", () => this.#hear(true), { signal });
    replica.on("silent", () => this.#hear(false), { signal });
  }

  /** Opens the input and the first connection. When it rejects, all is closed again. */
  async open(): Promise<void> {
    this.#enter("connecting");
    try {
      await abortable(Promise.all([this.#input.open(), this.#connect()]), this.#stop.signal);
    } catch (error) {
      this.end();
      throw error;
    }
    // The connection may have broken while the input was being asked for: it is on its way back then.
    if (this.#link) this.#begin();
  }

  /** Changes the session of the present connection. */
  update(session: VoiceSession): void {
    if (!this.#link) return;
    // A hint of language is part of the transcription: a model that was chosen for it stays.
    const { transcription } = this.#host.settings();
    const kept = session.language !== undefined && transcription ? { transcription } : {};
    this.#reportUnsupported(this.#link, session);
    this.#link.send({ type: "configure", session: { ...session, ...kept }, first: false });
  }

  /** Asks for a response, now or in the next session. */
  ask(request: Request): void {
    if (this.#state === "open") this.#conversations.at(-1)?.respond(request);
    else this.#unsaid.push(request);
  }

  /** What was heard is complete. */
  respond(): void {
    this.#link?.send({ type: "commit" });
    this.ask({});
  }

  /** Stops the replica and the answer in the making. */
  interrupt(): void {
    this.#conversations.at(-1)?.interrupt();
  }

  /** Lets everything go. Idempotent. */
  end(): void {
    if (this.#stop.signal.aborted) return;
    this.#stop.abort(new RealtimeError("closed", "The voice was closed while it was opened."));
    this.#input.close();
    for (const conversation of this.#conversations) conversation.close();
    this.#link?.close();
    this.#enter("idle");
  }

  #hear(speaking: boolean): void {
    this.#speaking = speaking;
  }

  #voiceInput(): VoiceInput {
    const { options, protocol, settings, emit, report } = this.#host;
    return new VoiceInput({
      source: options.input,
      format: protocol.formats(settings()).input,
      audio: options.audio,
      warn: (warning) => emit("warning", warning),
      muted: () => options.bargeIn === false && this.#speaking,
      deliver: (bytes) => {
        if (this.#state !== "open") return false;
        this.#link?.send({ type: "audio", bytes });
        return true;
      },
      report,
    });
  }

  /** One connection and its conversation. */
  async #connect(): Promise<void> {
    const { options, protocol, settings, socket, clock, history } = this.#host;
    const { signal } = this.#stop;
    let link: Link | undefined;
    const conversation = this.#conversation((command) => link?.send(command));
    const session = settings();
    link = await openLink({
      ...{ protocol, secret: options.secret, session, socket, clock, signal },
      url: String(options.url ?? protocol.defaultUrl),
      timeoutSeconds: options.connectTimeoutSeconds ?? 15,
      onEvent: (event) => conversation.handle(event),
      onLost: (error, again) => void this.#lost(error, again),
    });
    if (signal.aborted) {
      link.close();
      return;
    }
    this.#link = link;
    this.#conversations = [...this.#conversations.filter(({ speaks }) => speaks), conversation];
    this.#reportUnsupported(link, session);
    for (const entry of history.entries()) link.send({ type: "remember", ...entry });
    // Changed while it was opened.
    if (settings() !== session) this.update(settings());
  }

  #conversation(send: (command: VoiceCommand) => void): Conversation {
    const { options, protocol, settings, clock, history, emit, report } = this.#host;
    return new Conversation({
      ...{ send, replica: options.replica, clock, history, report },
      format: replyFormat(protocol.formats(settings()).output),
      provider: protocol.name,
      bargeIn: options.bargeIn ?? true,
      replicaSpeaks: () => this.#speaking,
      interruptsItself: () => (this.#link?.interruptsItself ?? true) && protocol.interruptsItself(settings()),
      instructions: () => settings().instructions ?? this.#link?.instructions,
      transcript: (transcript) => emit("transcript", transcript),
      toolCall: (call) => emit("toolCall", call),
    });
  }

  /** A session stands: what waited for it is said and heard. */
  #begin(): void {
    this.#enter("open");
    for (const request of this.#unsaid.splice(0)) this.ask(request);
    this.#input.flush();
  }

  /** The connection broke. Opens another until one stands; the new session is told the words of the old one. */
  async #lost(error: RealtimeError, again: boolean): Promise<void> {
    const { clock, options, report } = this.#host;
    const { signal } = this.#stop;
    this.#link = undefined;
    this.#unsaid.push(...(this.#conversations.at(-1)?.lost(error) ?? []));
    this.#enter("reconnecting");
    report(error);
    let last = error;
    const attempts = again ? (options.reconnects ?? 5) : 0;
    for (let attempt = 0; attempt < attempts && !signal.aborted; attempt++) {
      // A session that ran its time ends at a time the provider knows: no reason to wait.
      const wait = error.code === "session-expired" && attempt === 0 ? 0 : firstWaitSeconds * 2 ** attempt;
      await clock.sleep(wait, signal);
      if (signal.aborted) return;
      try {
        await this.#connect();
        if (!signal.aborted) this.#begin();
        return;
      } catch (reason) {
        last = reason as RealtimeError;
        if (hopeless.has(last.code)) break;
      }
    }
    if (signal.aborted) return;
    report(new RealtimeError("reconnect-failed", "The connection could not be opened again.", { cause: last }));
    this.end();
  }

  #reportUnsupported(link: Link, session: VoiceSession): void {
    const { protocol, report } = this.#host;
    for (const name of link.unsupported(session))
      report(new RealtimeError("option-unsupported", `${protocol.name} has no ${name}: it was left out.`));
  }

  #enter(state: RealtimeVoiceState): void {
    this.#state = state;
    this.#host.state(this, state);
  }
}
