import type { RealtimeFunctionTool } from "openai/resources/realtime/realtime";
import type { Handshake } from "../host.js";
import {
  anything,
  filled,
  integer,
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
import type { Credentials, Dialect, Settings } from "./dialect.js";
import { formatOf } from "./openai-dialect.js";

/** A direction's format; PCM at 8 to 48 kHz [C]. */
interface GrokFormat {
  type: "audio/pcm" | "audio/pcmu" | "audio/pcma";
  rate?: number;
}

/** The session of xAI, which has no SDK of this interface: voice and turn detection are at the top [C]. */
interface GrokSession {
  voice?: string;
  instructions?: string;
  turn_detection?: GrokTurnDetection | null;
  audio?: { input?: GrokInput; output?: GrokOutput };
  tools?: unknown[];
  reasoning?: { effort?: string };
}

interface GrokTurnDetection {
  type: "server_vad" | null;
  threshold?: number;
  prefix_padding_ms?: number;
  silence_duration_ms?: number;
  idle_timeout_ms?: number;
}

interface GrokInput {
  format?: GrokFormat;
  transport?: "json" | "binary";
  transcription?: { model?: string; language_hint?: string; keyterms?: string[] };
}

interface GrokOutput {
  format?: GrokFormat;
  transport?: "json" | "binary";
  speed?: number;
}

const rates = [8000, 16_000, 21_050, 22_050, 24_000, 32_000, 44_100, 48_000];
const format = object<GrokFormat>({
  type: literal("audio/pcm", "audio/pcmu", "audio/pcma"),
  rate: optional(literal(...rates)),
});
const transport = optional(literal("json", "binary"));

const session = object<GrokSession>({
  voice: optional(filled),
  instructions: optional(text),
  turn_detection: optional(
    nullable(
      object<GrokTurnDetection>({
        type: nullable(literal("server_vad")),
        threshold: optional(number(0.1, 0.9)),
        prefix_padding_ms: optional(integer(0, 10_000)),
        silence_duration_ms: optional(integer(0, 10_000)),
        idle_timeout_ms: optional(integer(0)),
      }),
    ),
  ),
  audio: optional(
    object<NonNullable<GrokSession["audio"]>>({
      input: optional(
        object<GrokInput>({
          format: optional(format),
          transport,
          transcription: optional(
            object<NonNullable<GrokInput["transcription"]>>({
              model: optional(filled),
              language_hint: optional(text),
              keyterms: optional(list(text, 100)),
            }),
          ),
        }),
      ),
      output: optional(object<GrokOutput>({ format: optional(format), transport, speed: optional(number(0.7, 1.5)) })),
    }),
  ),
  tools: optional(
    list(
      variant("type", {
        function: object<RealtimeFunctionTool>({
          type: literal("function"),
          name: filled,
          description: optional(text),
          parameters: optional(anything),
        }),
        web_search: record,
        x_search: record,
        file_search: record,
        mcp: record,
      }),
    ),
  ),
  reasoning: optional(object<{ effort?: string }>({ effort: optional(literal("none", "high")) })),
});

const keyPrefix = "xai-client-secret.";

function credentials({ protocols, authorization }: Handshake): Credentials {
  const carried = protocols.find((name) => name.startsWith(keyPrefix));
  // The one subprotocol is the secret [C]; the browser insists that the server picks it.
  const other = protocols.find((name) => name !== carried);
  return {
    secret: carried?.slice(keyPrefix.length) ?? (authorization?.scheme === "bearer" ? authorization.token : undefined),
    protocol: carried,
    refusal: other
      ? { code: "invalid_subprotocol", message: "The only subprotocol is xai-client-secret.<value>.", close: 1008 }
      : undefined,
  };
}

/** xAI's Grok Voice: settings, secrets and subprotocol [C]; how a handshake or a message is refused [U], so as OpenAI does. */
export const xai: Dialect = {
  name: "xai",
  secretPrefix: "xai-realtime-client-secret-",
  apiKeyPrefix: "xai-",
  refusesHandshake: true,
  needsModel: false,
  sessionSeconds: 7200,
  credentials,
  secretRequest: object<{ expires_after?: { seconds: number } }>({
    expires_after: optional(object<{ seconds: number }>({ seconds: integer(1, 3600) })),
  }),
  secretSeconds: { standard: 600, least: 1, most: 3600 },
  session,
  initial: {
    voice: "eve",
    turn_detection: { type: "server_vad" },
    audio: {
      input: { format: { type: "audio/pcm", rate: 24_000 } },
      output: { format: { type: "audio/pcm", rate: 24_000 } },
    },
  } satisfies GrokSession,
  settings(value): Settings {
    const { audio, turn_detection, voice } = value as GrokSession;
    return {
      input: formatOf(audio?.input?.format),
      output: formatOf(audio?.output?.format),
      detection: turn_detection?.type
        ? {
            silenceSeconds: (turn_detection.silence_duration_ms ?? 500) / 1000,
            createsResponse: true,
            interruptsResponse: true,
          }
        : undefined,
      voice,
      textOnly: false,
      transcription: audio?.input?.transcription?.model === "grok-transcribe" ? "updated" : "completed",
      binary: { input: audio?.input?.transport === "binary", output: audio?.output?.transport === "binary" },
    };
  },
};
