import { toBase64 } from "../tavus/base64.js";
import { defined, type Fields, fieldsOf, jsonOf, merge, textOf } from "./fields.js";
import { fromBase64 } from "./from-base64.js";
import { sayTask } from "./openai.js";
import type { VoiceConnection, VoiceEnd, VoiceProtocol } from "./protocol.js";
import type { RealtimeErrorCode } from "./realtime-error.js";
import type { VoiceCommand } from "./voice-command.js";
import type { VoiceEvent } from "./voice-event.js";
import { type VoiceFormats, type VoiceSession, type WireFormat, wireFormat } from "./voice-session.js";

// Written from the public reference of ElevenLabs' agents and the types of `@elevenlabs/types` 0.23 and
// `@elevenlabs/client` 1.25, autumn 2026, and never run against the service. Certain: the address, subprotocols and messages.
// Likely: which close codes come with which trouble.

const pcm16k: WireFormat = { encoding: "s16le", sampleRate: 16_000 };
/** What of our session is written as an override of the agent; its settings must allow each. */
const overrides: ReadonlySet<string> = new Set(["instructions", "voice", "language", "speed", "model"]);
/** Common settings that belong to the agent itself. */
const fixed = /^(temperature|turnDetection|transcription|tools|inputFormat|outputFormat)$/;

/**
 * An agent of ElevenLabs. The secret is a signed address (`wss://…`) or a token; the address of a public agent, with its
 * `agent_id`, is given in its place. Instructions, voice, language, greeting are overrides, which the agent's settings must
 * allow; tools are the agent's own client tools. The service says nothing of the end of an answer: its silence is.
 */
export function elevenLabsAgent(): VoiceProtocol {
  return {
    name: "ElevenLabs Agents",
    defaultUrl: "wss://api.elevenlabs.io/v1/convai/conversation",
    dialect: "elevenlabs",
    clientSpeaksFirst: true,
    greetingInSession: true,
    answerGapSeconds: 1,
    connect(base, session, secret) {
      const signed = /^wss?:/.test(secret);
      const url = new URL(signed ? secret : base);
      const agent = session.agentId ?? session.agent_id;
      if (!signed && typeof agent === "string" && !url.searchParams.has("agent_id"))
        url.searchParams.set("agent_id", agent);
      return { url: url.href, protocols: signed ? ["convai"] : ["convai", `bearer.${secret}`] };
    },
    connection: () => new AgentConnection(),
    parse: (frame) => new AgentConnection().parse(frame),
    build: buildAgent,
    formats: () => ({ input: pcm16k, output: pcm16k }),
    interruptsItself: () => true,
    isAccountKey: (secret) => secret.startsWith("sk_"),
    unsupported: (session, _dialect, first) => Object.keys(session).filter((name) => !first || fixed.test(name)),
    closed: ended,
  };
}

function ended(code: number, reason: string): VoiceEnd {
  const is = (fault: RealtimeErrorCode, again: boolean): VoiceEnd => ({
    fault: { code: fault, message: `closed with ${code}${reason && `: ${reason}`}` },
    again,
  });
  if (/max.*duration|duration.*exceeded/i.test(reason)) return is("session-expired", true);
  if (/quota|credit/i.test(reason)) return is("quota-exceeded", false);
  if (code === 1000) return is("session-ended", false);
  if (code === 3000 || code === 1008 || /auth|token|signature|signed/i.test(reason)) return is("unauthorized", false);
  return is("connection-lost", true);
}

/** Counts what has no id: an answer is the audio between two turns of the caller. */
class AgentConnection implements VoiceConnection {
  #answer = 0;
  #sounds = false;
  /** The item that audio belongs to: what the agent said last. */
  #item = 0;
  #written = false;
  #interruptedId = -1;
  /** Event id of an agent's words → our item. */
  readonly #items = new Map<number, string>();

  build = buildAgent;

