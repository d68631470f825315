import type { IncomingMessage, ServerResponse } from "node:http";
import type { AuthToken, LiveClientSetup } from "@google/genai";
import type { WebSocket } from "ws";
import { type ModelScript, modelScript } from "../answer.js";
import { Connection, parseJson } from "../connection.js";
import { type Admission, type Handshake, Host, readBody } from "../host.js";
import { elapsed, type ServiceClock, wallClock } from "../service-clock.js";
import { isRecord } from "../shape.js";
import type { Spoken } from "../spoken.js";
import { GeminiSession } from "./gemini-session.js";
import { type GeminiTokenOptions, GeminiTokens } from "./gemini-tokens.js";
import type { Wrong } from "./refusal.js";

const service = "/ws/google.ai.generativelanguage.";
const constrained = `${service}v1alpha.GenerativeService.BidiGenerateContentConstrained`;
const keyed = /^\/ws\/google\.ai\.generativelanguage\.v1(alpha|beta)\.GenerativeService\.BidiGenerateContent$/;

/** How the server is started. */
export interface GeminiLiveOptions {
  clock?: ServiceClock;
  script?: Partial<ModelScript>;
  models?: readonly string[];
  /** Seconds that a connection lasts. Default 600 [C]. */
  connectionSeconds?: number;
  /** Seconds between `goAway` and the end. Default 60 [U]. */
  warningSeconds?: number;
  /** Seconds that a handle can be resumed. Default 7200 [L]. */
  handleSeconds?: number;
}

/** Google's Gemini Live API. */
export class GeminiLive {
  readonly script: ModelScript;
  readonly tokens: GeminiTokens;
  readonly apiKey = "AIza-server-key";
  /** Connections that were let in, in order. */
  readonly sessions: GeminiSession[] = [];
  /** Sessions that were not started, and connections that were not let in. */
  readonly refused: { reason: string; handshake: Handshake }[] = [];
  /** Everything said, in order. */
  readonly spoken: Spoken[] = [];
  /** Handles that were resumed, in order. */
  readonly resumed: string[] = [];
  readonly #clock: ServiceClock;
  readonly #options: GeminiLiveOptions;
  readonly #handles = new Map<string, { until: number; contents: readonly unknown[] }>();
  #serial = 0;
  #host!: Host;

