import type { VoiceFormat, VoiceSession, VoiceTool } from "./protocol.js";

type Fields = Record<string, unknown>;

/** Formats by the name of each interface. G.711 is always at 8 kHz, PCM at 24 kHz: OpenAI has no other rates. */
const current = {
  pcm: { type: "audio/pcm", rate: 24_000 },
  mulaw: { type: "audio/pcmu" },
  alaw: { type: "audio/pcma" },
};
const older = { pcm: "pcm16", mulaw: "g711_ulaw", alaw: "g711_alaw" };

/** Model that writes down the caller's words. The older interface knew only the first of its kind. */
const transcriber = { ga: "gpt-transcribe", beta: "whisper-1" };

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** `over` laid on `base`, objects within objects included; arrays and null replace. */
export function merge(base: Fields, over: Fields): Fields {
  const merged = new Map(Object.entries(base));
  for (const [name, value] of Object.entries(over)) {
    const below = merged.get(name);
    if (value !== undefined) merged.set(name, isFields(below) && isFields(value) ? merge(below, value) : value);
  }
  return Object.fromEntries(merged);
}

/** The formats of a session, by our names or by the provider's, current or older. */
export function formatsOf(session: VoiceSession): { input: VoiceFormat; output: VoiceFormat } {
  const audio = isFields(session.audio) ? session.audio : {};
  const named = (format: unknown, flat: unknown): VoiceFormat | undefined => {
    const type = isFields(format) ? format.type : undefined;
    return (["pcm", "mulaw", "alaw"] as const).find((name) => type === current[name].type || flat === older[name]);
  };
  const part = (name: string): unknown => (isFields(audio[name]) ? audio[name].format : undefined);
  return {
    input: session.inputFormat ?? named(part("input"), session.input_audio_format) ?? "pcm",
    output: session.outputFormat ?? named(part("output"), session.output_audio_format) ?? "pcm",
  };
}

/** Turn detection as a session asks for it, by whichever name. */
function detectionOf({ turnDetection, turn_detection, audio }: VoiceSession): unknown {
  const input = isFields(audio) && isFields(audio.input) ? audio.input : {};
  return turnDetection ?? turn_detection ?? input.turn_detection;
}

/** Whether the provider is left to cancel its answer when the caller speaks: the documented default is yes. */
export function interruptsItself(session: VoiceSession): boolean {
  const detection = detectionOf(session);
  if (!isFields(detection)) return true;
  return detection.interrupt_response !== false && detection.interruptResponse !== false;
}

/** What the current interface has not. */
export function unsupportedIn(session: VoiceSession): readonly string[] {
  return session.temperature === undefined ? [] : ["temperature"];
}

/** The `session` of a `session.update`, current interface. Undefined fields vanish in JSON. */
export function toSession(session: VoiceSession, first: boolean): Fields {
  const { rest, formats, turnDetection, tools, transcription } = split(session, first, transcriber.ga);
  const { audio, ...others } = rest;
  const ours = {
    input: { format: formats.input && current[formats.input], turn_detection: turnDetection, transcription },
    output: { format: formats.output && current[formats.output], voice: session.voice, speed: session.speed },
  };
  return {
    type: "realtime",
    ...(first && { output_modalities: ["audio"] }),
    instructions: session.instructions,
    tools,
    ...others,
    audio: merge(defined(ours), isFields(audio) ? audio : {}),
  };
}

/** The `session` of a `session.update`, older interface. */
export function toOlderSession(session: VoiceSession, first: boolean): Fields {
  const { rest, formats, turnDetection, tools, transcription } = split(session, first, transcriber.beta);
  const { voice, speed, temperature, instructions } = session;
  return {
    ...(first && { modalities: ["text", "audio"] }),
    ...{ instructions, voice, speed, temperature, tools },
    turn_detection: turnDetection,
    input_audio_transcription: transcription,
    input_audio_format: formats.input && older[formats.input],
    output_audio_format: formats.output && older[formats.output],
    ...rest,
  };
}

/** Splits our own names from the provider's. Formats are written with the first message; later only what is asked to change is. */
function split(session: VoiceSession, first: boolean, transcriptionModel: string) {
  const { instructions, voice, language, temperature, speed, model, ...others } = session;
  const { turnDetection, transcription, tools, inputFormat, outputFormat, turn_detection, ...rest } = others;
  const detection = turnDetection === undefined ? turn_detection : turnDetection;
  const wanted = first || transcription != null || language !== undefined;
  return {
    rest,
    formats: first ? formatsOf(session) : { input: undefined, output: undefined },
    turnDetection: isFields(detection) ? snakeCase(detection) : detection,
    tools: tools?.map((tool: VoiceTool) => ({ type: "function", ...tool })),
    transcription:
      transcription === null ? null : wanted ? { model: transcriptionModel, language, ...transcription } : undefined,
  };
}

/** Drops undefined fields and the objects that are empty without them. */
function defined(fields: Fields): Fields {
  const kept = Object.entries(fields)
    .map(([name, value]) => [name, isFields(value) ? defined(value) : value] as const)
    .filter(([, value]) => value !== undefined && !(isFields(value) && Object.keys(value).length === 0));
  return Object.fromEntries(kept);
}

/** `silenceDurationMs` → `silence_duration_ms`. */
function snakeCase(fields: Fields): Fields {
  const entries = Object.entries(fields);
  return Object.fromEntries(
    entries.map(([name, value]) => [name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`), value]),
  );
}
