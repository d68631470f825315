import type {
  ConversationItemCreateEvent,
  ConversationItemDeleteEvent,
  ConversationItemRetrieveEvent,
  ConversationItemTruncateEvent,
  InputAudioBufferAppendEvent,
  InputAudioBufferClearEvent,
  InputAudioBufferCommitEvent,
  OutputAudioBufferClearEvent,
  RealtimeClientEvent,
  RealtimeConversationItemAssistantMessage,
  RealtimeConversationItemFunctionCall,
  RealtimeConversationItemFunctionCallOutput,
  RealtimeConversationItemSystemMessage,
  RealtimeConversationItemUserMessage,
  RealtimeMcpApprovalResponse,
  RealtimeResponseCreateParams,
  ResponseCancelEvent,
  ResponseCreateEvent,
  SessionUpdateEvent,
} from "openai/resources/realtime/realtime";
import {
  anything,
  type Check,
  either,
  filled,
  flag,
  integer,
  list,
  literal,
  nullable,
  object,
  optional,
  record,
  text,
  variant,
} from "../shape.js";

const eventId = optional(filled);
const status = optional(literal("completed", "incomplete", "in_progress"));
const itemFields = { id: optional(filled), object: optional(literal("realtime.item")), status };

const message = variant("role", {
  user: object<RealtimeConversationItemUserMessage>({
    ...itemFields,
    type: literal("message"),
    role: literal("user"),
    content: list(
      object<RealtimeConversationItemUserMessage.Content>({
        type: literal("input_text", "input_audio", "input_image"),
        text: optional(text),
        audio: optional(text),
        transcript: optional(text),
        image_url: optional(text),
        detail: optional(literal("auto", "low", "high")),
      }),
    ),
  }),
  assistant: object<RealtimeConversationItemAssistantMessage>({
    ...itemFields,
    type: literal("message"),
    role: literal("assistant"),
    content: list(
      object<RealtimeConversationItemAssistantMessage.Content>({
        type: literal("output_text", "output_audio"),
        text: optional(text),
        audio: optional(text),
        transcript: optional(text),
      }),
    ),
  }),
  system: object<RealtimeConversationItemSystemMessage>({
    ...itemFields,
    type: literal("message"),
    role: literal("system"),
    content: list(
      object<RealtimeConversationItemSystemMessage.Content>({ type: literal("input_text"), text: optional(text) }),
    ),
  }),
});

const item = variant("type", {
  message,
  function_call: object<RealtimeConversationItemFunctionCall>({
    ...itemFields,
    type: literal("function_call"),
    name: filled,
    arguments: text,
    call_id: optional(filled),
  }),
  function_call_output: object<RealtimeConversationItemFunctionCallOutput>({
    ...itemFields,
    type: literal("function_call_output"),
    call_id: filled,
    output: text,
  }),
  mcp_approval_response: object<RealtimeMcpApprovalResponse>({
    type: literal("mcp_approval_response"),
    id: filled,
    approval_request_id: filled,
    approve: flag,
    reason: optional(nullable(text)),
  }),
});

/** What a response may be asked to be. */
const responseParams = object<RealtimeResponseCreateParams>({
  audio: optional(record),
  conversation: optional(literal("auto", "none")),
  input: optional(list(item)),
  instructions: optional(text),
  max_output_tokens: optional(either(integer(1, 4096), literal("inf"))),
  metadata: optional(nullable(record)),
  output_modalities: optional(list(literal("text", "audio"), 1)),
  parallel_tool_calls: optional(flag),
  prompt: optional(nullable(record)),
  reasoning: optional(record),
  tool_choice: optional(anything),
  tools: optional(list(record)),
});

/** The client events of OpenAI's GA interface, all of them; the session has its own check, which depends on the service. */
export function clientEvents(session: Check): Readonly<Record<RealtimeClientEvent["type"], Check>> {
  return {
    "session.update": object<SessionUpdateEvent>({ type: text, event_id: eventId, session }),
    "input_audio_buffer.append": object<InputAudioBufferAppendEvent>({ type: text, event_id: eventId, audio: text }),
    "input_audio_buffer.commit": object<InputAudioBufferCommitEvent>({ type: text, event_id: eventId }),
    "input_audio_buffer.clear": object<InputAudioBufferClearEvent>({ type: text, event_id: eventId }),
    "output_audio_buffer.clear": object<OutputAudioBufferClearEvent>({ type: text, event_id: eventId }),
    "conversation.item.create": object<ConversationItemCreateEvent>({
      type: text,
      event_id: eventId,
      previous_item_id: optional(filled),
      item,
    }),
    "conversation.item.delete": object<ConversationItemDeleteEvent>({ type: text, event_id: eventId, item_id: filled }),
    "conversation.item.retrieve": object<ConversationItemRetrieveEvent>({
      type: text,
      event_id: eventId,
      item_id: filled,
    }),
    "conversation.item.truncate": object<ConversationItemTruncateEvent>({
      type: text,
      event_id: eventId,
      item_id: filled,
      content_index: integer(0),
      audio_end_ms: integer(0),
    }),
    "response.create": object<ResponseCreateEvent>({
      type: text,
      event_id: eventId,
      response: optional(responseParams),
    }),
    "response.cancel": object<ResponseCancelEvent>({ type: text, event_id: eventId, response_id: optional(filled) }),
  };
}
