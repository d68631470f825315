import type { ConnectionOptions } from "./connection-options.js";
import type { VoiceConnection, VoiceEnd } from "./protocol.js";
import { errorOf, hideIn, hideInFault } from "./provider-error.js";
import { ProviderSession } from "./provider-session.js";
import type { RealtimeError } from "./realtime-error.js";
import type { ConfigureCommand, VoiceCommand } from "./voice-command.js";
import type { VoiceEvent, VoiceFault } from "./voice-event.js";
import type { VoiceSession } from "./voice-session.js";
import { frameOf, type VoiceSocket } from "./voice-socket.js";

/** How long a server that greets with nothing, or confirms nothing, is waited for. OpenAI does both at once [certain]. */
const courtesySeconds = 2;
/** A close follows an error at once [WHATWG WebSockets], but for a socket that a policy blocked. */
const closeSeconds = 0.25;
/** More than this on its way is about 20 s of speech: a connection that slow is no conversation. */
const longestBacklog = 1_300_000;

/** Faults after which a session is of no use. */
const endings: ReadonlySet<string> = new Set(["session-expired", "session-ended", "unauthorized", "interface-retired"]);

/** One connection to a provider, with its session configured. */
export class ProviderConnection {
  /** What the provider says of its session. */
  readonly session: ProviderSession;
  readonly #options: ConnectionOptions;
  readonly #socket: VoiceSocket;
  readonly #over = new AbortController();
  #settled: { resolve(): void; reject(error: RealtimeError): void } | undefined;
  #phase: "opening" | "configured" | "established" = "opening";
  #heard = false;
  #waited = false;
  #sentAt: number;

  /** Takes a socket that is still to open. */
  constructor(options: ConnectionOptions, socket: VoiceSocket) {
    this.#options = options;
    this.#socket = socket;
    const { protocol, session, clock } = options;
    this.session = new ProviderSession(protocol, session, clock);
    this.#sentAt = clock.now();
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => this.#receive(data));
    socket.addEventListener("close", ({ code, reason }) => this.#closed(code, String(reason ?? "")));
    // A close says more, where one follows.
    socket.addEventListener("error", () => this.#after(closeSeconds, () => this.#closed(1006, "")));
  }

  /** What the protocol keeps of this connection: the next one may go on with it. */
  get state(): VoiceConnection {
    return this.#options.state;
  }

  /** Resolves when the session is configured; rejects with a RealtimeError, that of `signal` when it aborts. */
  async establish(signal: AbortSignal): Promise<void> {
    const outcome = new Promise<void>((resolve, reject) => {
      this.#settled = { resolve, reject };
    });
    const abort = (): void => this.#settled?.reject(signal.reason as RealtimeError);
    if (signal.aborted) abort();
    else signal.addEventListener("abort", abort, { once: true, signal: this.#over.signal });
    const { clientSpeaksFirst, sessionSeconds } = this.#options.protocol;
    this.#socket.addEventListener("open", () => {
      this.#options.onOpened();
      if (clientSpeaksFirst) this.#configure();
      else this.#after(courtesySeconds, () => this.#configure());
    });
    try {
      await outcome;
    } catch (error) {
      this.close();
      throw error;
    }
    this.#phase = "established";
    if (sessionSeconds !== undefined) this.session.endsAt ??= this.#options.clock.now() + sessionSeconds;
    const { protocol, state } = this.#options;
    const keepAliveSeconds = state.keepAliveSeconds ?? protocol.keepAliveSeconds;
    if (keepAliveSeconds !== undefined) void this.#keepAlive(keepAliveSeconds);
  }

  /** Sends a command. False when the provider has none such, or the connection is gone, which `onLost` tells. */
  send(command: VoiceCommand): boolean {
    if (this.#over.signal.aborted) return false;
    const frames = this.#options.state.build(command, this.session.dialect);
    if (frames === undefined) return false;
    for (const frame of Array.isArray(frames) ? (frames as readonly object[]) : [frames]) this.#transmit(frame);
    return true;
  }

  /** Changes the session. Only what `session` names; `whole` is what it is to be in all. */
  configure(session: VoiceSession, whole: VoiceSession): void {
    this.#write({ session, whole, first: false });
  }

  /** Settings that this provider does not take. `first`: at the beginning, when more can be set. */
  unsupported(session: VoiceSession, first: boolean): readonly string[] {
    return this.#options.protocol.unsupported(session, this.session.dialect, first);
  }

  /** A socket that could not open, for a reason that only the page knows. */
  block(error: RealtimeError): void {
    this.#settled?.reject(error);
  }

  /** Closes the connection. */
  close(): void {
    this.#over.abort();
    this.#socket.close(1000, "closed by the app");
  }

  #transmit(frame: object): void {
    this.#sentAt = this.#options.clock.now();
    this.#socket.send(frameOf(frame));
    if (this.#socket.bufferedAmount > longestBacklog) {
      this.#closed(1006, "what was sent does not leave: the network is slower than speech");
      this.#socket.close();
    }
  }

  #receive(data: unknown): void {
    if (this.#over.signal.aborted) return;
    const frame = data instanceof ArrayBuffer ? new Uint8Array(data) : data;
    this.#options.onFrame(frame);
    for (const event of this.#options.state.parse(frame)) {
      if (this.#over.signal.aborted) return;
      this.#take(event);
    }
  }

  #take(event: VoiceEvent): void {
    const established = this.#phase === "established";
    if (event.type === "reply") this.#transmit(event.frame);
    else if (event.type === "session") this.session.describe(event);
    else if (event.type === "ending") this.#announce(event.inSeconds);
    if (event.type === "fault" && established && endings.has(event.fault.code)) {
      this.#ended(event.fault);
      return;
    }
    this.#heard = true;
    if (!established) this.#opening(event);
    // A fault in the opening is what `establish()` rejects with.
    if (established || event.type !== "fault") this.#options.onEvent(hideIn(event, this.#options.hide));
  }

  #announce(inSeconds: number): void {
    this.session.endIn(inSeconds);
    this.session.leaving = true;
    this.#options.onEnding();
  }

  /** The provider says that the session is over: whether it closes the connection too is not waited for. */
  #ended(fault: VoiceFault): void {
    this.close();
    this.#options.onLost(this.#errorOf(fault), fault.code === "session-expired");
  }

