import type { ClientSecretCreateParams } from "openai/resources/realtime/client-secrets";
import type {
  AudioTranscription,
  RealtimeAudioConfig,
  RealtimeAudioConfigInput,
  RealtimeAudioConfigOutput,
  RealtimeAudioFormats,
  RealtimeAudioInputTurnDetection,
  RealtimeFunctionTool,
  RealtimeSessionCreateRequest,
} from "openai/resources/realtime/realtime";
import type { Handshake } from "../host.js";
import {
  anything,
  either,
  filled,
  flag,
  integer,
  isRecord,
  list,
  literal,
  nullable,
  number,
  object,
  optional,
  record,
  text,
  variant,
} from "../shape.js";
import type { AudioFormat, Credentials, Dialect, Settings } from "./dialect.js";

const format = variant("type", {
  "audio/pcm": object<RealtimeAudioFormats.AudioPCM>({
    type: optional(literal("audio/pcm")),
    rate: optional(literal(24_000)),
  }),
  "audio/pcmu": object<RealtimeAudioFormats.AudioPCMU>({ type: optional(literal("audio/pcmu")) }),
  "audio/pcma": object<RealtimeAudioFormats.AudioPCMA>({ type: optional(literal("audio/pcma")) }),
});

const turnDetection = variant("type", {
  server_vad: object<RealtimeAudioInputTurnDetection.ServerVad>({
    type: literal("server_vad"),
    create_response: optional(flag),
    idle_timeout_ms: optional(nullable(integer(5000, 30_000))),
    interrupt_response: optional(flag),
    prefix_padding_ms: optional(integer(0)),
    silence_duration_ms: optional(integer(0)),
    threshold: optional(number(0, 1)),
  }),
  semantic_vad: object<RealtimeAudioInputTurnDetection.SemanticVad>({
    type: literal("semantic_vad"),
    create_response: optional(flag),
    eagerness: optional(literal("low", "medium", "high", "auto")),
    interrupt_response: optional(flag),
  }),
});

/** A tool that the client runs. */
const functionTool = object<RealtimeFunctionTool>({
  type: optional(literal("function")),
  name: optional(filled),
  description: optional(text),
  parameters: optional(anything),
});

const session = object<RealtimeSessionCreateRequest>({
  type: literal("realtime"),
  audio: optional(
    object<RealtimeAudioConfig>({
      input: optional(
        object<RealtimeAudioConfigInput>({
          format: optional(format),
          noise_reduction: optional(nullable(record)),
          transcription: optional(
            nullable(
              object<AudioTranscription>({
                model: optional(filled),
                language: optional(text),
                prompt: optional(text),
                delay: optional(anything),
                keywords: optional(anything),
                languages: optional(anything),
              }),
            ),
          ),
          turn_detection: optional(nullable(turnDetection)),
        }),
      ),
      output: optional(
        object<RealtimeAudioConfigOutput>({
          format: optional(format),
          speed: optional(number(0.25, 1.5)),
          voice: optional(either(filled, object<RealtimeAudioConfigOutput.ID>({ id: filled }))),
        }),
      ),
    }),
  ),
  include: optional(list(literal("item.input_audio_transcription.logprobs"))),
  instructions: optional(text),
  max_output_tokens: optional(either(integer(1, 4096), literal("inf"))),
  model: optional(filled),
  output_modalities: optional(list(literal("text", "audio"), 1)),
  parallel_tool_calls: optional(flag),
  prompt: optional(nullable(record)),
  reasoning: optional(record),
  tool_choice: optional(anything),
  tools: optional(list(either(variant("type", { mcp: record }), functionTool))),
  tracing: optional(nullable(anything)),
  truncation: optional(anything),
});

const keyPrefix = "openai-insecure-api-key.";

function credentials({ protocols, authorization }: Handshake): Credentials {
  const carried = protocols.find((name) => name.startsWith(keyPrefix))?.slice(keyPrefix.length);
  const secret = carried ?? (authorization?.scheme === "bearer" ? authorization.token : undefined);
  const protocol = protocols.includes("realtime") ? "realtime" : undefined;
  const retired = protocols.some((name) => name.startsWith("openai-beta."));
  const refusal = retired && {
    code: "beta_api_shape_disabled",
    message: "The Realtime Beta API is no longer supported.",
    close: 4000,
  };
  return { secret, protocol, refusal: refusal || undefined };
}

/** OpenAI's Realtime API, GA [C types of `openai` 7.55]; codes of closes and texts of errors [L]. */
export const openAi: Dialect = {
  name: "openai",
  secretPrefix: "ek_",
  apiKeyPrefix: "sk-",
  refusesHandshake: false,
  needsModel: true,
  sessionSeconds: 3600,
  credentials,
  secretRequest: object<ClientSecretCreateParams>({
    expires_after: optional(
      object<ClientSecretCreateParams.ExpiresAfter>({
        anchor: optional(literal("created_at")),
        seconds: optional(integer(10, 7200)),
      }),
    ),
    session: optional(session),
  }),
  secretSeconds: { standard: 600, least: 10, most: 7200 },
  session,
  initial: {
    type: "realtime",
    output_modalities: ["audio"],
    audio: {
      input: { format: { type: "audio/pcm", rate: 24_000 }, turn_detection: { type: "server_vad" } },
      output: { format: { type: "audio/pcm", rate: 24_000 }, voice: "alloy", speed: 1 },
    },
  } satisfies RealtimeSessionCreateRequest,
  settings(value): Settings {
    const { audio, output_modalities } = value as unknown as RealtimeSessionCreateRequest;
    const detection = audio?.input?.turn_detection;
    const silence = detection?.type === "server_vad" ? detection.silence_duration_ms : undefined;
    return {
      input: formatOf(audio?.input?.format),
      output: formatOf(audio?.output?.format),
      detection: detection
        ? {
            silenceSeconds: (silence ?? 500) / 1000,
            createsResponse: detection.create_response ?? true,
            interruptsResponse: detection.interrupt_response ?? true,
          }
        : undefined,
      voice: audio?.output?.voice,
      textOnly: output_modalities?.[0] === "text",
      transcription: audio?.input?.transcription ? "delta" : "none",
      binary: { input: false, output: false },
    };
  },
};

/** Bytes of a format's name: G.711 always at 8 kHz. */
export function formatOf(given: unknown): AudioFormat {
  const { type, rate } = isRecord(given) ? given : {};
  if (type === "audio/pcmu") return { encoding: "mulaw", sampleRate: 8000 };
  if (type === "audio/pcma") return { encoding: "alaw", sampleRate: 8000 };
  return { encoding: "s16le", sampleRate: typeof rate === "number" ? rate : 24_000 };
}
