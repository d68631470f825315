/** Every code that a {@link ServiceError} can carry, with what the reader can do about it. */
const remedies = {
  "key-missing":
    "Pass apiKey, or set TAVUS_API_KEY (for createRealtimeSecret: OPENAI_API_KEY or XAI_API_KEY) in the server's environment.",
  "key-malformed":
    "Look for a line break, a space or quotes that were pasted with the key: it is one line of visible ASCII.",
  "in-browser": "Call this on a server and hand the page what it returns: a key in a page belongs to everybody.",
  "bad-request": "Correct the arguments: the service's own words are in the message.",
  unauthorized: "Check that the key is complete, not revoked, and of this service.",
  forbidden: "Check the account's plan and credit, and the key's permissions: the key is known but may not do this.",
  "not-found": "Check the id, and that baseUrl ends in the API's version.",
  "rate-limited":
    "Wait retryAfterSeconds where it is set, then ask again: there were too many requests, or too many at once.",
  "server-error": "Ask again later; a create may have taken effect, so look before repeating it.",
  "bad-response": "Check that baseUrl is the API itself and no proxy's page: the answer is not what the API documents.",
  timeout: "Raise timeoutSeconds or ask again; a create may have taken effect, so look first.",
  unreachable: "See cause, and check the network, a proxy and baseUrl.",
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
  /** The error underneath, already cleaned of the key: see {@link redactError}. */
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

  /** `message` says which request failed and how, in a sentence that gets its full stop here; `details` what else is known. */
  constructor(code: ServiceErrorCode, message: string, details: ServiceErrorDetails = {}) {
    super(message.replace(/[.\s]*$/, "."), details.cause === undefined ? undefined : { cause: details.cause });
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
