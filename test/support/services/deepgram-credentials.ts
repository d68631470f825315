import type { IncomingMessage, ServerResponse } from "node:http";
import type { Deepgram } from "@deepgram/sdk";
import { parseJson } from "./connection.js";
import { type Admission, type Handshake, readBody } from "./host.js";
import { Secrets } from "./secrets.js";
import type { ServiceClock } from "./service-clock.js";
import { integer, object, optional } from "./shape.js";

/** Seconds that a granted token lives, by default and at most [L]. */
const tokenSeconds = { standard: 30, most: 3600 };

const grantRequest = object<{ ttl_seconds?: number }>({ ttl_seconds: optional(integer(1, tokenSeconds.most)) });

/** Who may connect to Deepgram: `["bearer", JWT]` or `["token", key]` as subprotocols [C], or the same in the header. */
export class DeepgramCredentials {
  readonly apiKey = "deepgram-server-key";
  readonly secrets: Secrets;

  constructor(clock: ServiceClock) {
    this.secrets = new Secrets(clock, "eyJhbGciOiJIUzI1NiJ9.");
  }

  /** A token that opens connections for `expiresIn` seconds; what it opened stays. */
  token(expiresIn = tokenSeconds.standard): string {
    return this.secrets.make({ expiresIn });
  }

  /** Lets a handshake in, or answers 401. */
  admit({ protocols, authorization }: Handshake): Admission {
    const [scheme, secret] = protocols.length > 0 ? protocols : [authorization?.scheme, authorization?.token];
    const wrong = protocols.length > 0 && protocols.length !== 2;
    const open = scheme === "token" ? secret === this.apiKey : scheme === "bearer" && !this.secrets.use(secret);
    if (wrong || !open || scheme === undefined)
      return { status: 401, body: JSON.stringify({ err_code: "INVALID_AUTH", err_msg: "Invalid credentials." }) };
    return protocols.length > 0 ? { protocol: scheme } : {};
  }

  /** Answers `POST /v1/auth/grant`; 404 to everything else. */
  async request(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = (status: number, body: object): void => {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    };
    if (request.method !== "POST" || request.url !== "/v1/auth/grant") return answer(404, {});
    if (request.headers.authorization?.toLowerCase() !== `token ${this.apiKey}`)
      return answer(401, { err_code: "INVALID_AUTH", err_msg: "Invalid credentials." });
    const body = parseJson(Buffer.from((await readBody(request)) || "{}"));
    if (grantRequest(body, "")) return answer(400, { err_code: "Bad Request", err_msg: "ttl_seconds is wrong." });
    const expires_in = (body as { ttl_seconds?: number }).ttl_seconds ?? tokenSeconds.standard;
    const made: Deepgram.GrantV1Response = { access_token: this.token(expires_in), expires_in };
    answer(200, made);
  }
}
