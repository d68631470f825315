/** Every code that a {@link RealtimeError} can carry, with what the reader can do about it. */
const remedies = {
  "secret-failed": "See cause, and check the server's route that makes secrets.",
  "secret-unsafe":
    "Make an ephemeral secret on a server with createRealtimeSecret(): an account's key is for servers alone.",
  "csp-socket": "Add the provider's origin to connect-src in the page's Content-Security-Policy.",
  "connect-failed": "Check the url, the network, and that the secret is fresh.",
  "connect-timeout": "Check the secret function, the url and the network, then open again.",
  "connection-lost": "Do nothing: the connection is opened again by itself, and the state event reports it.",
  "session-expired":
    "Do nothing: a new session is opened by itself when the provider ends one at its longest duration.",
  "session-ended": "Call open() to begin another conversation: the provider ended this one.",
  "reconnect-failed": "See cause, and call open() when the network is back.",
  "interface-retired": "Use the present interface, which is openaiRealtime() without beta.",
  unauthorized: "Make a fresh secret for every call of the secret function.",
  "quota-exceeded": "Check the billing of the provider's account, which has no credit left.",
  "rate-limited": "Wait retryAfterSeconds where it is set, or raise the provider's limit.",
  "provider-error": "Read the provider's own words in the message; the session continues.",
  "response-failed": "Ask again with respond() or say(): what had arrived of the answer is spoken.",
  "response-incomplete": "See the message: the provider cut the answer by a token limit or a content filter.",
  "response-missing": "Ask again with respond() or say(): the model was asked to speak and did not begin.",
  "bad-message": "Check the url, or choose another protocol.",
  "option-unsupported": "Remove the setting from the session: the provider does not take it here, and it was left out.",
  "command-unsupported": "Use what the guide lists for this provider, whose protocol has no such command.",
  "not-resumable": "Resume before the next response, where the provider neither interrupts nor answers by itself.",
  "input-failed": "See cause, then close and open again: the model still speaks, but hears nobody.",
  "input-dropped": "Do nothing: the connection was away for longer than input is kept, so the oldest was dropped.",
  "turn-failed": "See cause: it is the turn's own error, with a remedy.",
  "tool-arguments": "Make the tool's schema simpler; the model was told that its arguments are not JSON.",
  "tool-unhandled": "Add a toolCall listener; the model was told that nobody listens.",
  "tool-stale": "Do nothing: the model does not wait for this result any more, so it was not sent.",
  "tool-replied": "Reply once to each call.",
  "transcription-failed": "Do nothing: the model heard the words that could not be transcribed.",
  "not-open": "Call open() first, and wait for it.",
  closed: "Open again: close() was called meanwhile.",
} as const;

/** What went wrong, as a stable string for code to switch on. The remedies above document each. */
export type RealtimeErrorCode = keyof typeof remedies;

/** What a {@link RealtimeError} knows beside its code and message. */
export interface RealtimeErrorDetails {
  /** The provider's own code, such as `rate_limit_exceeded`. */
  providerCode?: string | undefined;
  /** Seconds until the provider's limit is lifted, where it said so. */
  retryAfterSeconds?: number | undefined;
  /** The error underneath. Never one that holds the secret. */
  cause?: unknown;
}

/** What goes wrong between the caller, the speech-to-speech provider and the replica. */
export class RealtimeError extends Error {
  override readonly name = "RealtimeError";
  /** Stable identifier of the kind of failure. */
  readonly code: RealtimeErrorCode;
  /** What to do about it, in a sentence for the developer. */
  readonly remedy: string;
  /** The provider's own code, where it gave one. */
  readonly providerCode: string | undefined;
  /** Seconds until the provider's limit is lifted, where it said so. */
  readonly retryAfterSeconds: number | undefined;

  /** `message` says what happened, in a sentence that gets its full stop here; `details` what else is known. */
  constructor(code: RealtimeErrorCode, message: string, details: RealtimeErrorDetails = {}) {
    super(message.replace(/[.\s]*$/, "."), details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.remedy = remedies[code];
    this.providerCode = details.providerCode;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}
