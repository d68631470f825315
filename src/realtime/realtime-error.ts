/** Every code that a {@link RealtimeError} can carry, with what the reader can do about it. */
const remedies = {
  "secret-failed":
    "The secret function threw or returned no text. See cause; check the server's route that makes secrets.",
  "secret-unsafe": "This is an account's key, not an ephemeral secret. Make one on a server: createRealtimeSecret().",
  "csp-socket": "Add the provider's origin to connect-src in the page's Content-Security-Policy.",
  "connect-failed": "The socket did not open. Check the url, the network, and that the secret is fresh.",
  "connect-timeout":
    "The session was not there in time. Check the secret function, the url and the network, then open again.",
  "connection-lost": "The connection broke. It is opened again by itself; listen to the state event to show it.",
  "session-expired": "The provider ended the session at its longest duration. A new one is opened by itself.",
  "session-ended": "The provider ended the conversation. Call open() to begin another.",
  "reconnect-failed": "The connection could not be opened again; see cause. Call open() when the network is back.",
  "interface-retired":
    "The service has switched this interface off. Use the present one: openaiRealtime() without beta.",
  unauthorized: "The provider refused the secret. Make a fresh one for every call of the secret function.",
  "quota-exceeded": "The provider's account has no credit left. Check its billing.",
  "rate-limited": "The provider's rate limit is reached. Wait retryAfterSeconds where it is set; raise the limit.",
  "provider-error": "The provider refused something; its own words are in the message. The session goes on.",
  "response-failed": "The model's answer broke off. What had arrived is spoken; ask again with respond() or say().",
  "response-incomplete": "The answer was cut by the provider: a token limit or a content filter. See the message.",
  "response-missing": "The model was asked to speak and did not begin. Ask again with respond() or say().",
  "bad-message": "The provider sent something that is not its protocol. Check the url, or choose another protocol.",
  "option-unsupported": "The provider does not take this setting here; it was left out. Remove it from the session.",
  "command-unsupported": "This provider's protocol has no such command. Use what its page in the guide lists.",
  "not-resumable":
    "Resume before the next response, and only where the provider neither interrupts nor answers by itself.",
  "input-failed": "The input broke off; see cause. The model still speaks, but hears nobody: close, then open again.",
  "input-dropped": "The connection was away for longer than input is kept, so the oldest of it was dropped.",
  "turn-failed": "The replica could not speak the answer; see cause.",
  "tool-arguments": "The model gave arguments that are not JSON; it was told so. Make the tool's schema simpler.",
  "tool-unhandled": "The model called a tool and nobody listens; it was told so. Add a toolCall listener.",
  "tool-stale": "The model does not wait for this result any more, so it was not sent.",
  "tool-replied": "This call was replied to before. Reply once.",
  "transcription-failed": "The caller's words could not be transcribed. The model heard them all the same.",
  "not-open": "Call open() first, and wait for it.",
  closed: "Call open() to begin again.",
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

  /** `message` says what happened; `details` what else is known. */
  constructor(code: RealtimeErrorCode, message: string, details: RealtimeErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.code = code;
    this.remedy = remedies[code];
    this.providerCode = details.providerCode;
    this.retryAfterSeconds = details.retryAfterSeconds;
  }
}
