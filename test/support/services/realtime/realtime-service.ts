import type { IncomingMessage, ServerResponse } from "node:http";
import type { ClientSecretCreateParams } from "openai/resources/realtime/client-secrets";
import type { WebSocket } from "ws";
import { type ModelScript, modelScript } from "../answer.js";
import { Connection, parseJson } from "../connection.js";
import { type Admission, type Handshake, Host, readBody } from "../host.js";
import { type Refusal, type SecretOptions, Secrets } from "../secrets.js";
import { elapsed, type ServiceClock, wallClock } from "../service-clock.js";
import type { Check } from "../shape.js";
import type { Spoken } from "../spoken.js";
import { clientEvents } from "./client-events.js";
import { refusal } from "./conversation.js";
import type { Dialect, ErrorBody } from "./dialect.js";
import { openAi } from "./openai-dialect.js";
import { RealtimeSession } from "./realtime-session.js";
import { problemError } from "./wording.js";
import { xai } from "./xai-dialect.js";

/** How a server of this kind is started. */
export interface RealtimeOptions {
  clock?: ServiceClock;
  script?: Partial<ModelScript>;
  /** Longest session in seconds. Default: the service's own. */
  sessionSeconds?: number;
  /** Seconds between two pings, where the service has them. Default 0: none. */
  pingSeconds?: number;
}

/** A server that speaks OpenAI's Realtime events, GA: OpenAI's own, or xAI's. */
export class RealtimeService {
  readonly dialect: Dialect;
  readonly script: ModelScript;
  /** Short-lived secrets: `service.secrets.make({ expiresIn: 60 })`. */
  readonly secrets: Secrets;
  /** The key that may make secrets and open connections from a server. */
  readonly apiKey: string;
  /** Connections that were let in, in order. */
  readonly sessions: RealtimeSession[] = [];
  /** Handshakes and connections that were not. */
  readonly refused: { reason: string; handshake: Handshake }[] = [];
  /** Everything said, in order. */
  readonly spoken: Spoken[] = [];
  readonly #clock: ServiceClock;
  readonly #options: RealtimeOptions;
  readonly #events: Readonly<Record<string, Check>>;
  readonly #fixed = new Map<string, Record<string, unknown>>();
  readonly #stopped = new AbortController();
  #serial = 0;
  #host!: Host;

