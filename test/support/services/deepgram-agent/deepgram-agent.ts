import type { WebSocket } from "ws";
import { type ModelScript, modelScript } from "../answer.js";
import { Connection } from "../connection.js";
import { DeepgramCredentials } from "../deepgram-credentials.js";
import { type Admission, type Handshake, Host } from "../host.js";
import { type ServiceClock, wallClock } from "../service-clock.js";
import type { Spoken } from "../spoken.js";
import { AgentSocket } from "./agent-socket.js";

/** How the server is started. */
export interface DeepgramAgentOptions {
  clock?: ServiceClock;
  script?: Partial<ModelScript>;
  /** Seconds without audio or a message after which the service closes. Default 12 [U]. */
  idleSeconds?: number;
}

/** Deepgram's Voice Agent. */
export class DeepgramAgent {
  readonly script: ModelScript;
  readonly credentials: DeepgramCredentials;
  /** Connections that were let in, in order. */
  readonly sockets: AgentSocket[] = [];
  /** Handshakes that were not. */
  readonly refused: Handshake[] = [];
  /** Everything said, in order. */
  readonly spoken: Spoken[] = [];
  readonly #clock: ServiceClock;
  readonly #idleSeconds: number;
  #serial = 0;
  #host!: Host;

  private constructor({ clock = wallClock, script, idleSeconds = 12 }: DeepgramAgentOptions) {
    this.#clock = clock;
    this.#idleSeconds = idleSeconds;
    this.script = modelScript(script);
    this.credentials = new DeepgramCredentials(clock);
  }

  /** Starts it. */
  static async listen(options: DeepgramAgentOptions = {}): Promise<DeepgramAgent> {
    const agent = new DeepgramAgent(options);
    agent.#host = await Host.listen({
      admit: (handshake) => agent.#admit(handshake),
      connect: (socket, handshake) => agent.#connect(socket, handshake),
      request: (request, response) => void agent.credentials.request(request, response),
    });
    return agent;
  }

  /** Where a page connects, with the subprotocols `["bearer", agent.credentials.token()]`. */
  get url(): string {
    return `ws://127.0.0.1:${this.#host.port}/v1/agent/converse`;
  }

  /** Where a server makes tokens. */
  get grantUrl(): string {
    return `http://127.0.0.1:${this.#host.port}/v1/auth/grant`;
  }

  /** The newest connection. */
  get socket(): AgentSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("No client has connected.");
    return socket;
  }

  /** Breaks all connections and stops. */
  close(): Promise<void> {
    return this.#host.close();
  }

  #admit(handshake: Handshake): Admission {
    if (handshake.url.pathname !== "/v1/agent/converse") return { status: 404, body: "{}" };
    const admission = this.credentials.admit(handshake);
    if ("status" in admission) this.refused.push(handshake);
    return admission;
  }

  #connect(socket: WebSocket, handshake: Handshake): void {
    const connection = new Connection(socket, handshake, this.#clock);
    const world = { clock: this.#clock, script: this.script, spoken: this.spoken, serial: () => ++this.#serial };
    this.sockets.push(new AgentSocket({ ...world, idleSeconds: this.#idleSeconds }, connection));
  }
}
