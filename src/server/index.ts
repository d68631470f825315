export type { TavusAccount } from "./account.js";
export {
  type ConversationStatus,
  type ConversationSummary,
  createEchoConversation,
  deleteConversation,
  type EchoConversation,
  type EchoConversationOptions,
  endConversation,
  getConversation,
  listConversations,
} from "./conversation.js";
export type { ConversationFields, ConversationProperties } from "./conversation-fields.js";
export {
  createEchoPal,
  createEchoPersona,
  type EchoPalOptions,
  type EchoPersonaOptions,
  type EchoPipeline,
  listPersonas,
  type PersonaSummary,
} from "./persona.js";
export type { RealtimeSecretOptions } from "./realtime-secret.js";
export { createRealtimeSecret } from "./realtime-secret.js";
export type { RequestSettings } from "./request.js";
export { ServiceError, type ServiceErrorCode, type ServiceErrorDetails } from "./service-error.js";
