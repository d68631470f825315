/** Format of audio by its short name: 16 bit PCM, little-endian, mono, at 24 kHz; or G.711 at 8 kHz. */
export type VoiceFormat = "pcm" | "mulaw" | "alaw";

/** Format of audio on a provider's wire: mono, PCM little-endian. */
export interface WireFormat {
  /** How each sample is stored. */
  encoding: "s16le" | "mulaw" | "alaw";
  /** Hz, a whole number from 8000 to 192000. */
  sampleRate: number;
}

/** Formats of the two directions, by short name or in full. */
export interface VoiceFormats<Format = VoiceFormat | WireFormat> {
  /** Of what is sent to the provider. */
  input: Format;
  /** Of the answers. */
  output: Format;
}

/**
 * The wire format that a short name stands for.
 * @param format - A short name, or a format in full, which is returned as it is.
 */
export function wireFormat(format: VoiceFormat | WireFormat): WireFormat {
  if (typeof format === "object") return format;
  return format === "pcm" ? { encoding: "s16le", sampleRate: 24_000 } : { encoding: format, sampleRate: 8000 };
}

/** A function that the model may call. */
export interface VoiceTool {
  /** Name, as the `toolCall` event reports it. */
  name: string;
  /** When and how to call it, for the model. */
  description?: string | undefined;
  /** JSON Schema of its arguments. */
  parameters?: object | undefined;
}

/**
 * Settings of a session. The names below are the same for every provider; any other key goes to the provider as it is,
 * in its own words.
 */
export interface VoiceSession {
  /** Who the model is and how it speaks. */
  instructions?: string | undefined;
  /** Name of the provider's voice. Most providers fix it with the first sound of a session. */
  voice?: string | undefined;
  /** Language of the conversation, ISO 639-1: a hint for the transcript, and the language that the model answers in. */
  language?: string | undefined;
  /** Where the provider has it (OpenAI's current interface has not). */
  temperature?: number | undefined;
  /** Speed of speech, 1 is normal. */
  speed?: number | undefined;
  /** The provider's model. Fixed for a session. */
  model?: string | undefined;
  /** How the provider detects that the caller speaks; its own settings, in camelCase or in its spelling. null: not at all, see `respond()`. */
  turnDetection?: object | null | undefined;
  /** How the caller's words are transcribed, in the provider's settings. null: not at all. Default: the provider's model for it. */
  transcription?: object | null | undefined;
  /** What the model may call. */
  tools?: readonly VoiceTool[] | undefined;
  /** Format in which the input is sent. Fixed for a connection. Default "pcm". */
  inputFormat?: VoiceFormat | undefined;
  /** Format in which the answers arrive. Fixed for a connection. Default "pcm". */
  outputFormat?: VoiceFormat | undefined;
  /** Anything else the provider knows. */
  [other: string]: unknown;
}
