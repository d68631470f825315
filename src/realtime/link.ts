import type { Clock } from "../flow/clock.js";
import type { VoiceCommand, VoiceEvent, VoiceFault, VoiceProtocol, VoiceSession } from "./protocol.js";
import { RealtimeError } from "./realtime-error.js";

/** What is used of a WebSocket: the platform's own has it, and so has the `ws` package's. */
export interface VoiceSocket {
  /** Bytes that were sent but have not left. */
  readonly bufferedAmount: number;
  /** Set to "arraybuffer". */
  binaryType: string;
  /** See WebSocket. */
  send(data: string): void;
  /** See WebSocket. */
  close(code?: number, reason?: string): void;
  /** See WebSocket. */
  addEventListener(type: "open" | "error", listener: () => void): void;
  addEventListener(type: "message", listener: (event: { data: unknown }) => void): void;
  addEventListener(type: "close", listener: (event: { code: number; reason: unknown }) => void): void;
}

/** Makes a socket; `WebSocket` is one. */
export type VoiceSocketConstructor = new (url: string, protocols: string[]) => VoiceSocket;

/** What a link is opened with. */
export interface LinkOptions {
  protocol: VoiceProtocol;
  url: string;
  secret: () => Promise<string>;
  session: VoiceSession;
  socket: VoiceSocketConstructor;
  clock: Clock;
  /** Aborts the opening. */
  signal: AbortSignal;
  /** Seconds from the first step until the session is there. */
  timeoutSeconds: number;
  /** Every event, from the first on. */
  onEvent(event: VoiceEvent): void;
  /** Once, after the session was there: the connection is gone, and not because of `close()`. */
  onLost(error: RealtimeError, again: boolean): void;
}

/** How long a server that greets with nothing, or confirms nothing, is waited for. OpenAI does both at once [certain]. */
const courtesySeconds = 2;
/** More than this on its way is about 20 s of speech: a connection that slow is no conversation. */
const longestBacklog = 1_300_000;

/** Faults after which a session is of no use. */
const endings: ReadonlySet<string> = new Set(["session-expired", "unauthorized"]);

/** One connection to a provider, with its session configured: made by {@link openLink}. */
export class Link {
  readonly #options: LinkOptions;
  readonly #socket: VoiceSocket;
  readonly #over = new AbortController();
  #settled: { resolve(): void; reject(error: RealtimeError): void } | undefined;
  #dialect: string;
  #configured = false;
  #established = false;
  #heard = false;
  #waited = false;
  #interrupts = true;
  #instructions = "";

