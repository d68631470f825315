import type { IncomingMessage, ServerResponse } from "node:http";
import type { ConversationSignedUrlResponseModel } from "@elevenlabs/elevenlabs-js/serialization/types/ConversationSignedUrlResponseModel";
import type { WebSocket } from "ws";
import { type ModelScript, modelScript } from "../answer.js";
import { Connection } from "../connection.js";
import { type Admission, type Handshake, Host } from "../host.js";
import { Secrets } from "../secrets.js";
import { elapsed, type ServiceClock, wallClock } from "../service-clock.js";
import type { Spoken } from "../spoken.js";
import { AgentSession } from "./agent-session.js";
import type { AgentFormat } from "./agent-world.js";

const path = "/v1/convai/conversation";
/** Seconds within which a signed address or a token begins a conversation [L]. */
const secretSeconds = 900;

/** How the server is started. */
export interface ElevenLabsAgentOptions {
  clock?: ServiceClock;
  script?: Partial<ModelScript>;
  /** The agent's id. */
  agentId?: string;
  /** Whether the id alone begins a conversation. Default false. */
  open?: boolean;
  /** Formats. Default pcm_16000 both. */
  input?: AgentFormat;
  output?: AgentFormat;
  /** Whether audio is sent with the times of its characters. */
  aligned?: boolean;
  /** Pieces of an answer that still arrive after its interruption. Default 0. */
  latePieces?: number;
  /** Seconds between pings, and until an unanswered one ends the conversation. Default 2 and 20 [U]. */
  pingSeconds?: number;
  pongSeconds?: number;
  /** Seconds that the agent waits for a tool's result. Default 20 [U]. */
  toolSeconds?: number;
  /** Longest conversation, seconds. Default 600 [L]. */
  longestSeconds?: number;
  forbidsOverrides?: boolean;
  requiredVariables?: readonly string[];
}

/** ElevenLabs' conversational agents over WebSocket. */
export class ElevenLabsAgent {
  readonly script: ModelScript;
  readonly secrets: Secrets;
  readonly apiKey = "sk_elevenlabs_server_key";
  readonly agentId: string;
  /** Connections that were let in, in order. */
  readonly sessions: AgentSession[] = [];
  /** Connections that were not. */
  readonly refused: { reason: string; handshake: Handshake }[] = [];
  /** Everything said, in order. */
  readonly spoken: Spoken[] = [];
  readonly #clock: ServiceClock;
  readonly #options: ElevenLabsAgentOptions;
  #serial = 0;
  #host!: Host;

  private constructor(options: ElevenLabsAgentOptions) {
    this.#options = options;
    this.#clock = options.clock ?? wallClock;
    this.script = modelScript(options.script);
    this.secrets = new Secrets(this.#clock, "cvtkn_");
    this.agentId = options.agentId ?? "agent_1";
  }

  /** Starts it. */
  static async listen(options: ElevenLabsAgentOptions = {}): Promise<ElevenLabsAgent> {
    const agent = new ElevenLabsAgent(options);
    agent.#host = await Host.listen({
      admit: (handshake) => agent.#admit(handshake),
      connect: (socket, handshake) => agent.#connect(socket, handshake),
      request: (request, response) => agent.#request(request, response),
    });
    return agent;
  }

  /** The address without a secret: enough for an open agent, or beside a token among the subprotocols. */
  get url(): string {
    return `ws://127.0.0.1:${this.#host.port}${path}?agent_id=${this.agentId}`;
  }

  /** Where a server asks for signed addresses. */
  get signedUrlRequest(): string {
    return `http://127.0.0.1:${this.#host.port}${path}/get-signed-url?agent_id=${this.agentId}`;
  }

  /** A signed address, which is the secret. */
  signedUrl(): string {
    return `${this.url}&conversation_signature=${this.token()}`;
  }

  /** A token for the subprotocol `bearer.<token>`. */
  token(): string {
    return this.secrets.make({ expiresIn: secretSeconds });
  }

  /** The newest connection. */
  get session(): AgentSession {
    const session = this.sessions.at(-1);
    if (!session) throw new Error("No client has connected.");
    return session;
  }

  /** Breaks all connections and stops. */
  close(): Promise<void> {
    return this.#host.close();
  }

  #admit({ url, protocols }: Handshake): Admission {
    if (url.pathname !== path) return { status: 404, body: "{}" };
    return protocols.includes("convai") ? { protocol: "convai" } : {};
  }

  #connect(socket: WebSocket, handshake: Handshake): void {
    const connection = new Connection(socket, handshake, this.#clock);
    const reason = this.#judge(handshake);
    if (reason !== undefined) {
      this.refused.push({ reason, handshake });
      connection.close(3000, reason);
      return;
    }
    const {
      input = "pcm_16000",
      output = "pcm_16000",
      aligned = false,
      latePieces = 0,
      pingSeconds = 2,
      pongSeconds = 20,
      toolSeconds = 20,
      forbidsOverrides = false,
      requiredVariables = [],
    } = this.#options;
    const shape = { input, output, aligned, latePieces, forbidsOverrides, requiredVariables };
    const times = { pingSeconds, pongSeconds, toolSeconds };
    const world = { clock: this.#clock, script: this.script, spoken: this.spoken, serial: () => ++this.#serial };
    const session = new AgentSession({ ...world, ...shape, ...times }, connection);
    this.sessions.push(session);
    void this.#live(session);
  }

  #judge({ url, protocols, headers }: Handshake): string | undefined {
    const other = protocols.find((name) => name !== "convai" && !name.startsWith("bearer."));
    if (other !== undefined) return "The subprotocols are convai and bearer.<token>.";
    if (url.searchParams.get("agent_id") !== this.agentId)
      return "The AI agent you are trying to reach does not exist.";
    const bearer = protocols.find((name) => name.startsWith("bearer."))?.slice("bearer.".length);
    const secret = url.searchParams.get("conversation_signature") ?? bearer;
    if (secret === undefined)
      return this.#options.open || headers["xi-api-key"] === this.apiKey ? undefined : "The agent needs authorization.";
    const refusal = this.secrets.use(secret);
    return refusal && `The authorization is ${refusal}.`;
  }

  async #live(session: AgentSession): Promise<void> {
    const { longestSeconds = 600 } = this.#options;
    if (await elapsed(this.#clock, longestSeconds, session.connection.signal))
      session.refuse({
        code: 1000,
        error_type: "max_duration_exceeded",
        message: "The maximum duration was exceeded.",
      });
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    const url = new URL(request.url ?? "/", "http://127.0.0.1");
    const made = (): ConversationSignedUrlResponseModel.Raw => ({ signed_url: this.signedUrl() });
    if (request.method !== "GET" || url.pathname !== `${path}/get-signed-url`) answer(404, {});
    else if (request.headers["xi-api-key"] !== this.apiKey) answer(401, { detail: { status: "invalid_api_key" } });
    else if (url.searchParams.get("agent_id") !== this.agentId) answer(404, { detail: { status: "agent_not_found" } });
    else answer(200, made());
  }
}
