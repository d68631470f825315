/**
 * Every code that an {@link EchoError} can carry, with what the reader can do about it.
 * The text is a default: whoever throws may pass a remedy that knows more about the case.
 */
const remedies = {
  "microphone-denied": "Allow the microphone for this site in the browser's settings, then ask again from a click.",
  "microphone-missing": "Connect a microphone that fits the constraints, or choose another deviceId.",
  "microphone-lost": "The device is gone; what was captured was sent. Speak again with another.",
  "context-suspended": "Call replica.prepare() in a click: audio stays suspended until the user has made a gesture.",
  "context-closed": "The source's AudioContext is closed: make a new one, and the node in it.",
  unsupported: "The browser lacks AudioWorklet, WebAssembly SIMD, or a decoder. Update it, or offer text.",
  "csp-worklet":
    "Allow the worklet in script-src: 'self' does when worklet.js is served from your origin (audio.workletUrl names it); tavus-echo/inline needs blob:.",
  "csp-wasm": "Add 'wasm-unsafe-eval' to the page's script-src.",
  "worklet-failed":
    "Serve worklet.js and encoder.wasm. If your bundler copies no files, copy both out of the package and name them with audio.workletUrl and audio.wasmUrl, or use tavus-echo/inline.",
  "not-joined": "Join the call before readyTimeoutSeconds is over.",
  "replica-absent": "Check the conversation's status, and that the persona is an echo persona.",
  "call-left": "Join again, then say the rest with turn.resume().",
  "call-refused": "Check the room and the token: Daily's error is in the message.",
  "token-expired": "Get a fresh meeting token and join again, then say the rest with turn.resume().",
  "send-failed": "See cause. turn.resume() says the rest once messages can leave again.",
  "not-heard":
    "Nothing confirms that the turn was heard. Check the persona, the network, and the messages that the room receives.",
  "audio-lost": "Part of the turn was lost on its way. turn.resume() says what nothing confirms.",
  "hold-exceeded": "The network was gone for longer than can be buffered. turn.resume() says the rest once it is back.",
  "throughput-too-low": "Raise messagesPerSecond, use sampleRate 16000, or ask for a room with a larger message limit.",
  "message-too-long": "Not even one sample fits the room's message limit. Check what the room reports.",
  "http-status": "Check the request to the speech service; its status is in the message.",
  "not-audio": "Check the Content-Type and the declared encoding.",
  "no-audio": "Not a sample came, so nothing was sent. Check that the source gives audio before it ends.",
  "source-used": "This input can be read once. Make a source for each turn, or pass a function that makes the input.",
  "source-stalled": "The source produces nothing. Check its request, or raise stallTimeoutSeconds.",
  "load-timeout": "A file of the library did not arrive in time. Check the server, or raise audio.loadTimeoutSeconds.",
  "source-failed": "See cause. What the source gave until then was sent.",
  closed: "Make a new Replica.",
} as const;

/** What went wrong, as a stable string for code to switch on. The remedies above document each. */
export type EchoErrorCode = keyof typeof remedies;

/**
 * What goes wrong in operation. It arrives in a turn's outcome and as the replica's `error` event, and is thrown by
 * `prepare()`; misuse of the API throws TypeError or RangeError at the call instead.
 */
export class EchoError extends Error {
  override readonly name = "EchoError";
  /** Stable identifier of the kind of failure. */
  readonly code: EchoErrorCode;
  /** What to do about it, in a sentence for the developer. */
  readonly remedy: string;

  /** `message` says what happened; `remedy` replaces the code's default advice; `cause` is the original error. */
  constructor(code: EchoErrorCode, message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy ?? remedies[code];
  }
}

/** The text of whatever was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
