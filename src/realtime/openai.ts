import { toBase64 } from "../tavus/base64.js";
import { fromBase64 } from "./from-base64.js";
import { formatsOf, interruptsItself, toOlderSession, toSession, unsupportedIn } from "./openai-session.js";
import type { ResponseStatus, VoiceEvent, VoiceFault, VoiceProtocol, VoiceToolCall } from "./protocol.js";
import type { RealtimeErrorCode } from "./realtime-error.js";

// Facts: the types and comments of the `openai` package, 7.55 (resources/realtime), and of its WebSocket client for
// browsers; names of the older, beta interface as compatible servers still send them.

/** The model when the session names none: the one that OpenAI's guides use [likely to change]. */
const defaultModel = "gpt-realtime-2.1";

/**
 * OpenAI's Realtime protocol over a WebSocket, as of its general availability, and of the servers that are compatible
 * with it. The older event names are understood as well; which session shape to write is learnt from `session.created`.
 * `beta` asks for the older interface in the handshake.
 */
export function openaiRealtime({ beta = false }: { beta?: boolean } = {}): VoiceProtocol {
  return {
    name: "OpenAI Realtime",
    defaultUrl: "wss://api.openai.com/v1/realtime",
    dialect: beta ? "beta" : "ga",
    connect(base, session, secret) {
      const url = new URL(base);
      // OpenAI wants the model in the address; it does no harm where the secret has fixed it already.
      if (!url.searchParams.has("model")) url.searchParams.set("model", session.model ?? defaultModel);
      // A page cannot set headers on a WebSocket: the secret travels as a subprotocol, as OpenAI's own client does it.
      const protocols = ["realtime", `openai-insecure-api-key.${secret}`];
      return { url: url.href, protocols: beta ? [...protocols, "openai-beta.realtime-v1"] : protocols };
    },
    parse,
    build(command, dialect) {
      switch (command.type) {
        case "configure": {
          const write = dialect === "beta" ? toOlderSession : toSession;
          return { type: "session.update", session: write(command.session, command.first) };
        }
        case "audio":
          return { type: "input_audio_buffer.append", audio: toBase64(command.bytes) };
        case "commit":
          return { type: "input_audio_buffer.commit" };
        case "clear":
          return { type: "input_audio_buffer.clear" };
        case "respond":
          return { type: "response.create", event_id: command.id, ...(command.say !== undefined && speak(command)) };
        case "cancel":
          return { type: "response.cancel", event_id: command.id, response_id: command.responseId };
        case "truncate":
          return {
            type: "conversation.item.truncate",
            item_id: command.itemId,
            content_index: command.contentIndex,
            audio_end_ms: command.audioEndMs,
          };
        case "toolResult": {
          const item = { type: "function_call_output", call_id: command.callId, output: command.output };
          return { type: "conversation.item.create", item };
        }
        case "remember": {
          const { role, text } = command;
          // An assistant's item is "text" in the older interface, "output_text" now.
          const kind = role === "user" ? "input_text" : dialect === "beta" ? "text" : "output_text";
          const item = {
            type: "message",
            role: role === "user" ? "user" : "assistant",
            content: [{ type: kind, text }],
          };
          return { type: "conversation.item.create", item };
        }
        default:
          return command satisfies never;
      }
    },
    formats: formatsOf,
    interruptsItself,
    unsupported: (session, dialect) => (dialect === "beta" ? [] : unsupportedIn(session)),
    closed(code, reason) {
      // 1001 "Your session hit the maximum duration of 60 minutes." has been seen [likely].
      if (/maximum duration|session_expired/i.test(reason)) return again(reason, "session-expired");
      // 3000 comes with refused secrets [likely]; 1008 is the standard's code for a breach of policy.
      if (code === 3000 || code === 1008 || /invalid_api_key|unauthorized/i.test(reason))
        return { fault: { code: "unauthorized", message: reason || `closed with ${code}` }, again: false };
      return again(`closed with ${code}${reason && `: ${reason}`}`, "connection-lost");
    },
  };
}

const again = (message: string, code: RealtimeErrorCode) => ({ fault: { code, message }, again: true });

/** The instructions of a response replace the session's, so those are repeated. Tools would let the model do something else first. */
function speak({ say, instructions }: { say?: string | undefined; instructions?: string | undefined }) {
  const task = `Say the following to the caller now, word for word, and nothing else:\n${say}`;
  return { response: { instructions: instructions ? `${instructions}\n\n${task}` : task, tool_choice: "none" } };
}

type Fields = { readonly [name: string]: unknown };
const fieldsOf = (value: unknown): Fields => (typeof value === "object" && value !== null ? (value as Fields) : {});
const textOf = (value: unknown): string => (typeof value === "string" ? value : "");
const count = (value: unknown): number => (Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : 0);

