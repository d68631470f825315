/** Every code that a {@link ServiceError} can carry, with what the reader can do about it. */
const remedies = {
  "key-missing":
    "Pass apiKey, or set TAVUS_API_KEY (for createRealtimeSecret: OPENAI_API_KEY or XAI_API_KEY) in the server's environment.",
  "key-malformed":
    "A key is one line of visible ASCII. Look for a line break, a space or quotes that were pasted with it.",
  "in-browser": "Call this on a server and hand the page what it returns: a key in a page belongs to everybody.",
  "bad-request": "The service refused what was asked. Its own words are in the message; correct the arguments.",
  unauthorized: "The service does not know this key. Check that it is complete, not revoked, and of this service.",
  forbidden: "The key is known but may not do this. Check the account's plan, credit and the key's permissions.",
  "not-found": "The service knows no such thing. Check the id, and that baseUrl ends in the API's version.",
  "rate-limited": "Too many requests, or too many at once. Wait retryAfterSeconds where it is set, then ask again.",
  "server-error": "The service failed. Ask again later; a create may have taken effect, so look before repeating it.",
  "bad-response": "The answer is not what the API documents. Check that baseUrl is the API itself and no proxy's page.",
  timeout:
    "No complete answer within timeoutSeconds. Raise it or ask again; a create may have taken effect, so look first.",
  unreachable: "The connection failed; see cause. Check the network, a proxy and baseUrl.",
} as const;

/** What went wrong, as a stable string for code to switch on. The remedies above document each. */
export type ServiceErrorCode = keyof typeof remedies;

/** What a {@link ServiceError} knows beside its code and message. */
export interface ServiceErrorDetails {
  /** HTTP status, where there was an answer. */
  status?: number | undefined;
  /** Seconds that the service asked to wait (`Retry-After`), where it did. */
  retryAfterSeconds?: number | undefined;
  /** A remedy that knows more about the case than the code's own. */
  remedy?: string | undefined;
  /** The error underneath, already cleaned of the key: see {@link withoutKey}. */
  cause?: unknown;
}

/**
 * A request to Tavus or OpenAI that failed. Neither its text, its stack, its cause nor its JSON holds the API key.
 * A request that the caller's own signal aborted rejects with that signal's reason instead.
 */
export class ServiceError extends Error {
  override readonly name = "ServiceError";
  /** Stable identifier of the kind of failure. */
  readonly code: ServiceErrorCode;
  /** HTTP status of the answer; undefined when there was none. */
  readonly status: number | undefined;
  /** What to do about it, in a sentence for the developer. */
  readonly remedy: string;
  /** Seconds that the service asked to wait before the next request; undefined when it did not. */
  readonly retryAfterSeconds: number | undefined;

  /** `message` says which request failed and how; `details` what else is known. */
  constructor(code: ServiceErrorCode, message: string, details: ServiceErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.status = details.status;
    this.remedy = details.remedy ?? remedies[code];
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}

/** The code for an HTTP status that is not a success. */
export function codeOfStatus(status: number): ServiceErrorCode {
  if (status === 401) return "unauthorized";
  // 402: Tavus answers it when the account's credit is used up [likely].
  if (status === 402 || status === 403) return "forbidden";
  if (status === 404) return "not-found";
  if (status === 429) return "rate-limited";
  if (status >= 400 && status < 500) return "bad-request";
  return status >= 500 ? "server-error" : "bad-response";
}
