/**
 * Every code that an {@link EchoError} can carry, with what the reader can do about it.
 * The text is a default: whoever throws may pass a remedy that knows more about the case.
 */
const remedies = {
  "microphone-denied": "Allow the microphone for this site in the browser's settings, then ask again from a click.",
  "microphone-missing": "Connect a microphone that fits the constraints, or choose another deviceId.",
  "microphone-lost": "Speak again with another device: what this one captured was sent.",
  "context-suspended": "Call replica.prepare() in a click: audio stays suspended until the user has made a gesture.",
  "context-closed": "Make a new AudioContext, and the node in it: the source's own is closed.",
  unsupported: "Update the browser, which lacks AudioWorklet, WebAssembly SIMD or a decoder, or offer text.",
  "csp-worklet":
    "Allow the worklet in script-src: 'self' does when worklet.js is served from your origin (audio.workletUrl names it); tavus-echo/inline needs blob:.",
  "csp-wasm": "Add 'wasm-unsafe-eval' to the page's script-src.",
  "worklet-failed":
    "Serve worklet.js and encoder.wasm: if your bundler copies no files, copy both out of the package and name them with audio.workletUrl and audio.wasmUrl, or use tavus-echo/inline.",
  "not-joined": "Join the call before readyTimeoutSeconds is over.",
  "replica-absent": "Check the conversation's status, and that the persona is an echo persona.",
  "call-left": "Join again, then say the rest with turn.resume().",
  "call-refused": "Check the room and the token: Daily's error is in the message.",
  "token-expired": "Get a fresh meeting token and join again, then say the rest with turn.resume().",
  "send-failed": "See cause; turn.resume() says the rest once messages can leave again.",
  "not-heard":
    "Check the persona, the network, and the messages that the room receives: nothing confirms that the turn was heard.",
  "audio-lost": "Say what nothing confirms with turn.resume(): part of the turn was lost on its way.",
  "hold-exceeded":
    "Say the rest with turn.resume() once the network is back: it was gone for longer than can be buffered.",
  "throughput-too-low": "Raise messagesPerSecond, use sampleRate 16000, or ask for a room with a larger message limit.",
  "message-too-long": "Check the message limit that the room reports: not even one sample fits.",
  "http-status": "Check the request to the speech service; its status is in the message.",
  "not-audio": "Check the Content-Type and the declared encoding.",
  "no-audio": "Check that the source produces audio before it ends.",
  "source-used": "Make a source for each turn, or pass a function that makes the input.",
  "source-stalled": "Check the request that the source waits for, or raise stallTimeoutSeconds.",
  "load-timeout": "Check the server of the library's files, or raise audio.loadTimeoutSeconds.",
  "source-failed": "See cause; what the source produced until then was sent.",
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

  /** `message` says what happened, in a sentence that gets its full stop here; `remedy` replaces the code's default advice; `cause` is the original error. */
  constructor(code: EchoErrorCode, message: string, options: { remedy?: string; cause?: unknown } = {}) {
    super(asSentence(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.remedy = options.remedy ?? remedies[code];
  }
}

/** The text with one full stop at its end: what comes from outside brings one, or none. */
export const asSentence = (text: string): string => text.replace(/[.\s]*$/, ".");

/** The text of whatever was thrown, without its full stop: to be put into a sentence. */
export const messageOf = (error: unknown): string =>
  (error instanceof Error ? error.message : String(error)).replace(/\.$/, "");
