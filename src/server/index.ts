export type { RealtimeSecretOptions } from "./realtime-secret.js";
export { createRealtimeSecret } from "./realtime-secret.js";
export type { RequestSettings } from "./request.js";
export { ServiceError, type ServiceErrorCode, type ServiceErrorDetails } from "./service-error.js";
export {
  type ConversationProperties,
  type ConversationStatus,
  createEchoConversation,
  createEchoPersona,
  type EchoConversation,
  type EchoConversationOptions,
  endConversation,
  getConversation,
  type TavusAccount,
} from "./tavus.js";
