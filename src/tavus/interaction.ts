/**
 * Messages from the client to Tavus. Facts of the wire: Tavus' OpenAPI document and interaction pages (docs.tavus.io,
 * 2026), marked [certain], [likely] or [unknown] where the code had to choose.
 */

/** Whom and what a message is about. `inferenceId` [certain]: one per utterance; without it the server makes one per message. */
export interface Address {
  /** The conversation's id; left out of the message while it is not known. */
  conversationId: string | undefined;
  /** The utterance's id. */
  inferenceId: string;
}

/** A message of Tavus' protocol, ready for `JSON.stringify`. */
export interface Message {
  message_type: "conversation";
  event_type: string;
  conversation_id?: string;
  properties?: object;
}

/**
 * What `replica.send()` takes: every interaction that is not audio, text echo or interrupt. `conversation.realtime_api`
 * is left out on purpose: Tavus no longer supports it [certain].
 */
export type Interaction =
  | { event_type: "conversation.respond"; properties: { text: string } }
  | { event_type: "conversation.append_llm_context"; properties: { context: string; job_status?: "completed" } }
  | { event_type: "conversation.overwrite_llm_context"; properties: { context: string } }
  | { event_type: "conversation.sensitivity"; properties: Record<string, string> }
  | {
      event_type: "conversation.tool_result";
      properties: { tool_call_id: string; output: unknown; status?: string };
    };

function message(eventType: string, conversationId: string | undefined, properties?: object): Message {
  return {
    message_type: "conversation",
    event_type: eventType,
    ...(conversationId !== undefined && { conversation_id: conversationId }),
    ...(properties && { properties }),
  };
}

/**
 * Audio for the replica to say. `audio`: base64 of s16le mono; `sampleRate` always goes along, the server would assume
 * 16000 without it [certain]; `done` is a boolean, true on the last message of the utterance "or audio may be cut off" [certain].
 */
export function audioEcho(address: Address, sampleRate: number, audio: string, done: boolean): Message {
  return message("conversation.echo", address.conversationId, {
    modality: "audio",
    audio,
    sample_rate: sampleRate,
    inference_id: address.inferenceId,
    done,
  });
}

/** Text for the persona's own voice to say; several pieces under one id are said in a row [likely]. */
export function textEcho(address: Address, text: string, done: boolean): Message {
  return message("conversation.echo", address.conversationId, {
    modality: "text",
    text,
    inference_id: address.inferenceId,
    done,
  });
}

/** Stops the replica. It has no `properties` key [certain]. */
export const interruption = (conversationId: string | undefined): Message =>
  message("conversation.interrupt", conversationId);

/** Fills in the envelope around an {@link Interaction}. */
export const interactionMessage = (conversationId: string | undefined, interaction: Interaction): Message =>
  message(interaction.event_type, conversationId, interaction.properties);

/** The event types that {@link Interaction} allows, for callers without types. */
export const interactionTypes: ReadonlySet<string> = new Set<Interaction["event_type"]>([
  "conversation.respond",
  "conversation.append_llm_context",
  "conversation.overwrite_llm_context",
  "conversation.sensitivity",
  "conversation.tool_result",
]);
