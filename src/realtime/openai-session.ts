import { defined, type Fields, fieldsOf, isFields, merge, snakeCase } from "./fields.js";
import { withLanguage } from "./language.js";
import type { ConfigureCommand } from "./voice-command.js";
import type { VoiceFormat, VoiceFormats, VoiceSession, VoiceTool } from "./voice-session.js";

// Facts: the types of the `openai` package, 7.55 (resources/realtime); names of the older interface as in its RealtimeSession.

/** Formats by the name of each interface. G.711 is always at 8 kHz, PCM at 24 kHz: OpenAI has no other rates. */
const current = {
  pcm: { type: "audio/pcm", rate: 24_000 },
  mulaw: { type: "audio/pcmu" },
  alaw: { type: "audio/pcma" },
};
const older = { pcm: "pcm16", mulaw: "g711_ulaw", alaw: "g711_alaw" };

/** Model that transcribes the caller. The older interface knew only the first of its kind. */
const transcriber = { ga: "gpt-transcribe", beta: "whisper-1" };

/** Older names that have no counterpart now, and names of a persona's layer around the session. None of them is ever sent. */
const foreign: ReadonlySet<string> = new Set(["websocket_url", "api_key", "provider", "client_secret"]);
/** What a session that was copied from an answer of the service carries along. */
const readOnly: ReadonlySet<string> = new Set(["id", "object", "expires_at"]);

/** A session, whichever interface's names it came in. Undefined: not named. */
interface Neutral {
  instructions?: string | undefined;
  voice?: unknown;
  speed?: unknown;
  temperature?: unknown;
  language?: string | undefined;
  tools?: readonly object[] | undefined;
  detection?: unknown;
  transcription?: unknown;
  noiseReduction?: unknown;
  modalities?: readonly unknown[] | undefined;
  maxTokens?: unknown;
  input?: VoiceFormat | undefined;
  output?: VoiceFormat | undefined;
  /** Of `audio`, what has no name above. */
  audio: Fields;
  rest: Fields;
}

/** Reads a session by our names, by the current ones and by the older ones, in this order of preference. */
export function readSession(session: VoiceSession | Fields): Neutral {
  // The whole layer of a Tavus persona: its settings are inside.
  const { session_settings: inner, ...around } = session;
  const given: VoiceSession = { ...fieldsOf(inner), ...around };
  const { instructions, voice, language, temperature, speed, model, turnDetection, transcription, ...others } = given;
  const {
    tools,
    inputFormat,
    outputFormat,
    audio: both,
    turn_detection,
    modalities,
    output_modalities,
    ...more
  } = others;
  const { input_audio_format, output_audio_format, input_audio_transcription, ...even } = more;
  const { input_audio_noise_reduction, max_response_output_tokens, max_output_tokens, ...left } = even;
  const { input, output, ...audio } = fieldsOf(both);
  const {
    format: into,
    turn_detection: nested,
    transcription: written,
    noise_reduction,
    ...inputRest
  } = fieldsOf(input);
  const { format: out, voice: speaker, speed: pace, ...outputRest } = fieldsOf(output);
  const detection = first(turnDetection, nested, turn_detection);
  const wanted = first(output_modalities, modalities);
  return {
    instructions,
    voice: first(voice, speaker),
    speed: first(speed, pace),
    temperature,
    language,
    tools: tools?.map((tool: VoiceTool) => ({ type: "function", ...tool })),
    detection: isFields(detection) ? snakeCase(detection) : detection,
    transcription: first(transcription, written, input_audio_transcription),
    noiseReduction: first(noise_reduction, input_audio_noise_reduction),
    modalities: Array.isArray(wanted) ? wanted : undefined,
    maxTokens: first(max_output_tokens, max_response_output_tokens),
    input: inputFormat ?? formatOf(into, input_audio_format),
    output: outputFormat ?? formatOf(out, output_audio_format),
    audio: defined({ ...audio, input: inputRest, output: outputRest }),
    rest: Object.fromEntries(Object.entries(left).filter(([name]) => !foreign.has(name) && !readOnly.has(name))),
  };
}

/** The first that is named: null counts, undefined does not. */
const first = (...values: readonly unknown[]): unknown => values.find((value) => value !== undefined);

function formatOf(format: unknown, flat: unknown): VoiceFormat | undefined {
  const { type } = fieldsOf(format);
  return (["pcm", "mulaw", "alaw"] as const).find((name) => type === current[name].type || flat === older[name]);
}

