import { toBase64 } from "../tavus/base64.js";
import { defined, type Fields, fieldsOf, isFields, merge, present } from "./fields.js";
import { GeminiTurns } from "./gemini-turns.js";
import { withLanguage } from "./language.js";
import { sayTask } from "./openai.js";
import type { VoiceConnection, VoiceEnd, VoiceProtocol } from "./protocol.js";
import type { RealtimeErrorCode } from "./realtime-error.js";
import type { ConfigureCommand, VoiceCommand } from "./voice-command.js";
import type { VoiceEvent } from "./voice-event.js";
import type { VoiceFormats, VoiceSession, VoiceTool, WireFormat } from "./voice-session.js";

// Written from the public reference of the Gemini Live API and the types of `@google/genai` 2.32, autumn 2026, and never run
// against the service. Certain: addresses, `setup` and `setupComplete`, JSON in binary frames, the messages' fields.
// Likely: which close codes come with which trouble.

/** The model when the session names none [likely to change]. */
const defaultModel = "gemini-2.5-flash-native-audio-preview-12-2025";
const constrained =
  "wss://generativelanguage.googleapis.com/ws/google.ai.generativelanguage.v1alpha.GenerativeService.BidiGenerateContentConstrained";
/** For an account's key, on a server: ephemeral tokens go to the other. */
const unconstrained =
  "wss://generativelanguage.googleapis.com/ws/google.ai.generativelanguage.v1beta.GenerativeService.BidiGenerateContent";
const formats: VoiceFormats<WireFormat> = {
  input: { encoding: "s16le", sampleRate: 16_000 },
  output: { encoding: "s16le", sampleRate: 24_000 },
};
const mimeType = "audio/pcm;rate=16000";

/**
 * Google's Gemini Live API. The secret is the name of an ephemeral token (`auth_tokens/…`). What was not heard cannot be
 * told: the service takes it that audio is played as it is made. A connection of about ten minutes is replaced in a pause,
 * and goes on with the service's own memory.
 */
export function geminiLive(): VoiceProtocol {
  return {
    name: "Gemini Live",
    defaultUrl: constrained,
    dialect: "gemini",
    clientSpeaksFirst: true,
    connect(base, _session, secret) {
      const token = secret.startsWith("auth_tokens/");
      const url = new URL(base === constrained && !token ? unconstrained : base);
      url.searchParams.set(token ? "access_token" : "key", secret);
      return { url: url.href, protocols: [] };
    },
    connection: (session, previous) => new GeminiConnection(session, previous),
    parse: (frame) => new GeminiTurns().parse(frame),
    build: (command) => new GeminiConnection({}, undefined).build(command),
    formats: () => formats,
    interruptsItself: interrupts,
    answersItself: () => true,
    detectsTurns: ({ turnDetection }) => turnDetection !== null,
    isAccountKey: (secret) => secret.startsWith("AIza"),
    unsupported(session, _dialect, first) {
      const names = Object.keys(session);
      if (!first) return names;
      const other = (name: string): boolean => name.endsWith("Format") && session[name] !== "pcm";
      return names.filter((name) => name === "speed" || other(name));
    },
    closed: ended,
  };
}

const interrupts = ({ turnDetection, realtimeInputConfig }: VoiceSession): boolean => {
  const { interruptResponse, interrupt_response: other } = fieldsOf(turnDetection);
  const { activityHandling } = fieldsOf(realtimeInputConfig);
  return interruptResponse !== false && other !== false && activityHandling !== "NO_INTERRUPTION";
};

/** What the end of a connection means; words beside the code are all there is to go by. */
function ended(code: number, reason: string): VoiceEnd {
  const is = (fault: RealtimeErrorCode, again: boolean): VoiceEnd => ({
    fault: { code: fault, message: `closed with ${code}${reason && `: ${reason}`}` },
    again,
  });
  if (/api.?key|token|credential|unauthenticated|permission/i.test(reason)) return is("unauthorized", false);
  if (/quota|resource.?exhausted|billing/i.test(reason)) return is("quota-exceeded", false);
  if (/deadline|duration|go.?away|session.*(expired|ended|time)/i.test(reason)) return is("session-expired", true);
  return is("connection-lost", true);
}

/** One connection: its turns, the handle to go on with, and whether the caller's button is down. */
class GeminiConnection implements VoiceConnection {
  readonly resumes: boolean;
  readonly #turns = new GeminiTurns();
  /** Where the provider detects no turns, the client marks them, and nothing is sent between. */
  readonly #marks: boolean;
  #marked = false;
  #handle: string | undefined;
  #leaving = false;

