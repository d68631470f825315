import type { Cartesia } from "@cartesia/cartesia-js";
import type { StreamTextToSpeechWithTimestampsRequest } from "@elevenlabs/elevenlabs-js/serialization/resources/textToSpeech/client/requests/StreamTextToSpeechWithTimestampsRequest";
import type { SpeechCreateParams } from "openai/resources/audio/speech";
import type { Encoding } from "../encoding.js";
import {
  anything,
  type Check,
  either,
  filled,
  flag,
  list,
  literal,
  nullable,
  number,
  object,
  optional,
  record,
  text,
} from "../shape.js";

/** The form of an answer: bytes, server-sent events as OpenAI or Cartesia names them, or a JSON object a line. */
export type Form = "bytes" | "openai-events" | "cartesia-events" | "lines";

/** What a request asks for. */
export interface SpeechRequest {
  text: string;
  form: Form;
  encoding: Encoding;
  sampleRate: number;
  /** Whether the bytes have a WAV header. */
  wav: boolean;
  /** Whether word times are sent too, where the form leaves it open. */
  timed: boolean;
}

/** An address of the server. */
export interface Route {
  path: RegExp;
  /** The header that carries the key. */
  key: "authorization" | "xi-api-key";
  body: Check;
  /** What is asked for, or what of it this server does not make. */
  read(body: Record<string, unknown>, url: URL): SpeechRequest | string;
}

const maybe = (check: Check) => optional(nullable(check));

/** A text that a service takes: not empty, not too long. */
const speakable =
  (most: number): Check =>
  (value, path) =>
    text(value, path) ??
    ((value as string).trim() === "" || (value as string).length > most
      ? { reason: "value", path, expected: `1 to ${most} characters` }
      : undefined);

const openAi: Route = {
  path: /^\/v1\/audio\/speech$/,
  key: "authorization",
  body: object<SpeechCreateParams>({
    input: speakable(4096),
    model: literal("tts-1", "tts-1-hd", "gpt-4o-mini-tts", "gpt-4o-mini-tts-2025-12-15"),
    voice: either(filled, object<SpeechCreateParams.ID>({ id: filled })),
    instructions: optional(text),
    response_format: optional(literal("mp3", "opus", "aac", "flac", "wav", "pcm")),
    speed: optional(number(0.25, 4)),
    stream_format: optional(literal("sse", "audio")),
  }),
  read(body) {
    const { input, response_format = "mp3", stream_format, model } = body as unknown as SpeechCreateParams;
    if (response_format !== "pcm" && response_format !== "wav") return `${response_format} is not made here`;
    if (stream_format === "sse" && model.startsWith("tts-1")) return `stream_format sse is not supported by ${model}`;
    const form = stream_format === "sse" ? "openai-events" : "bytes";
    const wav = response_format === "wav";
    return { text: input, form, encoding: "s16le", sampleRate: 24_000, wav, timed: false };
  },
};

const elevenLabs: Route = {
  path: /^\/v1\/text-to-speech\/[^/]+\/stream(\/with-timestamps)?$/,
  key: "xi-api-key",
  body: object<StreamTextToSpeechWithTimestampsRequest.Raw>({
    text: speakable(40_000),
    model_id: maybe(filled),
    language_code: maybe(filled),
    voice_settings: maybe(record),
    pronunciation_dictionary_locators: maybe(list(record)),
    seed: maybe(number(0)),
    previous_text: maybe(text),
    next_text: maybe(text),
    previous_request_ids: maybe(list(text, 3)),
    next_request_ids: maybe(list(text, 3)),
    use_pvc_as_ivc: maybe(flag),
    apply_text_normalization: maybe(literal("auto", "on", "off")),
    apply_language_text_normalization: maybe(flag),
    audio_effects: maybe(anything),
  }),
  read(body, url) {
    const format = url.searchParams.get("output_format") ?? "mp3_44100_128";
    const [, name, rate] = /^(pcm|ulaw)_(8000|16000|22050|24000|44100|48000)$/.exec(format) ?? [];
    if (!name) return `output_format ${format} is not made here`;
    return {
      text: String(body.text),
      form: url.pathname.endsWith("/with-timestamps") ? "lines" : "bytes",
      encoding: name === "ulaw" ? "mulaw" : "s16le",
      sampleRate: Number(rate),
      wav: false,
      timed: true,
    };
  },
};

const encodings: Record<Cartesia.TTS.RawEncoding, Encoding> = {
  pcm_s16le: "s16le",
  pcm_f32le: "f32le",
  pcm_mulaw: "mulaw",
  pcm_alaw: "alaw",
};

const cartesia: Route = {
  path: /^\/tts\/(bytes|sse)$/,
  key: "authorization",
  body: object<Cartesia.TTSGenerateSSEParams>({
    model_id: filled,
    output_format: object<Cartesia.TTSGenerateSSEParams.OutputFormat>({
      container: literal("raw", "wav"),
      encoding: literal(...Object.keys(encodings)),
      sample_rate: literal(8000, 16_000, 22_050, 24_000, 44_100, 48_000),
    }),
    transcript: speakable(10_000),
    voice: either(filled, record),
    add_phoneme_timestamps: maybe(flag),
    add_timestamps: maybe(flag),
    context_id: maybe(filled),
    generation_config: optional(record),
    language: maybe(filled),
    locale: maybe(filled),
    normalization: maybe(filled),
    pronunciation_dict_id: maybe(filled),
    speed: optional(literal("slow", "normal", "fast")),
    use_normalized_timestamps: maybe(flag),
  }),
  read(body, url) {
    const { transcript, output_format, add_timestamps } = body as unknown as Cartesia.TTSGenerateSSEParams;
    const events = url.pathname.endsWith("/sse");
    const wav = (output_format.container as string) === "wav";
    if (events && wav) return "events have raw audio only";
    return {
      text: transcript,
      form: events ? "cartesia-events" : "bytes",
      encoding: encodings[output_format.encoding],
      sampleRate: output_format.sample_rate,
      wav,
      timed: add_timestamps === true,
    };
  },
};

/** Every address. */
export const routes: readonly Route[] = [openAi, elevenLabs, cartesia];
