import type { RealtimeErrorEvent, RealtimeServerEvent } from "openai/resources/realtime/realtime";
import type { Encoding } from "../encoding.js";
import type { Handshake } from "../host.js";
import type { Check } from "../shape.js";

/** A server event of xAI that OpenAI does not have: a partial transcript that replaces the one before [C]. */
export interface TranscriptionUpdated {
  type: "conversation.item.input_audio_transcription.updated";
  event_id: string;
  item_id: string;
  transcript: string;
}

/** xAI's sign of life [C]. */
export interface Ping {
  type: "ping";
  event_id: string;
  /** Milliseconds since 1970. */
  timestamp: number;
}

/** Every event that a server sends. */
export type ServerEvent = RealtimeServerEvent | TranscriptionUpdated | Ping;

/** A server event before it has its id. */
export type Unsent<E = ServerEvent> = E extends ServerEvent ? Omit<E, "event_id"> : never;

/** An error's body. */
export type ErrorBody = RealtimeErrorEvent["error"];

/** Audio of one direction. */
export interface AudioFormat {
  encoding: Encoding;
  sampleRate: number;
}

/** When the caller's turn starts and ends, as the settings say it. */
export interface TurnDetection {
  silenceSeconds: number;
  createsResponse: boolean;
  interruptsResponse: boolean;
}

/** What a session is set to, read out of the service's own shape. */
export interface Settings {
  input: AudioFormat;
  output: AudioFormat;
  detection: TurnDetection | undefined;
  voice: unknown;
  textOnly: boolean;
  /** How the caller's words arrive: not at all, as parts to be joined, as texts that replace each other, or when whole. */
  transcription: "none" | "delta" | "updated" | "completed";
  /** Whether audio travels in binary frames. */
  binary: { input: boolean; output: boolean };
}

/** A handshake as the service sees it. */
export interface Credentials {
  secret: string | undefined;
  /** The subprotocol to agree on. */
  protocol: string | undefined;
  /** Why the handshake is refused before the secret is looked at. */
  refusal: { code: string; message: string; close: number } | undefined;
}

/** Where services that speak OpenAI's event names differ. */
export interface Dialect {
  name: "openai" | "xai";
  secretPrefix: string;
  apiKeyPrefix: string;
  /** Whether a refused handshake is answered with an HTTP status, or let in and closed after an error event. */
  refusesHandshake: boolean;
  /** Whether the address must name a model that the secret does not name. */
  needsModel: boolean;
  /** Longest session, in seconds. */
  sessionSeconds: number;
  credentials(handshake: Handshake): Credentials;
  /** The body of `POST /v1/realtime/client_secrets`. */
  secretRequest: Check;
  /** Seconds that a secret lives: by default, at least, at most. */
  secretSeconds: { standard: number; least: number; most: number };
  /** The `session` of `session.update`. */
  session: Check;
  /** What a session is set to before the client says anything. */
  initial: Record<string, unknown>;
  settings(session: Record<string, unknown>): Settings;
}
