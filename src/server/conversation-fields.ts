/** Durations and switches of a conversation; sent as they are, names as Tavus spells them. */
export interface ConversationProperties {
  /** Seconds after which the call ends in any case. Tavus' default and most: 3600. */
  max_call_duration?: number;
  /** Seconds from the last participant's leaving to the end. Tavus' default: 0. */
  participant_left_timeout?: number;
  /** Seconds that the call waits for its first participant; also how long a private room's token lasts. Tavus' default: 300. */
  participant_absent_timeout?: number;
  /** A private room, as the option `requireAuth`; both places are documented [certain]. */
  require_auth?: boolean;
  /** Any other property that Tavus documents. */
  [name: string]: unknown;
}

/** Fields of `POST /conversations` beside those that have an option; sent as they are, names as Tavus spells them [certain]. */
export interface ConversationFields {
  /** People and the replica together; 2 or more. */
  max_participants?: number;
  /** Where Tavus posts what happens. */
  callback_url?: string;
  /** What the persona's language model is told; an echo persona has none. */
  conversational_context?: string;
  /** What the replica says by itself first. */
  custom_greeting?: string;
  /** The language model makes a greeting. */
  enable_dynamic_greeting?: boolean;
  /** No video. */
  audio_only?: boolean;
  /** Names of what is remembered between conversations. */
  memory_stores?: readonly string[];
  /** Documents of the knowledge base. */
  document_ids?: readonly string[];
  /** Documents by their tags. */
  document_tags?: readonly string[];
  /** "speed", "balanced" or "quality". */
  document_retrieval_strategy?: "speed" | "balanced" | "quality" | (string & {});
  /** Any other field that Tavus documents. */
  [name: string]: unknown;
}

/** Options of `createEchoConversation`, and the fields that they become. */
export const conversationNames = {
  replicaId: "replica_id",
  personaId: "persona_id",
  faceId: "face_id",
  palId: "pal_id",
  name: "conversation_name",
  requireAuth: "require_auth",
  testMode: "test_mode",
  customGreeting: "custom_greeting",
  properties: "properties",
  maxParticipants: "max_participants",
  callbackUrl: "callback_url",
  conversationalContext: "conversational_context",
  audioOnly: "audio_only",
  memoryStores: "memory_stores",
  documentIds: "document_ids",
  documentTags: "document_tags",
  documentRetrievalStrategy: "document_retrieval_strategy",
  enableDynamicGreeting: "enable_dynamic_greeting",
} as const;
