import { type Fields, fieldsOf, jsonOf, listOf, textOf } from "./fields.js";
import { fromBase64 } from "./from-base64.js";
import { faultOf } from "./openai-faults.js";
import { detectionOf, readSession } from "./openai-session.js";
import type { ResponseStatus, SessionEvent, VoiceEvent, VoiceFault, VoiceToolCall } from "./voice-event.js";

// Facts: the types and comments of the `openai` package, 7.55 (resources/realtime); names of the older, beta interface as
// compatible servers still send them.

const count = (value: unknown): number => (Number.isSafeInteger(value) && Number(value) >= 0 ? Number(value) : 0);

/** What a message of OpenAI's Realtime protocol means, by its current or its older name. Total. */
export function parseOpenai(frame: unknown): readonly VoiceEvent[] {
  const event = jsonOf(frame);
  if (!event) return [{ type: "malformed", reason: "a message that is not a JSON object" }];
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
    case "response.output_item.added": {
      const item = fieldsOf(event.item);
      return item.type === "message" ? [{ type: "itemStarted", responseId, itemId: textOf(item.id) }] : [];
    }
    case "conversation.item.added":
    case "conversation.item.created": {
      const { call_id: callId } = fieldsOf(event.item);
      return typeof callId === "string" ? [{ type: "itemAdded", callId }] : [];
    }
    case "response.output_audio.delta":
    case "response.audio.delta": {
      const bytes = typeof event.delta === "string" ? fromBase64(event.delta) : undefined;
      if (!bytes) return [{ type: "malformed", reason: `${event.type} without base64 in delta` }];
      return [{ type: "audio", responseId, itemId, contentIndex: count(event.content_index), bytes }];
    }
    case "response.output_text.delta":
    case "response.text.delta":
      return [{ type: "text", responseId, itemId, text: textOf(event.delta), final: false }];
    case "response.output_text.done":
    case "response.text.done":
      return [{ type: "text", responseId, itemId, text: textOf(event.text), final: true }];
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
      const item = event.type === "response.output_item.done" ? event.item : { ...event, type: "function_call" };
      const call = callOf(item);
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

/** Longer than any session: a time further ahead is none of seconds. */
const longestSessionSeconds = 86_400;

function sessionEvent(session: Fields, updated: boolean): SessionEvent {
  // Only the older interface has these at the top.
  const older = "input_audio_format" in session || "modalities" in session;
  const { interrupts, answers, detects } = detectionOf(session);
  const { input, output } = readSession(session);
  const left = Number(session.expires_at) - Date.now() / 1000;
  return {
    type: "session",
    updated,
    dialect: older ? "beta" : "ga",
    interruptsItself: interrupts,
    answersItself: answers,
    detectsTurns: detects,
    instructions: textOf(session.instructions),
    described: session,
    formats: { ...(input && { input }), ...(output && { output }) },
    endsInSeconds: left > 0 && left < longestSessionSeconds ? left : undefined,
  };
}

function doneEvent(response: Fields): VoiceEvent {
  const statuses: readonly ResponseStatus[] = ["completed", "cancelled", "failed", "incomplete"];
  const status = statuses.find((known) => known === response.status) ?? "completed";
  const details = fieldsOf(response.status_details);
  const error = fieldsOf(details.error);
  const calls = listOf(response.output)
    .map(callOf)
    .filter((call) => call !== undefined);
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
  const spent = listOf(limits)
    .map(fieldsOf)
    .filter(({ remaining }) => remaining === 0);
  const seconds = spent.map(({ reset_seconds: reset }) => Number(reset)).filter(Number.isFinite);
  return seconds.length > 0 ? Math.max(...seconds) : undefined;
}

function faultEvent(error: Fields): VoiceEvent {
  const fault = faultOf(error, "provider-error");
  const named = textOf(error.param) || (/'([^']*)'/.exec(textOf(error.message))?.[1] ?? "");
  const option = /^session\.(\w+)$/.exec(named)?.[1];
  return {
    type: "fault",
    fault: { ...fault, message: textOf(error.message) || "an error without words" },
    commandId: textOf(error.event_id) || undefined,
    busy: fault.providerCode === "conversation_already_has_active_response",
    benign: fault.providerCode === "response_cancel_not_active",
    ...(fault.providerCode === "unknown_parameter" && option && { option }),
  };
}