  parse(frame: unknown): readonly VoiceEvent[] {
    const message = jsonOf(frame);
    if (!message) return [{ type: "malformed", reason: "a message that is not a JSON object" }];
    const { type, ...fields } = message;
    const event = fieldsOf(fields[eventNames.get(textOf(type)) ?? ""]);
    const id = Number(event.event_id ?? -1);
    switch (type) {
      case "conversation_initiation_metadata":
        return [sessionOf(event)];
      case "ping":
        return [{ type: "reply", frame: { type: "pong", event_id: event.event_id } }];
      case "audio":
        return this.#audio(id, event.audio_base_64);
      case "interruption":
        this.#interruptedId = Math.max(this.#interruptedId, id);
        this.#next();
        return [{ type: "interrupted" }];
      case "user_transcript": {
        if (this.#sounds) this.#next();
        const text = textOf(event.user_transcript);
        return [{ type: "transcript", role: "user", itemId: `caller_${this.#answer}`, text, final: true }];
      }
      case "tentative_user_transcript": {
        const text = textOf(event.user_transcript);
        const itemId = `caller_${this.#answer + (this.#sounds ? 1 : 0)}`;
        return [{ type: "transcript", role: "user", itemId, text, final: false, whole: true }];
      }
      case "agent_response":
        return this.#words(id, textOf(event.agent_response));
      case "agent_response_correction": {
        const itemId = this.#items.get(id) ?? this.#itemId;
        const text = textOf(event.corrected_agent_response);
        return [{ type: "transcript", role: "replica", itemId, text, final: true, heard: true }];
      }
      case "client_tool_call": {
        const { tool_name: name, tool_call_id: callId, parameters } = event;
        if (typeof name !== "string" || typeof callId !== "string")
          return [{ type: "malformed", reason: "a tool call without its name and id" }];
        const call = { callId, name, arguments: JSON.stringify(parameters ?? {}) };
        return [{ type: "toolCall", responseId: this.#answerId, call, now: true }];
      }
      case "error":
        return [faultOf(event)];
      default:
        return typeof type === "string" ? [] : [{ type: "malformed", reason: "a message without a type" }];
    }
  }

  get #answerId(): string {
    return `answer_${this.#answer}`;
  }

  get #itemId(): string {
    return `said_${this.#item}`;
  }

  #audio(id: number, data: unknown): VoiceEvent[] {
    // Of an answer that the caller has interrupted.
    if (id >= 0 && id <= this.#interruptedId) return [];
    const bytes = typeof data === "string" ? fromBase64(data) : undefined;
    if (!bytes) return [{ type: "malformed", reason: "audio without base64" }];
    const responseId = this.#answerId;
    const begins: VoiceEvent[] = this.#sounds ? [] : [{ type: "responseStarted", responseId }];
    this.#sounds = true;
    return [...begins, { type: "audio", responseId, itemId: this.#itemId, contentIndex: 0, bytes }];
  }

  /** Words of the agent. A second piece of one answer, after a tool for instance, is an item of its own. */
  #words(id: number, text: string): VoiceEvent[] {
    if (this.#written) this.#item += 1;
    this.#written = true;
    this.#items.set(id, this.#itemId);
    const [oldest] = this.#items.keys();
    if (this.#items.size > 64 && oldest !== undefined) this.#items.delete(oldest);
    return [{ type: "transcript", role: "replica", itemId: this.#itemId, text, final: true }];
  }

  #next(): void {
    this.#answer += 1;
    this.#item += 1;
    this.#sounds = this.#written = false;
  }
}

/** Where each message has its fields. */
const eventNames: ReadonlyMap<string, string> = new Map([
  ["conversation_initiation_metadata", "conversation_initiation_metadata_event"],
  ["ping", "ping_event"],
  ["audio", "audio_event"],
  ["interruption", "interruption_event"],
  ["user_transcript", "user_transcription_event"],
  ["tentative_user_transcript", "tentative_user_transcription_event"],
  ["agent_response", "agent_response_event"],
  ["agent_response_correction", "agent_response_correction_event"],
  ["client_tool_call", "client_tool_call"],
  ["error", "error_event"],
]);

function sessionOf(event: Fields): VoiceEvent {
  const input = formatOf(event.user_input_audio_format) ?? pcm16k;
  const output = formatOf(event.agent_output_audio_format) ?? pcm16k;
  const formats: VoiceFormats<WireFormat> = { input, output };
  const session = { type: "session", updated: true, dialect: "elevenlabs", instructions: "" } as const;
  return { ...session, interruptsItself: true, answersItself: true, detectsTurns: true, formats };
}

/** `pcm_16000`, `ulaw_8000`. */
function formatOf(name: unknown): WireFormat | undefined {
  const [, kind, rate] = /^(pcm|ulaw)_(\d+)$/.exec(textOf(name)) ?? [];
  if (kind === "ulaw") return wireFormat("mulaw");
  return kind === "pcm" ? { encoding: "s16le", sampleRate: Number(rate) } : undefined;
}

function faultOf({ code, message, reason, error_type }: Fields): VoiceEvent {
  const words = textOf(message) || textOf(reason) || "an error without words";
  const end = error_type === "max_duration_exceeded" ? "session-expired" : "provider-error";
  const fault = { code: end, providerCode: textOf(error_type) || String(code ?? ""), message: words } as const;
  return { type: "fault", fault, commandId: undefined, busy: false, benign: false };
}

function buildAgent(command: VoiceCommand): object | readonly object[] | undefined {
  switch (command.type) {
    case "configure":
      return command.first ? initiation(command.session, command.greeting) : [];
    case "audio":
      return { user_audio_chunk: toBase64(command.bytes) };
    case "text":
      return command.respond
        ? { type: "user_message", text: command.text }
        : update(`The caller wrote, and expects no answer: ${command.text}`);
    case "context":
      return update(command.text);
    case "remember":
      return update(`Before, ${command.role === "user" ? "the caller" : "you"} said: ${command.text}`);
    case "respond":
      if (command.say !== undefined) return { type: "user_message", text: sayTask(command.say) };
      return command.requested ? [] : undefined;
    case "toolResult": {
      const { callId, output: result, failed } = command;
      return { type: "client_tool_result", tool_call_id: callId, result, is_error: failed };
    }
    case "cancel":
      // What still arrives of the answer is dropped here.
      return [];
    case "commit":
    case "clear":
    case "heard":
    case "keepAlive":
      return undefined;
    default:
      return command satisfies never;
  }
}

const update = (text: string): object => ({ type: "contextual_update", text });

function initiation(session: VoiceSession, greeting: string | undefined): Fields {
  const { instructions, voice, language, speed, model } = session;
  const own = Object.entries(session).filter(
    ([name]) => !overrides.has(name) && !fixed.test(name) && !/^agent_?id$/i.test(name),
  );
  const ours = {
    conversation_config_override: {
      agent: { prompt: { prompt: instructions, llm: model }, first_message: greeting, language },
      tts: { voice_id: voice, speed },
    },
  };
  return merge({ type: "conversation_initiation_client_data", ...defined(ours) }, Object.fromEntries(own));
}
