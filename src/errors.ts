/**
 * Every code that an {@link EchoError} can carry, with what the reader can do about it.
 * The text is a default: whoever throws may pass a remedy that knows more about the case.
 */
const remedies = {
  "microphone-denied":
    "Ask again from a click after the user has allowed the microphone for this site in the browser's settings.",
  "microphone-missing": "Connect a microphone, or choose another deviceId: none that fits the constraints is there.",
  "microphone-lost":
    "The device was unplugged or taken away. What was captured until then was sent; speak again with another device.",
  "context-suspended":
    "Call replica.prepare() in a click: browsers keep audio suspended until the user has made a gesture.",
  "context-closed": "The AudioContext of this source is closed. Make a new one, and the node in it.",
  unsupported:
    "This browser lacks a needed feature (AudioWorklet, WebAssembly SIMD, or a decoder). Update it, or offer text.",
  "csp-worklet":
    "Allow the worklet in the policy's script-src. 'self' is enough when worklet.js is served from your own origin (audio.workletUrl names it); tavus-echo/inline needs blob:.",
  "csp-wasm": "Add 'wasm-unsafe-eval' to the page's script-src.",
  "worklet-failed":
    "Check that worklet.js and encoder.wasm are served. If your bundler copies no files, copy both out of the package and name them with audio.workletUrl and audio.wasmUrl, or use tavus-echo/inline.",
  "not-joined": "Join the call before readyTimeoutSeconds is over: messages can only be sent from a joined meeting.",
  "replica-absent":
    "The replica did not come into the room. Check the conversation's status and that the persona is an echo persona.",
  "call-left": "The call was left or has ended. Join again, then say the rest with turn.resume().",
  "hold-exceeded":
    "The network was interrupted for longer than can be buffered. turn.resume() says the rest once it is back.",
  "throughput-too-low":
    "Message limit times message rate is below real time. Raise messagesPerSecond, use sampleRate 16000, or ask for a larger limit.",
  "message-too-long":
    "The room's message limit is too small for even one sample. Check what the room reports as its limit.",
  "http-status": "The response was not ok. Check the request to the speech service; see the status in the message.",
  "not-audio": "The input is not audio in the declared format. Check the Content-Type and the declared encoding.",
  "no-audio":
    "The turn ended without a single sample. Nothing was sent; check that the source produces audio before it ends.",
  "source-used":
    "This input can be read only once. Make a new source for each turn, or pass a function that makes the input.",
  "source-failed": "The source broke off with an error; see cause. What it gave until then was sent.",
  closed: "The replica was closed. Make a new Replica.",
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
