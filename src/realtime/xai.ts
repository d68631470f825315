import { defined, type Fields, fieldsOf, isFields, jsonOf, merge, present, snakeCase, textOf } from "./fields.js";
import { withLanguage } from "./language.js";
import { buildOpenai } from "./openai.js";
import { parseOpenai } from "./openai-events.js";
import { openaiEnd } from "./openai-faults.js";
import { detectionOf } from "./openai-session.js";
import type { VoiceConnection, VoiceProtocol } from "./protocol.js";
import type { ConfigureCommand, VoiceCommand } from "./voice-command.js";
import type { VoiceEvent } from "./voice-event.js";
import {
  type VoiceFormat,
  type VoiceFormats,
  type VoiceSession,
  type WireFormat,
  wireFormat,
} from "./voice-session.js";

// Written from the public reference of xAI's voice agent, autumn 2026, and never run against the service. Certain: the
// address, the subprotocol, OpenAI's event names, voice and turn_detection at the top level, the formats. Likely: the
// longest session, resumption, the hint of language, the binary transport's frames.

/** An alias of the newest model. */
const defaultModel = "grok-voice-latest";

/**
 * xAI's voice agent (Grok). Its secrets fix no session, so that the app's holds. Beside the common settings:
 * `resumption: { enabled: true }` goes on with the service's own memory after a lost connection, and
 * `audio: { input: { transport: "binary" }, output: { transport: "binary" } }` saves base64.
 */
export function xaiVoice(): VoiceProtocol {
  return {
    name: "xAI Voice",
    defaultUrl: "wss://api.x.ai/v1/realtime",
    dialect: "xai",
    // Its secrets fix no session that would have to be read first.
    clientSpeaksFirst: true,
    sessionSeconds: 7200,
    connect(base, session, secret, state) {
      const url = new URL(base);
      if (!url.searchParams.has("model")) url.searchParams.set("model", session.model ?? defaultModel);
      if (state?.resumes && state.handle) url.searchParams.set("conversation_id", state.handle);
      return { url: url.href, protocols: [`xai-client-secret.${secret}`] };
    },
    connection: (session, previous) => new XaiConnection(session, previous),
    parse: parseXai,
    build: buildXai,
    formats,
    interruptsItself: (session) => detectionOf(session).interrupts,
    answersItself: (session) => detectionOf(session).answers,
    detectsTurns: (session) => detectionOf(session).detects,
    // Account keys begin so, and so do its secrets, which say what they are [likely].
    isAccountKey: (secret) => secret.startsWith("xai-") && !secret.includes("client-secret"),
    unsupported: (session) => Object.keys(session).filter((name) => name === "temperature"),
    closed: openaiEnd,
  };
}

/** Binary frames name no response: they are of the one in the making. */
class XaiConnection implements VoiceConnection {
  readonly resumes: boolean;
  readonly #binaryInput: boolean;
  #conversationId: string | undefined;
  #responseId = "";
  #itemId = "";

  constructor(session: VoiceSession, previous: VoiceConnection | undefined) {
    const { enabled } = fieldsOf(session.resumption);
    this.#conversationId = previous?.handle;
    this.resumes = enabled === true && this.#conversationId !== undefined;
    this.#binaryInput = fieldsOf(fieldsOf(session.audio).input).transport === "binary";
  }

  get handle(): string | undefined {
    return this.#conversationId;
  }

