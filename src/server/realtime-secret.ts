import { findKey } from "./key.js";
import { type RequestSettings, send } from "./request.js";
import { ServiceError } from "./service-error.js";

/** What {@link createRealtimeSecret} takes. */
export interface RealtimeSecretOptions extends RequestSettings {
  /** Whose secret it is. Default `openai`, with every provider whose API is compatible (`baseUrl`). */
  provider?: "openai" | "xai" | undefined;
  /** Default: the environment variable `OPENAI_API_KEY`, or `XAI_API_KEY`. It is sent to the provider in a header and goes nowhere else. */
  apiKey?: string | undefined;
  /** Default `https://api.openai.com/v1`, or `https://api.x.ai/v1`; a compatible provider has its own. Only https, or http to this machine. */
  baseUrl?: string | URL | undefined;
  /** Fixes parts of the session on the server, in the provider's own names (`model`, `instructions`, …). Default model: `gpt-realtime-2.1`. xAI's secrets fix nothing. */
  session?: object | undefined;
  /** Seconds for which the secret opens connections (10 to 7200, with xAI 3600, checked here). Default 600. A session that is open goes on. */
  expiresAfterSeconds?: number | undefined;
}

/** Longest life of a secret, in seconds. OpenAI's is in its reference [certain]; xAI's is [likely]. */
const longest = { openai: 7200, xai: 3600 };
const services = {
  openai: { service: "OpenAI", defaultBaseUrl: "https://api.openai.com/v1", variable: "OPENAI_API_KEY" },
  xai: { service: "xAI", defaultBaseUrl: "https://api.x.ai/v1", variable: "XAI_API_KEY" },
} as const;

/**
 * Makes the short-lived secret with which a page opens a Realtime session: `POST /realtime/client_secrets` (generally
 * available shape). Hand the page `value` alone. Repeated freely when it fails: a secret that nobody uses expires.
 * @returns The secret, and when it expires in Unix seconds.
 * @throws TypeError for an unknown provider, and for a session that xAI would not fix. RangeError for a life that is too long.
 * @throws ServiceError when the provider refuses, or cannot be reached.
 */
export async function createRealtimeSecret(
  options: RealtimeSecretOptions = {},
): Promise<{ value: string; expiresAt: number }> {
  const { provider = "openai", session, expiresAfterSeconds: seconds } = options;
  if (!Object.hasOwn(services, provider)) throw new TypeError(`provider must be "openai" or "xai", not ${provider}.`);
  if (seconds !== undefined && !(seconds >= 10 && seconds <= longest[provider]))
    throw new RangeError(`expiresAfterSeconds must be from 10 to ${longest[provider]}.`);
  if (provider === "xai" && session !== undefined)
    throw new TypeError("A secret of xAI fixes no session: give it to RealtimeVoice in the page.");
  const { service, defaultBaseUrl, variable } = services[provider];
  const json = await send(
    {
      ...{ service, defaultBaseUrl },
      auth: { header: "authorization", prefix: "Bearer " },
      key: findKey(options.apiKey, variable),
      method: "POST",
      path: "/realtime/client_secrets",
      body: provider === "xai" ? lifeOf(seconds ?? 600) : secretOf(session, seconds),
      repeatable: true,
    },
    options,
  );
  const { value, expires_at: expiresAt } = json;
  if (typeof value === "string" && value && typeof expiresAt === "number") return { value, expiresAt };
  const message = `${service}: POST /realtime/client_secrets: the answer has no value and expires_at.`;
  throw new ServiceError("bad-response", message);
}

const secretOf = (session: object | undefined, seconds: number | undefined): object => ({
  session: { type: "realtime", model: "gpt-realtime-2.1", ...session },
  ...(seconds !== undefined && { expires_after: { anchor: "created_at", seconds: Math.round(seconds) } }),
});

/** xAI takes the life alone: no session, no anchor [certain]. */
const lifeOf = (seconds: number): object => ({ expires_after: { seconds: Math.round(seconds) } });
