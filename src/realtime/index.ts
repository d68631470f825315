export type { Transcript } from "./conversation.js";
export { openaiRealtime } from "./openai.js";
export type * from "./protocol.js";
export { RealtimeError, type RealtimeErrorCode, type RealtimeErrorDetails } from "./realtime-error.js";
export { RealtimeVoice } from "./realtime-voice.js";
export type { ToolCall } from "./tool-calls.js";
export type { RealtimeVoiceEvents, RealtimeVoiceOptions, RealtimeVoiceState } from "./voice-options.js";
export type { VoiceReplica, VoiceTurn } from "./voice-replica.js";