function parse(message: unknown): readonly VoiceEvent[] {
  let event: Fields;
  try {
    event = fieldsOf(typeof message === "string" ? JSON.parse(message) : message);
  } catch {
    return [{ type: "malformed", reason: "a message that is not JSON" }];
  }
  const responseId = textOf(event.response_id);
  const itemId = textOf(event.item_id);
  switch (event.type) {
    case "session.created":
    case "session.updated":
      return [sessionEvent(fieldsOf(event.session), event.type === "session.updated")];
    case "input_audio_buffer.speech_started":
      return [{ type: "speechStarted", itemId }];
    case "input_audio_buffer.speech_stopped":
      return [{ type: "speechStopped" }];
    case "response.created":
      return [{ type: "responseStarted", responseId: textOf(fieldsOf(event.response).id) }];
    case "response.output_audio.delta":
    case "response.audio.delta": {
      const bytes = typeof event.delta === "string" ? fromBase64(event.delta) : undefined;
      if (!bytes) return [{ type: "malformed", reason: `${event.type} without base64 in delta` }];
      return [{ type: "audio", responseId, itemId, contentIndex: count(event.content_index), bytes }];
    }
    case "response.output_audio_transcript.delta":
    case "response.audio_transcript.delta":
      return [{ type: "transcript", role: "replica", itemId, text: textOf(event.delta), final: false }];
    case "response.output_audio_transcript.done":
    case "response.audio_transcript.done":
      return [{ type: "transcript", role: "replica", itemId, text: textOf(event.transcript), final: true }];
    case "conversation.item.input_audio_transcription.delta":
      return [{ type: "transcript", role: "user", itemId, text: textOf(event.delta), final: false }];
    case "conversation.item.input_audio_transcription.completed":
      return [{ type: "transcript", role: "user", itemId, text: textOf(event.transcript), final: true }];
    case "conversation.item.input_audio_transcription.failed": {
      const { message: words, code } = fieldsOf(event.error);
      const fault: VoiceFault = { code: "transcription-failed", message: textOf(words), providerCode: textOf(code) };
      return [{ type: "fault", fault, commandId: undefined, busy: false, benign: false }];
    }
    case "response.function_call_arguments.done":
    case "response.output_item.done": {
      const call = callOf(
        event.type === "response.output_item.done" ? event.item : { ...event, type: "function_call" },
      );
      return call ? [{ type: "toolCall", responseId, call }] : [];
    }
    case "response.done":
      return [doneEvent(fieldsOf(event.response))];
    case "rate_limits.updated":
      return [{ type: "limits", retryAfterSeconds: resetOf(event.rate_limits) }];
    case "error":
      return [faultEvent(fieldsOf(event.error))];
    default:
      return typeof event.type === "string" ? [] : [{ type: "malformed", reason: "a message without a type" }];
  }
}

function sessionEvent(session: Fields, updated: boolean): VoiceEvent {
  // Only the older interface has these two at the top.
  const older = "input_audio_format" in session || "modalities" in session;
  const detection = older ? session.turn_detection : fieldsOf(fieldsOf(session.audio).input).turn_detection;
  // Documented default: true. Without turn detection nothing of the caller's speech interrupts.
  const interruptsItself = detection !== null && fieldsOf(detection).interrupt_response !== false;
  const instructions = textOf(session.instructions);
  return { type: "session", updated, dialect: older ? "beta" : "ga", interruptsItself, instructions };
}

function doneEvent(response: Fields): VoiceEvent {
  const statuses: readonly ResponseStatus[] = ["completed", "cancelled", "failed", "incomplete"];
  const status = statuses.find((known) => known === response.status) ?? "completed";
  const details = fieldsOf(response.status_details);
  const error = fieldsOf(details.error);
  const output: readonly unknown[] = Array.isArray(response.output) ? response.output : [];
  const calls = output.map(callOf).filter((call) => call !== undefined);
  const words = textOf(error.message) || textOf(details.reason);
  const fault: VoiceFault | undefined =
    status === "failed"
      ? { ...faultOf(error, "response-failed"), message: words || "the response failed" }
      : status === "incomplete"
        ? { code: "response-incomplete", message: words || "the response is incomplete" }
        : undefined;
  return { type: "responseDone", responseId: textOf(response.id), status, calls, fault };
}

function callOf(value: unknown): VoiceToolCall | undefined {
  const { type, call_id: callId, name, arguments: text } = fieldsOf(value);
  // The older arguments.done lacks the name; the item that follows has it.
  if (type !== "function_call" || typeof callId !== "string" || typeof name !== "string") return undefined;
  return { callId, name, arguments: textOf(text) };
}

function resetOf(limits: unknown): number | undefined {
  const spent = (Array.isArray(limits) ? limits : []).map(fieldsOf).filter(({ remaining }) => remaining === 0);
  const seconds = spent.map(({ reset_seconds: reset }) => Number(reset)).filter(Number.isFinite);
  return seconds.length > 0 ? Math.max(...seconds) : undefined;
}

function faultEvent(error: Fields): VoiceEvent {
  const fault = faultOf(error, "provider-error");
  return {
    type: "fault",
    fault: { ...fault, message: textOf(error.message) || "an error without words" },
    commandId: textOf(error.event_id) || undefined,
    busy: fault.providerCode === "conversation_already_has_active_response",
    benign: fault.providerCode === "response_cancel_not_active",
  };
}

function faultOf(error: Fields, otherwise: RealtimeErrorCode): VoiceFault {
  const providerCode = textOf(error.code) || textOf(error.type);
  const codes: ReadonlyMap<string, RealtimeErrorCode> = new Map([
    ["session_expired", "session-expired"],
    ["rate_limit_exceeded", "rate-limited"],
    ["insufficient_quota", "quota-exceeded"],
    ["invalid_api_key", "unauthorized"],
  ]);
  return { code: codes.get(providerCode) ?? otherwise, providerCode, message: "" };
}
