import type { RealtimeErrorCode } from "./realtime-error.js";

/** Wire format of audio: 16 bit PCM, little-endian, mono, at 24 kHz; or G.711 at 8 kHz. */
export type VoiceFormat = "pcm" | "mulaw" | "alaw";

/** A function that the model may call. */
export interface VoiceTool {
  /** Name, as `toolCall` tells it. */
  name: string;
  /** When and how to call it, for the model. */
  description?: string | undefined;
  /** JSON Schema of its arguments. */
  parameters?: object | undefined;
}

/**
 * What a session is like. The names below are the same for every provider; any other key goes to the provider as it is,
 * in its own words.
 */
export interface VoiceSession {
  /** Who the model is and how it speaks. */
  instructions?: string | undefined;
  /** Name of the provider's voice. Most providers fix it with the first sound of a session. */
  voice?: string | undefined;
  /** What the caller most likely speaks, ISO 639-1: a hint for the transcript. Tell the model in the instructions. */
  language?: string | undefined;
  /** Where the provider has it (OpenAI's current interface has not). */
  temperature?: number | undefined;
  /** Speed of speech, 1 is normal. */
  speed?: number | undefined;
  /** The provider's model. Fixed for a session. */
  model?: string | undefined;
  /** How the provider finds out that the caller speaks; its own settings, in camelCase or in its spelling. null: not at all, see `respond()`. */
  turnDetection?: object | null | undefined;
  /** How the caller's words are written down, in the provider's settings. null: not at all. Default: the provider's model for it. */
  transcription?: object | null | undefined;
  /** What the model may call. */
  tools?: readonly VoiceTool[] | undefined;
  /** Format in which the input is sent. Default "pcm". */
  inputFormat?: VoiceFormat | undefined;
  /** Format in which the answers come. Default "pcm". */
  outputFormat?: VoiceFormat | undefined;
  /** Anything else the provider knows. */
  [other: string]: unknown;
}

/** A tool call as it comes: `arguments` is text that should be JSON. */
export interface VoiceToolCall {
  /** The provider's id of the call. */
  callId: string;
  /** Name of the function. */
  name: string;
  /** JSON text, unchecked. */
  arguments: string;
}

/** How a response ended. */
export type ResponseStatus = "completed" | "cancelled" | "failed" | "incomplete";

/** What a provider's message means. Made by {@link VoiceProtocol.parse}; hostile until then. */
export type VoiceEvent =
  /** The session is there, or was changed. `interruptsItself`: the provider cancels a response when the caller speaks. */
  | { type: "session"; updated: boolean; dialect: string; interruptsItself: boolean; instructions: string }
  /** `itemId` is that of what the caller is about to say. */
  | { type: "speechStarted"; itemId: string }
  | { type: "speechStopped" }
  | { type: "responseStarted"; responseId: string }
  /** `bytes` are in the session's output format and may end in the middle of a sample. */
  | { type: "audio"; responseId: string; itemId: string; contentIndex: number; bytes: Uint8Array }
  /** `text` is a piece to append when `final` is false, else the whole. */
  | { type: "transcript"; role: "user" | "replica"; itemId: string; text: string; final: boolean }
  /** Complete only when its response is: a cancelled one leaves half a call. */
  | { type: "toolCall"; responseId: string; call: VoiceToolCall }
  | {
      type: "responseDone";
      responseId: string;
      status: ResponseStatus;
      calls: readonly VoiceToolCall[];
      fault?: VoiceFault | undefined;
    }
  | { type: "limits"; retryAfterSeconds: number | undefined }
  /** `commandId` is that of the command it answers. `benign`: the command came too late to matter. */
  | { type: "fault"; fault: VoiceFault; commandId: string | undefined; busy: boolean; benign: boolean }
  | { type: "malformed"; reason: string };

/** What a provider says went wrong. */
export interface VoiceFault {
  /** Ours. */
  code: RealtimeErrorCode;
  /** The provider's, where it gave one. */
  providerCode?: string | undefined;
  /** The provider's words. */
  message: string;
}

/** What is asked of a provider. Turned into its messages by {@link VoiceProtocol.build}. */
export type VoiceCommand =
  /** `first`: the whole session, defaults included; else only what changes. */
  | { type: "configure"; session: VoiceSession; first: boolean }
  | { type: "audio"; bytes: Uint8Array }
  | { type: "commit" }
  | { type: "clear" }
  | { type: "respond"; id: string; say?: string | undefined; instructions?: string | undefined }
  | { type: "cancel"; id: string; responseId: string }
  | { type: "truncate"; itemId: string; contentIndex: number; audioEndMs: number }
  | { type: "toolResult"; callId: string; output: string }
  | { type: "remember"; role: "user" | "replica"; text: string };

/** One provider's language: pure functions, no state. Another provider is another object of this shape. */
export interface VoiceProtocol {
  /** Name for messages. */
  readonly name: string;
  /** The address to open when the app names none. */
  readonly defaultUrl: string;
  /** The dialect that is spoken until a session event tells another. */
  readonly dialect: string;
  /** The address and the subprotocols for a socket; the secret goes into the latter, never into the address. */
  connect(url: string, session: VoiceSession, secret: string): { url: string; protocols: string[] };
  /** What a message means; nothing for what is of no interest. Total: any value is taken, none throws. */
  parse(message: unknown): readonly VoiceEvent[];
  /** The message for a command. */
  build(command: VoiceCommand, dialect: string): object;
  /** The formats that a session asks for, whichever way it names them. */
  formats(session: VoiceSession): { input: VoiceFormat; output: VoiceFormat };
  /** Whether a session asks the provider to cancel its answer itself when the caller speaks. */
  interruptsItself(session: VoiceSession): boolean;
  /** Options of the session that this dialect has not and that `build` leaves out. */
  unsupported(session: VoiceSession, dialect: string): readonly string[];
  /** What the end of the connection means. `again`: opening it anew can help. */
  closed(code: number, reason: string): { fault: VoiceFault; again: boolean };
}
