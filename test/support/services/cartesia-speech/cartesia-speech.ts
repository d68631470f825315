import type { IncomingMessage, ServerResponse } from "node:http";
import type { Cartesia } from "@cartesia/cartesia-js";
import type { WebSocket } from "ws";
import { Connection, parseJson } from "../connection.js";
import { type Admission, type Handshake, Host, readBody } from "../host.js";
import { type SecretOptions, Secrets } from "../secrets.js";
import { elapsed, type ServiceClock, wallClock } from "../service-clock.js";
import { integer, nullable, object, optional, record } from "../shape.js";
import { type SpeechScript, speechScript } from "../speech-script.js";
import type { Spoken } from "../spoken.js";
import { SpeechSocket } from "./speech-socket.js";

/** Seconds without a message after which the service closes [L]. */
const idleSeconds = 300;
/** Longest life of a token, seconds [C]. */
const longestToken = 3600;

/** How the server is started. */
export interface CartesiaSpeechOptions {
  clock?: ServiceClock;
  script?: Partial<SpeechScript>;
  /** Contexts at once, over all connections. Default: any number. */
  concurrency?: number;
  /** Whether a cancellation stops what is being said [C, the SDK], or only what has not begun [L]. Default true. */
  cancelStopsRunning?: boolean;
}

const tokenRequest = object<Cartesia.AccessTokenCreateParams>({
  expires_in: optional(nullable(integer(1, longestToken))),
  grants: optional(nullable(record)),
});

/** Cartesia's text to speech over WebSocket, with word times. */
export class CartesiaSpeech {
  readonly script: SpeechScript;
  /** Access tokens: `service.token({ expiresIn: 60 })`. */
  readonly secrets: Secrets;
  readonly apiKey = "sk_car_server_key";
  /** Connections that were let in, in order. */
  readonly sockets: SpeechSocket[] = [];
  /** Handshakes that were not. */
  readonly refused: { reason: string; handshake: Handshake }[] = [];
  /** Everything said, a generation each, in order. `id` is the context. */
  readonly spoken: Spoken[] = [];
  readonly #clock: ServiceClock;
  readonly #options: CartesiaSpeechOptions;
  readonly #withoutSpeech = new Set<string>();
  #host!: Host;

  private constructor(options: CartesiaSpeechOptions) {
    this.#options = options;
    this.#clock = options.clock ?? wallClock;
    this.script = speechScript(options.script ?? {}, "context");
    this.secrets = new Secrets(this.#clock, "car_tok_");
  }

  /** Starts it. */
  static async listen(options: CartesiaSpeechOptions = {}): Promise<CartesiaSpeech> {
    const service = new CartesiaSpeech(options);
    service.#host = await Host.listen({
      admit: (handshake) => service.#admit(handshake),
      connect: (socket, handshake) => service.#connect(socket, handshake),
      request: (request, response) => void service.#request(request, response),
    });
    return service;
  }

  /** Where a page connects. */
  url(accessToken: string, query: Record<string, string> = { cartesia_version: "2026-08-14" }): string {
    const search = new URLSearchParams({ access_token: accessToken, ...query });
    return `ws://127.0.0.1:${this.#host.port}/tts/websocket?${search}`;
  }

  /** Where a server makes tokens. */
  get tokenUrl(): string {
    return `http://127.0.0.1:${this.#host.port}/access-token`;
  }

  /** A token: by default for any number of connections, for an hour. */
  token(options: SecretOptions = {}): string {
    return this.secrets.make({ expiresIn: longestToken, ...options });
  }

  /** The newest connection. */
  get socket(): SpeechSocket {
    const socket = this.sockets.at(-1);
    if (!socket) throw new Error("No client has connected.");
    return socket;
  }

  /** Breaks all connections and stops. */
  close(): Promise<void> {
    return this.#host.close();
  }

  #admit(handshake: Handshake): Admission {
    const { url, authorization, headers } = handshake;
    if (url.pathname !== "/tts/websocket") return { status: 404, body: "{}" };
    const reject = (status: number, error_code: string, title: string): Admission => {
      this.refused.push({ reason: error_code, handshake });
      const body = { error_code, title, message: `${title}.`, request_id: "request_1" };
      return { status, body: JSON.stringify(body) };
    };
    const bearer = authorization?.scheme === "bearer" ? authorization.token : undefined;
    const given = url.searchParams.get("access_token") ?? url.searchParams.get("api_key") ?? bearer;
    if (this.#withoutSpeech.has(given ?? "")) return reject(403, "forbidden", "The token has no grant for TTS");
    if (given !== this.apiKey && this.secrets.use(given)) return reject(401, "unauthorized", "Invalid credentials");
    if (!url.searchParams.has("cartesia_version") && headers["cartesia-version"] === undefined)
      return reject(400, "version_missing", "The API version is missing");
    return {};
  }

  #connect(socket: WebSocket, handshake: Handshake): void {
    const connection = new Connection(socket, handshake, this.#clock);
    const { concurrency = Number.POSITIVE_INFINITY, cancelStopsRunning = true } = this.#options;
    const world = { clock: this.#clock, script: this.script, spoken: this.spoken };
    const active = (): number => this.sockets.reduce((sum, each) => sum + each.active, 0);
    const full = (): boolean => active() >= concurrency;
    const speech = new SpeechSocket(connection, world, full, cancelStopsRunning);
    this.sockets.push(speech);
    void this.#watch(speech);
  }

  async #watch({ connection, touchedAt }: SpeechSocket): Promise<void> {
    for (;;) {
      const left = touchedAt() + idleSeconds - this.#clock.now();
      if (left <= 0) return connection.close(1000, "The connection was idle for five minutes.");
      if (!(await elapsed(this.#clock, left, connection.signal))) return;
    }
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (request.method !== "POST" || request.url !== "/access-token") return answer(404, {});
    if (request.headers.authorization !== `Bearer ${this.apiKey}`)
      return answer(401, { error_code: "unauthorized", title: "Invalid credentials" });
    const body = parseJson(Buffer.from((await readBody(request)) || "{}")) ?? null;
    const problem = tokenRequest(body, "");
    if (problem) return answer(400, { error_code: "invalid_request", title: `${problem.path}: ${problem.expected}` });
    const { expires_in, grants } = body as Cartesia.AccessTokenCreateParams;
    const made: Cartesia.AccessTokenCreateResponse = { token: this.token({ expiresIn: expires_in ?? longestToken }) };
    if (!grants?.tts) this.#withoutSpeech.add(made.token);
    answer(200, made);
  }
}