  parse(frame: unknown): readonly VoiceEvent[] {
    const event = jsonOf(frame);
    if (!event && frame instanceof Uint8Array) {
      const place = { responseId: this.#responseId, itemId: this.#itemId, contentIndex: 0 };
      return [{ type: "audio", ...place, bytes: frame }];
    }
    if (event?.type === "conversation.created")
      this.#conversationId = textOf(fieldsOf(event.conversation).id) || this.#conversationId;
    const events = parseXai(event ?? frame);
    for (const made of events) {
      if (made.type === "responseStarted") this.#responseId = made.responseId;
      if (made.type === "itemStarted") this.#itemId = made.itemId;
    }
    return events;
  }

  build(command: VoiceCommand, dialect: string): object | readonly object[] | undefined {
    return command.type === "audio" && this.#binaryInput ? command.bytes : buildXai(command, dialect);
  }
}

function parseXai(frame: unknown): readonly VoiceEvent[] {
  const event = jsonOf(frame);
  // What the caller said so far: each replaces the one before [certain].
  if (event?.type === "conversation.item.input_audio_transcription.updated") {
    const place = { role: "user", itemId: textOf(event.item_id) } as const;
    return [{ type: "transcript", ...place, text: textOf(event.transcript), final: false, whole: true }];
  }
  return parseOpenai(event ?? frame).map((made) =>
    made.type === "session" ? { ...made, dialect: "xai", formats: described(fieldsOf(made.described)) } : made,
  );
}

function buildXai(command: VoiceCommand, _dialect: string): object | readonly object[] | undefined {
  if (command.type === "configure") return { type: "session.update", session: toXaiSession(command) };
  return buildOpenai(command, "ga");
}

/** The session, with its voice and its turn detection at the top level. Nothing that is not asked for is written, but the formats. */
function toXaiSession({ session, whole = session, first, described: told }: ConfigureCommand): Fields {
  const { instructions, voice, language, turnDetection, transcription, tools, speed, audio, ...others } = session;
  const { temperature: _temperature, model: _model, inputFormat, outputFormat, ...rest } = others;
  const detection = turnDetection === undefined ? rest.turn_detection : turnDetection;
  const speaks = instructions !== undefined || language !== undefined;
  const fixed = described(fieldsOf(told));
  const asked = askedFormats(session);
  const format = (name: "input" | "output"): Fields | undefined =>
    first ? onWire(asked[name] ?? fixed[name] ?? wireFormat("pcm")) : undefined;
  const hint = language === undefined ? undefined : { language_hint: language };
  const ours = {
    input: {
      format: format("input"),
      transcription:
        transcription === null ? undefined : { ...hint, ...(transcription && snakeCase(fieldsOf(transcription))) },
    },
    output: { format: format("output"), speed },
  };
  const audioFields = merge(defined(ours), fieldsOf(audio));
  return present({
    ...rest,
    voice,
    instructions: speaks ? withLanguage(whole.instructions, whole.language) : undefined,
    turn_detection: isFields(detection) ? snakeCase(detection) : detection,
    tools: tools?.map((tool) => ({ type: "function", ...tool })),
    audio: Object.keys(audioFields).length > 0 ? audioFields : undefined,
  });
}

function formats(session: VoiceSession): VoiceFormats<WireFormat> {
  const { input, output } = askedFormats(session);
  return { input: wireFormat(input ?? "pcm"), output: wireFormat(output ?? "pcm") };
}

function askedFormats(session: VoiceSession): Partial<VoiceFormats<VoiceFormat | WireFormat>> {
  const { input, output } = described(session);
  return { input: session.inputFormat ?? input, output: session.outputFormat ?? output } as Partial<VoiceFormats>;
}

/** The formats that a session in xAI's own words names. */
function described(session: Fields): Partial<VoiceFormats<WireFormat>> {
  const { input, output } = fieldsOf(session.audio);
  const [into, out] = [input, output].map((part) => ofWire(fieldsOf(fieldsOf(part).format)));
  return { ...(into && { input: into }), ...(out && { output: out }) };
}

function ofWire({ type, rate }: Fields): WireFormat | undefined {
  if (type === "audio/pcm") return { encoding: "s16le", sampleRate: Number.isInteger(rate) ? Number(rate) : 24_000 };
  return type === "audio/pcmu" ? wireFormat("mulaw") : type === "audio/pcma" ? wireFormat("alaw") : undefined;
}

function onWire(format: VoiceFormat | WireFormat): Fields {
  const { encoding, sampleRate } = wireFormat(format);
  if (encoding === "s16le") return { type: "audio/pcm", rate: sampleRate };
  return { type: encoding === "mulaw" ? "audio/pcmu" : "audio/pcma" };
}
