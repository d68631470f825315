import { findKey } from "./key.js";
import { type RequestSettings, send } from "./request.js";
import { ServiceError } from "./service-error.js";

/** What {@link createRealtimeSecret} takes. */
export interface RealtimeSecretOptions extends RequestSettings {
  /** Default: the environment variable `OPENAI_API_KEY`. It is sent to the provider in a header and goes nowhere else. */
  apiKey?: string | undefined;
  /** Default `https://api.openai.com/v1`; a compatible provider has its own. Only https, or http to this machine. */
  baseUrl?: string | URL | undefined;
  /** Fixes parts of the session on the server, in the provider's own names (`model`, `instructions`, …). Default model: `gpt-realtime-2.1`. */
  session?: object | undefined;
  /** Seconds for which the secret opens connections (10 to 7200, checked here). Default: the provider's, 600. A session that is open goes on. */
  expiresAfterSeconds?: number | undefined;
}

/**
 * Makes the short-lived secret with which a page opens a Realtime session: `POST /realtime/client_secrets` (generally
 * available shape). Hand the page `value` alone. Repeated freely when it fails: a secret that nobody uses expires.
 */
export async function createRealtimeSecret(
  options: RealtimeSecretOptions = {},
): Promise<{ value: string; expiresAt: number }> {
  const { session, expiresAfterSeconds: seconds } = options;
  if (seconds !== undefined && !(seconds >= 10 && seconds <= 7200))
    throw new RangeError("expiresAfterSeconds must be from 10 to 7200.");
  const json = await send(
    {
      service: "OpenAI",
      defaultBaseUrl: "https://api.openai.com/v1",
      auth: { header: "authorization", prefix: "Bearer " },
      key: findKey(options.apiKey, "OPENAI_API_KEY"),
      method: "POST",
      path: "/realtime/client_secrets",
      body: {
        session: { type: "realtime", model: "gpt-realtime-2.1", ...session },
        ...(seconds !== undefined && { expires_after: { anchor: "created_at", seconds: Math.round(seconds) } }),
      },
      repeatable: true,
    },
    options,
  );
  const { value, expires_at: expiresAt } = json;
  if (typeof value === "string" && value && typeof expiresAt === "number") return { value, expiresAt };
  throw new ServiceError(
    "bad-response",
    "OpenAI: POST /realtime/client_secrets: the answer has no value and expires_at.",
  );
}