  constructor(session: VoiceSession, previous: VoiceConnection | undefined) {
    this.#handle = previous?.handle;
    this.resumes = this.#handle !== undefined;
    this.#marks = session.turnDetection === null;
  }

  get handle(): string | undefined {
    return this.#handle;
  }

  parse(frame: unknown): readonly VoiceEvent[] {
    const events = this.#turns.parse(frame);
    this.#handle = this.#turns.handle ?? this.#handle;
    this.#leaving ||= events.some(({ type }) => type === "ending");
    return events;
  }

  build(command: VoiceCommand): object | readonly object[] | undefined {
    switch (command.type) {
      case "configure":
        return command.first ? { setup: this.#setup(command) } : [];
      case "audio":
        if (this.#marks && !this.#marked) return [];
        return { realtimeInput: { audio: { data: toBase64(command.bytes), mimeType } } };
      case "clear":
        return this.#mark(true);
      case "commit":
        return this.#marks ? this.#mark(false) : { realtimeInput: { audioStreamEnd: true } };
      case "respond":
        if (command.say !== undefined) return content("user", sayTask(command.say), true);
        return command.requested ? [] : { clientContent: { turnComplete: true } };
      case "text":
        return content("user", command.text, command.respond);
      case "context":
        return content("user", `For your information, not said by the caller: ${command.text}`, false);
      case "remember":
        return content(command.role === "user" ? "user" : "model", command.text, false);
      case "toolResult": {
        const { callId: id, name, output, failed } = command;
        const response = { [failed ? "error" : "output"]: resultOf(output) };
        return { toolResponse: { functionResponses: [{ id, name, response }] } };
      }
      case "cancel":
        // What is generated is dropped here.
        return [];
      case "heard":
      case "keepAlive":
        return undefined;
      default:
        return command satisfies never;
    }
  }

  closed(code: number, reason: string): VoiceEnd {
    const end = ended(code, reason);
    if (!this.#leaving || end.fault.code !== "connection-lost") return end;
    return { ...end, fault: { ...end.fault, code: "session-expired" } };
  }

  #mark(begins: boolean): object | undefined {
    if (!this.#marks || (!begins && !this.#marked)) return undefined;
    this.#marked = begins;
    return { realtimeInput: begins ? { activityStart: {} } : { activityEnd: {} } };
  }

  #setup({ session, whole = session }: ConfigureCommand): Fields {
    const { instructions, voice, language, temperature, model = defaultModel, turnDetection, ...others } = session;
    const { transcription, tools, speed: _speed, inputFormat: _in, outputFormat: _out, ...rest } = others;
    const spoken = withLanguage(instructions, language ?? whole.language);
    const detection = turnDetection === null ? { disabled: true } : detectionOf(turnDetection);
    const ours = {
      generationConfig: {
        responseModalities: ["AUDIO"],
        temperature,
        speechConfig: voice && { voiceConfig: { prebuiltVoiceConfig: { voiceName: voice } } },
      },
      systemInstruction: spoken === undefined ? undefined : { parts: [{ text: spoken }] },
      tools: tools && [{ functionDeclarations: tools.map(declaration) }],
      realtimeInputConfig: {
        automaticActivityDetection: detection,
        activityHandling: interrupts(session) ? undefined : "NO_INTERRUPTION",
      },
    };
    // Empty objects switch these on.
    const on = {
      model: model.includes("/") ? model : `models/${model}`,
      ...(transcription !== null && { inputAudioTranscription: { ...transcription } }),
      outputAudioTranscription: {},
      sessionResumption: { ...(this.#handle !== undefined && { handle: this.#handle }) },
    };
    return merge({ ...on, ...defined(ours) }, rest);
  }
}

/** The service's own settings of turn detection, without those that it has elsewhere. */
function detectionOf(turnDetection: object | undefined): Fields | undefined {
  const own = Object.entries(fieldsOf(turnDetection)).filter(([name]) => !/^(type|interrupt|create)/.test(name));
  return Object.fromEntries(own);
}

const content = (role: "user" | "model", text: string, turnComplete: boolean): object => ({
  clientContent: { turns: [{ role, parts: [{ text }] }], turnComplete },
});

const declaration = (tool: VoiceTool): Fields => {
  const { type: _type, parameters, ...rest } = tool as VoiceTool & Fields;
  return present({ ...rest, parametersJsonSchema: parameters });
};

/** A result that is JSON goes as JSON, any other as text. */
function resultOf(output: string): unknown {
  try {
    const value: unknown = JSON.parse(output);
    return isFields(value) || Array.isArray(value) ? value : output;
  } catch {
    // It is text.
    return output;
  }
}