  /** Takes a socket that is still to open. */
  constructor(options: LinkOptions, socket: VoiceSocket) {
    this.#options = options;
    this.#socket = socket;
    this.#dialect = options.protocol.dialect;
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", ({ data }) => this.#receive(data));
    socket.addEventListener("close", ({ code, reason }) => this.#closed(code, String(reason ?? "")));
    // A close always follows, and says more.
    socket.addEventListener("error", () => {});
  }

  /** Whether the provider, by what it told, cancels its answer itself when the caller speaks. */
  get interruptsItself(): boolean {
    return this.#interrupts;
  }

  /** The session's instructions, which its secret may have fixed on the server; "" when unknown. */
  get instructions(): string {
    return this.#instructions;
  }

  /** Resolves when the session is configured; rejects with a RealtimeError. */
  async establish(): Promise<void> {
    const { signal, timeoutSeconds } = this.#options;
    const outcome = new Promise<void>((resolve, reject) => {
      this.#settled = { resolve, reject };
    });
    signal.addEventListener("abort", () => this.#fail("closed", "closed while it was opened"), {
      once: true,
      signal: this.#over.signal,
    });
    if (signal.aborted) this.#fail("closed", "closed while it was opened");
    this.#after(timeoutSeconds, () => this.#fail("connect-timeout", `no session within ${timeoutSeconds} s`));
    this.#socket.addEventListener("open", () => this.#after(courtesySeconds, () => this.#configure()));
    try {
      await outcome;
      this.#established = true;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Sends a command; does nothing once the connection is gone, which `onLost` tells. */
  send(command: VoiceCommand): void {
    if (this.#over.signal.aborted) return;
    this.#socket.send(JSON.stringify(this.#options.protocol.build(command, this.#dialect)));
    if (this.#socket.bufferedAmount > longestBacklog) {
      this.#closed(1006, "what was sent does not leave: the network is slower than speech");
      this.#socket.close();
    }
  }

  /** Options that were left out, because this provider has none such. */
  unsupported(session: VoiceSession): readonly string[] {
    return this.#options.protocol.unsupported(session, this.#dialect);
  }

  /** Closes the connection. */
  close(): void {
    this.#over.abort();
    this.#socket.close(1000, "closed by the app");
  }

  #receive(data: unknown): void {
    if (this.#over.signal.aborted) return;
    const text = data instanceof ArrayBuffer ? new TextDecoder().decode(data) : data;
    for (const event of this.#options.protocol.parse(text)) {
      if (event.type === "session") {
        this.#dialect = event.dialect;
        this.#interrupts = event.interruptsItself;
        this.#instructions = event.instructions;
      }
      if (this.#established && event.type === "fault" && endings.has(event.fault.code)) {
        this.#ended(event.fault);
        return;
      }
      this.#heard = true;
      if (!this.#established) this.#opening(event);
      // A fault in the opening is what `establish()` rejects with.
      if (this.#established || event.type !== "fault") this.#options.onEvent(event);
    }
  }

  /** The provider says that the session is over: whether it closes the connection too is not waited for. */
  #ended(fault: VoiceFault): void {
    this.close();
    this.#options.onLost(errorOf(fault, this.#options.protocol.name), fault.code !== "unauthorized");
  }

  /** What the events before the session mean for its opening. */
  #opening(event: VoiceEvent): void {
    if (event.type === "fault" && !event.benign) this.#fail(event.fault.code, event.fault.message, event.fault);
    else if (event.type === "session" && event.updated) this.#settled?.resolve();
    // Whatever a server says first, it is there. Only its session event tells the dialect.
    else this.#configure();
    this.#ready();
  }

  #configure(): void {
    if (this.#configured || this.#over.signal.aborted) return;
    this.#configured = true;
    this.send({ type: "configure", session: this.#options.session, first: true });
    this.#after(courtesySeconds, () => {
      this.#waited = true;
      this.#ready();
    });
  }

  /** A server that said something, but does not confirm the session, is taken at its word after a while. */
  #ready(): void {
    if (this.#heard && this.#waited) this.#settled?.resolve();
  }

  #closed(code: number, reason: string): void {
    if (this.#over.signal.aborted) return;
    this.#over.abort();
    const { fault, again } = this.#options.protocol.closed(code, reason);
    if (this.#established) this.#options.onLost(errorOf(fault, this.#options.protocol.name), again);
    else this.#fail(fault.code === "connection-lost" ? "connect-failed" : fault.code, fault.message);
  }

  #fail(code: RealtimeError["code"], message: string, fault?: VoiceFault): void {
    this.#settled?.reject(errorOf({ ...fault, code, message }, this.#options.protocol.name));
  }

  #after(seconds: number, then: () => void): void {
    const { signal } = this.#over;
    void this.#options.clock.sleep(seconds, signal).then(() => {
      if (!signal.aborted) then();
    });
  }
}

/** The error for what a provider says went wrong. */
export function errorOf(fault: VoiceFault, provider: string, retryAfterSeconds?: number): RealtimeError {
  const { code, message, providerCode } = fault;
  return new RealtimeError(code, `${provider}: ${message}`, {
    providerCode: providerCode || undefined,
    retryAfterSeconds,
  });
}

/** Fetches a fresh secret, opens a socket with it and configures the session. Rejects with a RealtimeError that holds no secret. */
export async function openLink(options: LinkOptions): Promise<Link> {
  const { protocol, session } = options;
  let secret: unknown;
  try {
    secret = await options.secret();
  } catch (cause) {
    throw new RealtimeError("secret-failed", "The secret function failed.", { cause });
  }
  if (typeof secret !== "string" || !secret)
    throw new RealtimeError("secret-failed", "The secret function gave no text.");
  // OpenAI's account keys begin so; its ephemeral secrets begin with ek_ [certain].
  if (secret.startsWith("sk-") && "document" in globalThis)
    throw new RealtimeError("secret-unsafe", "The secret is an account's key, and this is a page.");
  if (options.signal.aborted) throw new RealtimeError("closed", "The voice was closed while it was opened.");
  const { url, protocols } = protocol.connect(options.url, session, secret);
  let socket: VoiceSocket;
  try {
    socket = new options.socket(url, protocols);
  } catch {
    // No cause: the platform's error quotes the subprotocol, which is the secret.
    throw new RealtimeError("connect-failed", `No socket can be made for ${new URL(url).host} with this secret.`);
  }
  const link = new Link(options, socket);
  await link.establish();
  return link;
}
