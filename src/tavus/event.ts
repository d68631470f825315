import { type DocumentedEvent, documentedEvent, isId, isTavus } from "./documented-event.js";

/**
 * Messages from Tavus to the client. Field facts: docs.tavus.io and the type file of `@tavus/cvi-ui` 0.0.1. Two
 * generations of names are both sent for one fact, and a `pal` message is repeated as `replica` [certain]: both parse
 * to the same event here, and whoever consumes them folds the repetition.
 */
export type TavusEvent = Fact & {
  /** Rises over all events of a conversation; they may arrive out of order [certain]. */
  seq: number | undefined;
  /** May be missing [certain]. */
  conversationId: string | undefined;
};

/** What an event says, apart from the envelope. */
type Fact =
  | { type: "started"; inferenceId: string | undefined }
  | {
      type: "stopped";
      inferenceId: string | undefined;
      /** Seconds that the replica spoke; null or missing on the wire is undefined here. */
      durationSeconds: number | undefined;
      interrupted: boolean;
    }
  | {
      type: "utterance";
      inferenceId: string | undefined;
      role: "user" | "replica";
      text: string;
      final: boolean;
      interrupted: boolean;
      /** Unix time in seconds. */
      timestamp: number | undefined;
    }
  | { type: "shutdown"; reason: string };

function factOf(event: DocumentedEvent): Fact | undefined {
  const { inference_id: inferenceId, timestamp } = event;
  switch (event.event_type) {
    case "conversation.started_speaking":
      return event.properties.role === "replica" ? { type: "started", inferenceId } : undefined;
    case "conversation.stopped_speaking": {
      const { role, duration: durationSeconds, interrupted } = event.properties;
      return role === "replica" ? { type: "stopped", inferenceId, durationSeconds, interrupted } : undefined;
    }
    case "conversation.utterance": {
      const { role, speech: text, interrupted = false } = event.properties;
      return { type: "utterance", inferenceId, role, text, final: true, interrupted, timestamp };
    }
    case "conversation.utterance.streaming": {
      const { role, speech: text, final = false, is_interrupted: interrupted = false } = event.properties;
      return { type: "utterance", inferenceId, role, text, final, interrupted, timestamp };
    }
    case "system.shutdown":
      return { type: "shutdown", reason: event.properties.reason ?? "" };
    default:
      return undefined;
  }
}

/**
 * Reads an inbound message. Total: whatever the input, it returns an event or undefined and never throws. Unknown events
 * and unknown fields are passed over; a known field of a wrong type makes the whole message undefined.
 */
export function parse(message: unknown): TavusEvent | undefined {
  const event = documentedEvent(message);
  const fact = event && factOf(event);
  return fact && { seq: event.seq, conversationId: event.conversation_id, ...fact };
}

/** The conversation id of any inbound message that has one, known event or not. Total, like {@link parse}. */
export function conversationIdOf(message: unknown): string | undefined {
  try {
    return isTavus(message) && isId(message.conversation_id) ? message.conversation_id : undefined;
  } catch {
    return undefined;
  }
}