  private constructor(dialect: Dialect, options: RealtimeOptions) {
    this.dialect = dialect;
    this.#options = options;
    this.#clock = options.clock ?? wallClock;
    this.script = modelScript(options.script);
    this.secrets = new Secrets(this.#clock, dialect.secretPrefix);
    this.apiKey = `${dialect.apiKeyPrefix}server-key`;
    this.#events = clientEvents(dialect.session);
  }

  /** Starts OpenAI's. */
  static openAi(options: RealtimeOptions = {}): Promise<RealtimeService> {
    return new RealtimeService(openAi, options).#listen();
  }

  /** Starts xAI's Grok Voice. */
  static xai(options: RealtimeOptions = {}): Promise<RealtimeService> {
    return new RealtimeService(xai, options).#listen();
  }

  /** Where a page connects. */
  get url(): string {
    const model = this.dialect.name === "xai" ? "grok-voice-latest" : "gpt-realtime";
    return `ws://127.0.0.1:${this.#host.port}/v1/realtime?model=${model}`;
  }

  /** Where a server makes secrets. */
  get secretsUrl(): string {
    return `http://127.0.0.1:${this.#host.port}/v1/realtime/client_secrets`;
  }

  /** The newest connection. */
  get session(): RealtimeSession {
    const session = this.sessions.at(-1);
    if (!session) throw new Error("No client has connected.");
    return session;
  }

  /** Breaks all connections and stops. */
  async close(): Promise<void> {
    this.#stopped.abort();
    await this.#host.close();
  }

  async #listen(): Promise<this> {
    this.#host = await Host.listen({
      admit: (handshake) => this.#admit(handshake),
      connect: (socket, handshake) => this.#connect(socket, handshake),
      request: (request, response) => void this.#request(request, response),
    });
    return this;
  }

  #admit(handshake: Handshake): Admission {
    if (handshake.url.pathname !== "/v1/realtime") return { status: 404, body: "{}" };
    const { protocol } = this.dialect.credentials(handshake);
    const error = this.dialect.refusesHandshake ? this.#judge(handshake) : undefined;
    if (error) return { status: error.close === 1008 ? 400 : 401, body: JSON.stringify({ error: error.body.message }) };
    return protocol === undefined ? {} : { protocol };
  }

  #judge(handshake: Handshake): { body: ErrorBody; close: number } | undefined {
    const { secret, refusal: early } = this.dialect.credentials(handshake);
    const bad = early ?? this.#secretError(secret === this.apiKey ? undefined : this.secrets.use(secret));
    const named = handshake.url.searchParams.has("model") || this.#fixed.get(secret ?? "")?.model !== undefined;
    const missing = { code: "missing_model", message: "You must provide a model parameter.", close: 4000 };
    const error = bad ?? (this.dialect.needsModel && !named ? missing : undefined);
    if (!error) return undefined;
    this.refused.push({ reason: error.code, handshake });
    return { body: refusal(error.code, error.message), close: error.close };
  }

  #secretError(reason: Refusal | undefined): { code: string; message: string; close: number } | undefined {
    if (!reason) return undefined;
    const expired = reason === "expired";
    const message = expired ? "Your client secret has expired." : "Incorrect API key provided.";
    return { code: expired ? "client_secret_expired" : "invalid_api_key", message, close: 3000 };
  }

  #connect(socket: WebSocket, handshake: Handshake): void {
    const connection = new Connection(socket, handshake, this.#clock);
    const error = this.dialect.refusesHandshake ? undefined : this.#judge(handshake);
    if (error) {
      connection.send({ type: "error", event_id: `event_${++this.#serial}`, error: error.body });
      connection.close(error.close, `invalid_request_error.${error.body.code}`);
      return;
    }
    const { clock, dialect, script, events, spoken } = {
      clock: this.#clock,
      dialect: this.dialect,
      script: this.script,
      events: this.#events,
      spoken: this.spoken,
    };
    const fixed = this.#fixed.get(this.dialect.credentials(handshake).secret ?? "");
    const world = { clock, dialect, script, events, spoken, serial: () => ++this.#serial };
    const session = new RealtimeSession(world, connection, fixed);
    this.sessions.push(session);
    void this.#live(session);
  }

  async #live(session: RealtimeSession): Promise<void> {
    const { sessionSeconds = this.dialect.sessionSeconds, pingSeconds = 0 } = this.#options;
    const signal = AbortSignal.any([session.connection.signal, this.#stopped.signal]);
    const end = this.#clock.now() + sessionSeconds;
    const pings = this.dialect.name === "xai" && pingSeconds > 0;
    while (pings && this.#clock.now() + pingSeconds < end) {
      if (!(await elapsed(this.#clock, pingSeconds, signal))) return;
      session.send({ type: "ping", timestamp: Math.round(this.#clock.now() * 1000) });
    }
    if (await elapsed(this.#clock, end - this.#clock.now(), signal)) session.expire();
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (request.method !== "POST" || request.url !== "/v1/realtime/client_secrets") return answer(404, {});
    if (request.headers.authorization !== `Bearer ${this.apiKey}`)
      return answer(401, { error: refusal("invalid_api_key", "Incorrect API key provided.") });
    const body = parseJson(Buffer.from((await readBody(request)) || "{}")) ?? null;
    const problem = this.dialect.secretRequest(body, "");
    if (problem) return answer(400, { error: problemError(problem) });
    const { expires_after, session } = body as ClientSecretCreateParams;
    const seconds = expires_after?.seconds ?? this.dialect.secretSeconds.standard;
    const value = this.secrets.make({ expiresIn: seconds });
    if (session) this.#fixed.set(value, session as unknown as Record<string, unknown>);
    const expires_at = Math.floor(Date.now() / 1000) + seconds;
    answer(200, { value, expires_at, ...(session && { session }) });
  }

  /** Makes a secret as the request does: for tests that need no request. */
  secret(options?: SecretOptions): string {
    return this.secrets.make(options);
  }
}