/** The formats of a session, by our names or by the provider's, current or older. */
export function formatsOf(session: VoiceSession): VoiceFormats<VoiceFormat> {
  const { input = "pcm", output = "pcm" } = readSession(session);
  return { input, output };
}

/** How a session detects turns. The documented default of both is yes; without turn detection nothing happens by itself. */
export function detectionOf(session: VoiceSession | Fields): {
  interrupts: boolean;
  answers: boolean;
  detects: boolean;
} {
  const { detection } = readSession(session);
  const { interrupt_response: interrupt, create_response: create } = fieldsOf(detection);
  const detects = detection !== null;
  return { interrupts: detects && interrupt !== false, answers: detects && create !== false, detects };
}

/** What the dialect has not. */
export function unsupportedIn(session: VoiceSession, dialect: string): readonly string[] {
  const names = new Set([...Object.keys(session), ...Object.keys(fieldsOf(session.session_settings))]);
  const known = dialect === "beta" ? new Set<string>() : new Set(["temperature"]);
  return [...names].filter((name) => foreign.has(name) || known.has(name));
}

/** The `session` of a `session.update`, current interface. Undefined fields vanish in JSON. */
export function toSession(command: ConfigureCommand): Fields {
  const { asked, formats, transcription, instructions, modalities } = plan(command, "ga");
  const ours = {
    input: {
      format: formats.input && current[formats.input],
      turn_detection: asked.detection,
      transcription,
      noise_reduction: asked.noiseReduction,
    },
    output: { format: formats.output && current[formats.output], voice: asked.voice, speed: asked.speed },
  };
  return {
    type: "realtime",
    // The current interface makes sound or text, not both; sound comes with its transcript.
    output_modalities: modalities && [modalities.includes("audio") ? "audio" : "text"],
    instructions,
    tools: asked.tools,
    max_output_tokens: asked.maxTokens,
    ...asked.rest,
    audio: merge(defined(ours), asked.audio),
  };
}

/** The `session` of a `session.update`, older interface. */
export function toOlderSession(command: ConfigureCommand): Fields {
  const { asked, formats, transcription, instructions, modalities } = plan(command, "beta");
  return {
    modalities: modalities && (modalities.includes("audio") ? ["text", "audio"] : ["text"]),
    instructions,
    voice: asked.voice,
    speed: asked.speed,
    temperature: asked.temperature,
    tools: asked.tools,
    turn_detection: asked.detection,
    input_audio_transcription: transcription,
    input_audio_noise_reduction: asked.noiseReduction,
    input_audio_format: formats.input && older[formats.input],
    output_audio_format: formats.output && older[formats.output],
    max_response_output_tokens: asked.maxTokens,
    ...asked.rest,
  };
}

/** What is written: what is asked for, and where the provider described nothing else, the defaults. */
function plan(
  { session, first, whole = session, described, fixedInstructions }: ConfigureCommand,
  dialect: "ga" | "beta",
) {
  const asked = readSession(session);
  const all = readSession(whole);
  const fixed = readSession(fieldsOf(described));
  // A format that differs from the default was fixed by the secret: it stays, and is what is read and sent.
  const format = (mine: VoiceFormat | undefined, theirs: VoiceFormat | undefined): VoiceFormat | undefined =>
    !first ? undefined : (mine ?? (theirs === undefined || theirs === "pcm" ? "pcm" : undefined));
  const sound = !fixed.modalities || fixed.modalities.includes("audio");
  const speaks = asked.instructions !== undefined || asked.language !== undefined;
  return {
    asked,
    formats: { input: format(asked.input, fixed.input), output: format(asked.output, fixed.output) },
    modalities: asked.modalities ?? (first && sound ? ["audio"] : undefined),
    instructions: speaks ? withLanguage(all.instructions ?? (fixedInstructions || undefined), all.language) : undefined,
    transcription: transcriptionOf(asked, all, fixed, first, transcriber[dialect]),
  };
}

/** A language alone changes neither the model of the transcription nor that there is none. */
function transcriptionOf(asked: Neutral, all: Neutral, fixed: Neutral, first: boolean, model: string): unknown {
  if (all.transcription === null) return asked.transcription === null || first ? null : undefined;
  const changes = asked.transcription !== undefined || asked.language !== undefined;
  // A null that is described is every session's beginning, not a wish.
  if (!changes && (!first || isFields(fixed.transcription))) return undefined;
  return { model, ...fieldsOf(fixed.transcription), language: all.language, ...fieldsOf(all.transcription) };
}