  /** What the events before the session mean for its opening. */
  #opening(event: VoiceEvent): void {
    if (event.type === "fault" && !event.benign) {
      const { fault, option } = event;
      if (option !== undefined && option in this.#options.session) this.#leaveOut(option, fault.message);
      else this.#settled?.reject(this.#errorOf(fault));
    } else if (event.type === "session" && event.updated) this.#settled?.resolve();
    // Whatever a server says first, it is there. Only its session event tells the dialect.
    else this.#configure();
    this.#ready();
  }

  /** A setting that the provider does not know must not keep the session from being opened. */
  #leaveOut(option: string, message: string): void {
    const { [option]: _, ...others } = this.#options.session;
    this.#options.session = others;
    this.#options.onRefused(option, message);
    this.#write({ session: others, whole: others, first: true });
  }

  #configure(): void {
    if (this.#phase !== "opening" || this.#over.signal.aborted) return;
    this.#phase = "configured";
    const { session, greeting, history } = this.#options;
    this.#write({ session, whole: session, first: true, greeting, history });
    this.#after(courtesySeconds, () => {
      this.#waited = true;
      this.#ready();
    });
  }

  #write(asked: Omit<ConfigureCommand, "type">): void {
    const { described, fixedInstructions } = this.session;
    this.send({ type: "configure", ...asked, described: described.described, fixedInstructions });
  }

  /** A server that said something, but does not confirm the session, is taken at its word after a while. */
  #ready(): void {
    if (this.#heard && this.#waited && !this.#options.protocol.clientSpeaksFirst) this.#settled?.resolve();
  }

  #closed(code: number, reason: string): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    const { protocol, state } = this.#options;
    const { fault, again }: VoiceEnd = state.closed?.(code, reason) ?? protocol.closed(code, reason);
    if (this.#phase === "established") this.#options.onLost(this.#errorOf(fault), again);
    else {
      const failed = fault.code === "connection-lost" ? "connect-failed" : fault.code;
      this.#settled?.reject(this.#errorOf({ ...fault, code: failed }));
    }
  }

  async #keepAlive(seconds: number): Promise<void> {
    const { signal } = this.#over;
    while (!signal.aborted) {
      const left = this.#sentAt + seconds - this.#options.clock.now();
      if (left <= 0) this.send({ type: "keepAlive" });
      await this.#options.clock.sleep(left > 0 ? left : seconds, signal);
    }
  }

  #errorOf(fault: VoiceFault): RealtimeError {
    const { protocol, hide } = this.#options;
    return errorOf(hideInFault(fault, hide), protocol.name);
  }

  #after(seconds: number, then: () => void): void {
    const { signal } = this.#over;
    void this.#options.clock.sleep(seconds, signal).then(() => {
      if (!signal.aborted) then();
    });
  }
}
