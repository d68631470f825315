import { type ClientOptions, WebSocket } from "ws";
import { isRecord } from "./shape.js";

/** How a connection ended. */
export interface Closed {
  code: number;
  reason: string;
}

/** Seconds of wall-clock time after which a wait fails: longer than any machine needs. */
const longest = 20;

/** A WebSocket client that knows nothing of any service: what the servers are tested with. */
export class RawClient {
  /** Every JSON message that arrived, text frames and binary ones. */
  readonly messages: Record<string, unknown>[] = [];
  /** Every binary frame that arrived. */
  readonly binary: Buffer[] = [];
  /** Resolves when the connection has ended. */
  readonly closed: Promise<Closed>;
  /** The subprotocol that was agreed on. */
  get protocol(): string {
    return this.#socket.protocol;
  }
  readonly #socket: WebSocket;
  #seen = 0;
  #wake: () => void = () => {};

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = new Promise((resolve) => {
      socket.on("close", (code, reason) => {
        resolve({ code, reason: String(reason) });
        this.#wake();
      });
    });
    socket.on("error", () => {});
    socket.on("message", (data: Buffer, binary) => {
      if (binary) this.binary.push(data);
      try {
        const message: unknown = JSON.parse(data.toString("utf8"));
        if (isRecord(message)) this.messages.push(message);
      } catch {
        // Audio.
      }
      this.#wake();
    });
  }

  /** Connects; fails with the status if the handshake is refused. */
  static connect(url: string, protocols: readonly string[] = [], options: ClientOptions = {}): Promise<RawClient> {
    const socket = new WebSocket(url, [...protocols], { perMessageDeflate: false, ...options });
    // Before the handshake is over: a first message may be right behind it.
    const client = new RawClient(socket);
    return new Promise((resolve, reject) => {
      socket.once("open", () => resolve(client));
      socket.once("unexpected-response", (_request, response) => {
        response.resume();
        reject(new Error(`status ${response.statusCode}`));
      });
      socket.once("error", reject);
    });
  }

  /** The status that a refused handshake gets. */
  static async status(url: string, protocols: readonly string[] = [], options: ClientOptions = {}): Promise<string> {
    try {
      const client = await RawClient.connect(url, protocols, options);
      client.drop();
      return "let in";
    } catch (error) {
      return (error as Error).message;
    }
  }

  /** Sends JSON, a text as it is, or bytes in a binary frame. */
  send(message: object | string): void {
    this.#socket.send(typeof message === "string" || Buffer.isBuffer(message) ? message : JSON.stringify(message));
  }

  /** The next message that passes, behind the one that the call before returned. */
  async next(passes: (message: Record<string, unknown>) => boolean): Promise<Record<string, unknown>> {
    const end = Date.now() + longest * 1000;
    for (;;) {
      while (this.#seen < this.messages.length) {
        const message = this.messages[this.#seen++];
        if (passes(message)) return message;
      }
      if (this.#socket.readyState === this.#socket.CLOSED || Date.now() > end)
        throw new Error(`No such message. Last: ${JSON.stringify(this.messages.at(-1))?.slice(0, 300)}.`);
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, 1000);
        this.#wake = () => {
          clearTimeout(timer);
          resolve();
        };
      });
    }
  }

  /** The next message of a type. */
  type(type: string): Promise<Record<string, unknown>> {
    return this.next((message) => message.type === type);
  }

  /** All messages of a type so far. */
  all(type: string): Record<string, unknown>[] {
    return this.messages.filter((message) => message.type === type);
  }

  /** Resolves when the server has seen all that was sent, and its answers up to there have arrived: a WebSocket ping. */
  async settle(): Promise<void> {
    if (this.#socket.readyState !== this.#socket.OPEN) return;
    await new Promise<void>((resolve) => {
      const done = (): void => {
        this.#socket.off("pong", done).off("close", done);
        resolve();
      };
      this.#socket.on("pong", done).on("close", done).ping();
    });
  }

  /** Closes with a code. */
  close(code = 1000): void {
    this.#socket.close(code);
  }

  /** Breaks the connection. */
  drop(): void {
    this.#socket.terminate();
  }
}