  private constructor(options: GeminiLiveOptions) {
    this.#options = options;
    this.#clock = options.clock ?? wallClock;
    this.script = modelScript(options.script);
    this.tokens = new GeminiTokens(this.#clock);
  }

  /** Starts it. */
  static async listen(options: GeminiLiveOptions = {}): Promise<GeminiLive> {
    const live = new GeminiLive(options);
    live.#host = await Host.listen({
      admit: (handshake) => live.#admit(handshake),
      connect: (socket, handshake) => live.#connect(socket, handshake),
      request: (request, response) => void live.#request(request, response),
    });
    return live;
  }

  /** Where a page connects with a token. */
  url(token: string): string {
    return `ws://127.0.0.1:${this.#host.port}${constrained}?access_token=${token}`;
  }

  /** Where a server connects with its key. */
  get keyUrl(): string {
    const path = constrained.replace("Constrained", "");
    return `ws://127.0.0.1:${this.#host.port}${path}?key=${this.apiKey}`;
  }

  /** Where a server makes tokens. */
  get tokenUrl(): string {
    return `http://127.0.0.1:${this.#host.port}/v1alpha/auth_tokens`;
  }

  /** A token as the service makes it: one session, a minute to start, half an hour in all. */
  token(options?: GeminiTokenOptions): string {
    return this.tokens.make(options);
  }

  /** The newest connection. */
  get session(): GeminiSession {
    const session = this.sessions.at(-1);
    if (!session) throw new Error("No client has connected.");
    return session;
  }

  /** Breaks all connections and stops. */
  close(): Promise<void> {
    return this.#host.close();
  }

  #admit({ url }: Handshake): Admission {
    return url.pathname === constrained || keyed.test(url.pathname) ? {} : { status: 404, body: "{}" };
  }

  #connect(socket: WebSocket, handshake: Handshake): void {
    const connection = new Connection(socket, handshake, this.#clock);
    const { searchParams, pathname } = handshake.url;
    const token = pathname === constrained ? (searchParams.get("access_token") ?? "") : undefined;
    if (token === undefined && searchParams.get("key") !== this.apiKey) {
      this.refused.push({ reason: "key", handshake });
      connection.close(1007, "API key not valid. Please pass a valid API key.");
      return;
    }
    const models = this.#options.models ?? ["models/gemini-live"];
    const world = {
      clock: this.#clock,
      script: this.script,
      spoken: this.spoken,
      models,
      serial: () => ++this.#serial,
      start: (setup: LiveClientSetup) => this.#start(setup, token, handshake),
      save: (session: GeminiSession) => this.#save(session),
    };
    const session = new GeminiSession(world, connection);
    this.sessions.push(session);
    void this.#live(session, token);
  }

  #start(setup: LiveClientSetup, token: string | undefined, handshake: Handshake): Wrong | LiveClientSetup {
    const handle = setup.sessionResumption?.handle;
    const state = handle === undefined ? undefined : this.#handles.get(handle);
    const refuse = (reason: string): Wrong => {
      this.refused.push({ reason, handshake });
      return { code: 1008, reason };
    };
    if (handle !== undefined && (!state || this.#clock.now() >= state.until))
      return refuse("BidiGenerateContent session not found.");
    const started = token === undefined ? { constraints: {} } : this.tokens.start(token, state !== undefined);
    if ("refusal" in started) return refuse(started.refusal);
    if (handle !== undefined) this.resumed.push(handle);
    // What the token fixes holds, whatever the client asks for [L].
    return { ...setup, ...started.constraints };
  }

  #save(session: GeminiSession): string {
    const handle = `handle_${++this.#serial}`;
    const until = this.#clock.now() + (this.#options.handleSeconds ?? 7200);
    this.#handles.set(handle, { until, contents: [...session.contents] });
    return handle;
  }

  async #live(session: GeminiSession, token: string | undefined): Promise<void> {
    const { connectionSeconds = 600, warningSeconds = 60 } = this.#options;
    const { signal } = session.connection;
    const tokenSeconds = token === undefined ? Number.POSITIVE_INFINITY : this.tokens.secondsLeft(token);
    if (tokenSeconds < connectionSeconds) {
      if (await elapsed(this.#clock, tokenSeconds, signal))
        session.refuse({ code: 1008, reason: "The token has expired." });
      return;
    }
    if (!(await elapsed(this.#clock, connectionSeconds - warningSeconds, signal))) return;
    session.send({ goAway: { timeLeft: `${warningSeconds}s` } });
    if (await elapsed(this.#clock, warningSeconds, signal))
      session.refuse({ code: 1008, reason: "The operation was aborted." });
  }

  async #request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (request.method !== "POST" || request.url !== "/v1alpha/auth_tokens") return answer(404, {});
    if (request.headers["x-goog-api-key"] !== this.apiKey)
      return answer(400, { error: { code: 400, message: "API key not valid.", status: "INVALID_ARGUMENT" } });
    const body = parseJson(Buffer.from((await readBody(request)) || "{}"));
    const known = ["uses", "expireTime", "newSessionExpireTime", "bidiGenerateContentSetup", "fieldMask"];
    const unknown = isRecord(body) ? Object.keys(body).find((name) => !known.includes(name)) : "";
    if (!isRecord(body) || unknown !== undefined)
      return answer(400, { error: { code: 400, message: `Unknown name "${unknown}".`, status: "INVALID_ARGUMENT" } });
    const seconds = (time: unknown, standard: number): number =>
      typeof time === "string" ? (Date.parse(time) - Date.now()) / 1000 : standard;
    const name = this.tokens.make({
      expiresIn: seconds(body.expireTime, 1800),
      startWithin: seconds(body.newSessionExpireTime, 60),
      ...(typeof body.uses === "number" && { uses: body.uses }),
      ...(isRecord(body.bidiGenerateContentSetup) && { constraints: body.bidiGenerateContentSetup }),
    });
    const made: AuthToken = { name };
    answer(200, made);
  }
}
