import type { Cartesia } from "@cartesia/cartesia-js";
import {
  type Check,
  either,
  filled,
  flag,
  isRecord,
  literal,
  nullable,
  number,
  object,
  optional,
  text,
} from "../shape.js";

/** A request for speech, as the SDK types it. */
export type GenerationRequest = Cartesia.TTS.GenerationRequest;
/** The end of a context before its end. */
export type CancelRequest = Exclude<Cartesia.TTS.WebsocketClientEvent, GenerationRequest>;
/** Every event that the server sends. */
export type SpeechEvent = Cartesia.TTS.WebsocketResponse;

const maybe = (check: Check) => optional(nullable(check));

/** The voice: its id, or an object with an id and other fields. */
const voice: Check = either(filled, (value, path) =>
  isRecord(value) && typeof value.id === "string" && value.id !== ""
    ? undefined
    : { reason: "value", path, expected: "a voice ID or an object with one" },
);

/** Checks a request for speech. */
export const generationRequest = object<GenerationRequest>({
  context_id: filled,
  model_id: filled,
  output_format: object<Cartesia.TTS.RawOutputFormat>({
    container: literal("raw"),
    encoding: literal("pcm_f32le", "pcm_s16le", "pcm_mulaw", "pcm_alaw"),
    sample_rate: literal(8000, 16_000, 22_050, 24_000, 44_100, 48_000),
  }),
  transcript: text,
  voice,
  add_phoneme_timestamps: maybe(flag),
  add_timestamps: maybe(flag),
  continue: maybe(flag),
  flush: maybe(flag),
  generation_config: optional(
    object<Cartesia.TTS.GenerationConfig>({
      emotion: optional(filled),
      speed: optional(number(0.6, 1.5)),
      volume: optional(number(0.5, 2)),
    }),
  ),
  language: maybe(filled),
  locale: maybe(filled),
  max_buffer_delay_ms: maybe(number(0, 5000)),
  normalization: maybe(filled),
  pronunciation_dict_id: maybe(filled),
  speed: optional(literal("slow", "normal", "fast")),
  use_normalized_timestamps: maybe(flag),
});

/** Checks a cancellation. */
export const cancelRequest = object<CancelRequest>({ context_id: filled, cancel: literal(true) });
