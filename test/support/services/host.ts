import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from "node:http";
import type { AddressInfo } from "node:net";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";

/** What a client asked for when it connected. */
export interface Handshake {
  url: URL;
  /** Subprotocols, in the client's order. */
  protocols: readonly string[];
  /** The token of `Authorization: Bearer …`, or of another scheme. */
  authorization: { scheme: string; token: string } | undefined;
  headers: IncomingMessage["headers"];
}

/** Lets a connection in, with the subprotocol that is agreed on, or answers the handshake with a status. */
export type Admission = { protocol?: string } | { status: number; body: string };

/** What a server does with connections and requests. */
export interface HostHandlers {
  admit(handshake: Handshake): Admission;
  connect(socket: WebSocket, handshake: Handshake): void;
  /** Plain requests. Default: 404. */
  request?(request: IncomingMessage, response: ServerResponse): void;
}

/** A Node server on a free port of 127.0.0.1 that speaks HTTP and WebSocket, without TLS. */
export class Host {
  readonly #server: Server;
  readonly #sockets: WebSocketServer;

  private constructor(server: Server, sockets: WebSocketServer) {
    this.#server = server;
    this.#sockets = sockets;
  }

  /** Starts to listen. */
  static async listen(handlers: HostHandlers): Promise<Host> {
    const server = createServer((request, response) => {
      if (handlers.request) handlers.request(request, response);
      else response.writeHead(404).end();
    });
    const agreed = new WeakMap<IncomingMessage, string>();
    const handleProtocols = (_offered: Set<string>, request: IncomingMessage): string | false =>
      agreed.get(request) ?? false;
    const sockets = new WebSocketServer({ noServer: true, handleProtocols });
    server.on("upgrade", (request: IncomingMessage, stream: Duplex, head: Buffer) => {
      const handshake = read(request);
      const admission = handlers.admit(handshake);
      if ("status" in admission) {
        refuse(stream, admission.status, admission.body);
        return;
      }
      if (admission.protocol !== undefined) agreed.set(request, admission.protocol);
      sockets.handleUpgrade(request, stream, head, (socket) => handlers.connect(socket, handshake));
    });
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(0, "127.0.0.1", () => resolve());
    });
    return new Host(server, sockets);
  }

  /** The port of 127.0.0.1. */
  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  /** Breaks every connection and stops. */
  async close(): Promise<void> {
    for (const socket of this.#sockets.clients) socket.terminate();
    this.#sockets.close();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}

function read(request: IncomingMessage): Handshake {
  const [scheme = "", token = ""] = (request.headers.authorization ?? "").split(" ");
  return {
    // Google's SDK puts two slashes before the path, which the service takes for one.
    url: new URL((request.url ?? "/").replace(/^\/+/, "/"), "http://127.0.0.1"),
    protocols: (request.headers["sec-websocket-protocol"] ?? "").split(/, */).filter((name) => name !== ""),
    authorization: scheme === "" ? undefined : { scheme: scheme.toLowerCase(), token },
    headers: request.headers,
  };
}

function refuse(stream: Duplex, status: number, body: string): void {
  stream.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ""}\r\nConnection: close\r\nContent-Type: application/json\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}

/** The body of a request, as text. */
export async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString("utf8");
}
