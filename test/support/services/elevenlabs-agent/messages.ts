import type {
  AgentResponse,
  AgentResponseCorrection,
  Audio,
  ClientToolCallMessage,
  ClientToolResult,
  ContextualUpdate,
  ConversationConfigOverride,
  ConversationConfigOverrideAgent,
  ConversationConfigOverrideAgentPrompt,
  ConversationConfigOverrideConversation,
  ConversationConfigOverrideTts,
  ConversationInitiation,
  ConversationMetadata,
  ErrorMessage,
  Interruption,
  McpToolApprovalResult,
  MultimodalMessage,
  Ping,
  Pong,
  TentativeUserTranscript,
  UserActivity,
  UserAudio,
  UserFeedback,
  UserMessage,
  UserTranscript,
} from "@elevenlabs/types";
import {
  type Check,
  filled,
  flag,
  integer,
  list,
  literal,
  nullable,
  number,
  object,
  optional,
  record,
  text,
} from "../shape.js";

/** Every message that the server sends. */
export type ServerMessage =
  | ConversationMetadata
  | Audio
  | AgentResponse
  | AgentResponseCorrection
  | UserTranscript
  | TentativeUserTranscript
  | Interruption
  | ClientToolCallMessage
  | Ping
  | ErrorMessage;

/** Every message of a client that has a type. */
export type ClientMessage =
  | Pong
  | UserMessage
  | UserActivity
  | UserFeedback
  | ClientToolResult
  | McpToolApprovalResult
  | ContextualUpdate
  | ConversationInitiation
  | MultimodalMessage;

const override = object<ConversationConfigOverride>({
  agent: optional(
    object<ConversationConfigOverrideAgent>({
      first_message: optional(text),
      language: optional(filled),
      prompt: optional(
        object<ConversationConfigOverrideAgentPrompt>({ prompt: optional(text), llm: optional(filled) }),
      ),
      native_mcp_server_ids: optional(list(filled)),
    }),
  ),
  asr: optional(record),
  tts: optional(
    object<ConversationConfigOverrideTts>({
      voice_id: optional(filled),
      stability: optional(number(0, 1)),
      speed: optional(number(0.7, 1.2)),
      similarity_boost: optional(number(0, 1)),
    }),
  ),
  conversation: optional(
    object<ConversationConfigOverrideConversation>({
      text_only: optional(flag),
      client_events: optional(list(filled)),
    }),
  ),
});

const type: Check = filled;

/** Audio of the caller: the one message without a type. */
export const userAudio = object<UserAudio>({ user_audio_chunk: text });

/** The client's messages by their type. */
export const clientMessages: Readonly<Record<ClientMessage["type"], Check>> = {
  conversation_initiation_client_data: object<ConversationInitiation>({
    type,
    conversation_config_override: optional(override),
    custom_llm_extra_body: optional(record),
    dynamic_variables: optional(record),
    user_id: optional(text),
    source_info: optional(record),
    tool_mock_config: optional(record),
  }),
  pong: object<Pong>({ type, event_id: integer(0) }),
  user_message: object<UserMessage>({ type, text: optional(text), rich_content_id: optional(text) }),
  user_activity: object<UserActivity>({ type }),
  feedback: object<UserFeedback>({ type, event_id: integer(0), score: nullable(literal("like", "dislike")) }),
  client_tool_result: object<ClientToolResult>({ type, tool_call_id: filled, result: text, is_error: flag }),
  mcp_tool_approval_result: object<McpToolApprovalResult>({ type, tool_call_id: filled, is_approved: flag }),
  contextual_update: object<ContextualUpdate>({ type, text, context_id: optional(text) }),
  multimodal_message: object<MultimodalMessage>({
    type,
    text: optional(record),
    file: optional(record),
    files: optional(list(record)),
  }),
};
