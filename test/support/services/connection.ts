import type { WebSocket } from "ws";
import type { Handshake } from "./host.js";
import type { ServiceClock } from "./service-clock.js";

/** A message that arrived. */
export interface Received {
  /** In the server's clock. */
  at: number;
  /** Parsed JSON; for a frame that is none, its text or its bytes. */
  message: unknown;
  /** Whether it arrived in a binary frame. */
  binary: boolean;
}

/** A WebSocket of one client: what arrived, what was sent, and how it ended. */
export class Connection {
  /** Every message that arrived, in order. */
  readonly received: Received[] = [];
  /** Every JSON message and every binary frame that went out, in order, with the server's time. */
  readonly sent: { at: number; message: unknown }[] = [];
  /** What the server refused, in its own words. */
  readonly refusals: string[] = [];
  readonly handshake: Handshake;
  /** How the connection ended. */
  closed: { code: number; reason: string; by: "client" | "server" } | undefined;
  readonly #socket: WebSocket;
  readonly #clock: ServiceClock;
  readonly #ended = new AbortController();
  #byServer = false;

  constructor(socket: WebSocket, handshake: Handshake, clock: ServiceClock) {
    this.#socket = socket;
    this.#clock = clock;
    this.handshake = handshake;
    socket.on("close", (code, reason) => {
      this.closed ??= { code, reason: String(reason), by: this.#byServer ? "server" : "client" };
      this.#ended.abort();
    });
    // A client that breaks the framing; "close" follows.
    socket.on("error", (error) => this.refusals.push(error.message));
  }

  /** Aborts when the connection has ended. */
  get signal(): AbortSignal {
    return this.#ended.signal;
  }

  /** Whether messages can go out. */
  get open(): boolean {
    return this.#socket.readyState === this.#socket.OPEN;
  }

  /** Passes every frame that arrives to `receive`, until the server has closed. */
  listen(receive: (data: Buffer, binary: boolean) => void): void {
    this.#socket.on("message", (data: Buffer, binary) => {
      if (!this.#byServer) receive(data, binary);
    });
  }

  /** Records what arrived. */
  record(message: unknown, binary: boolean): void {
    this.received.push({ at: this.#clock.now(), message, binary });
  }

  /** Sends JSON, in a text frame or a binary one. */
  send(message: object, binary = false): void {
    if (!this.open) return;
    this.sent.push({ at: this.#clock.now(), message });
    const text = JSON.stringify(message);
    this.#socket.send(binary ? Buffer.from(text) : text);
  }

  /** Sends bytes in a binary frame, or a text that need not be JSON: what a script asks for. */
  sendRaw(data: Buffer | string): void {
    if (!this.open) return;
    this.sent.push({ at: this.#clock.now(), message: data });
    this.#socket.send(data);
  }

  /** Closes with a code. */
  close(code: number, reason = ""): void {
    this.#byServer = true;
    this.closed ??= { code, reason, by: "server" };
    this.#ended.abort();
    this.#socket.close(code, reason);
  }

  /** Breaks the connection without a close frame. */
  drop(): void {
    this.#byServer = true;
    this.closed ??= { code: 1006, reason: "", by: "server" };
    this.#ended.abort();
    this.#socket.terminate();
  }
}

/** A text frame as JSON; undefined if it is none. */
export function parseJson(data: Buffer): unknown {
  try {
    return JSON.parse(data.toString("utf8")) as unknown;
  } catch {
    return undefined;
  }
}
