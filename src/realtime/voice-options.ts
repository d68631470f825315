import type { Clock } from "../flow/clock.js";
import type { AudioSetup, Source } from "../source/source.js";
import type { Warning } from "../warning.js";
import type { Interruption } from "./interruption.js";
import type { VoiceProtocol } from "./protocol.js";
import type { ToolCall } from "./tool-calls.js";
import type { Transcript } from "./transcripts.js";
import type { VoiceReplica } from "./voice-replica.js";
import type { VoiceSession } from "./voice-session.js";
import type { VoiceSocketConstructor } from "./voice-socket.js";

/** Options for `new RealtimeVoice()`. */
export interface RealtimeVoiceOptions {
  /** Who speaks. Borrowed: its call, and what the app has it say, are left alone. */
  replica: VoiceReplica;
  /** Whom the model hears: `microphone()`, or any source. Borrowed: opened with `open()`, let go with `close()`. */
  input: Source;
  /** Returns a fresh ephemeral secret, from your server. Called for every connection, because secrets expire. */
  secret: () => Promise<string>;
  /** Address of the provider's socket, without the secret. Default: the protocol's own. */
  url?: string | URL | undefined;
  /** Instructions, voice, tools and so on. What is left out is what the secret has fixed, else the provider's default. */
  session?: VoiceSession | object | undefined;
  /** What the model says first, in its own voice. Default: it waits for the caller. */
  greeting?: string | undefined;
  /**
   * Whether the caller may interrupt by speaking. Default true; needs an input without the replica's own voice, by
   * headphones or echo cancellation. With false the provider hears silence while the replica speaks.
   */
  bargeIn?: boolean | undefined;
  /** Whether `replica.say()` speaks answers that arrive as text, in the persona's voice. Default false: they are transcripts alone. */
  sayText?: boolean | undefined;
  /** Where the input finds its context and its files, as the replica's own `audio` option. */
  audio?: AudioSetup | undefined;
  /** The provider's language. Default: OpenAI Realtime and what is compatible with it. */
  protocol?: VoiceProtocol | undefined;
  /** Attempts to open a lost connection again, at 0.5, 1, 2, 4 and 8 s. Default 5. */
  reconnects?: number | undefined;
  /** Seconds for one opening, the secret function included. Default 15. */
  connectTimeoutSeconds?: number | undefined;
  /** Replaces the platform's WebSocket, for platforms without one. */
  webSocket?: VoiceSocketConstructor | undefined;
  /** Replaces wall-clock time, for tests. */
  clock?: Clock | undefined;
}

/** Where a voice is: `idle` before `open()` and after `close()` or a failure. */
export type RealtimeVoiceState = "idle" | "connecting" | "open" | "reconnecting";

/** What a RealtimeVoice reports. */
export interface RealtimeVoiceEvents {
  /** Every change of the connection. */
  state: RealtimeVoiceState;
  /** What the caller and the model say. */
  transcript: Transcript;
  /** The model calls one of the session's tools. */
  toolCall: ToolCall;
  /** The caller's voice interrupted the replica. Where the provider leaves it to the app, it can be taken back. */
  interruption: Interruption;
  /** Every message of the provider as it arrived, parsed from JSON; of a binary frame that is none, the bytes. */
  raw: unknown;
  /** The input works on, but somebody should know. */
  warning: Warning;
  /** What goes wrong, each a RealtimeError. With no listener it goes to `reportError()`, or to the console where there is none. */
  error: Error;
}
