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
  | { type: "utterance"; role: "user" | "replica"; text: string; final: boolean }
  | { type: "shutdown"; reason: string };

type Fields = Record<string, unknown>;

/** Thrown inside this file when a known field has a wrong type: the message is then no event at all. */
const malformed = Symbol("malformed");

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function optional<T>(value: unknown, accepts: (value: unknown) => value is T): T | undefined {
  if (value === undefined || value === null) return undefined;
  if (!accepts(value)) throw malformed;
  return value;
}

const isId = (value: unknown): value is string => typeof value === "string" && value.length > 0 && value.length <= 256;
const isText = (value: unknown): value is string => typeof value === "string";
const isFlag = (value: unknown): value is boolean => typeof value === "boolean";
const isCount = (value: unknown): value is number => Number.isSafeInteger(value);
const isSeconds = (value: unknown): value is number =>
  typeof value === "number" && Number.isFinite(value) && value >= 0;

/** `pal` is Tavus' coming name of the replica [certain]. */
function roleOf(value: unknown): "user" | "replica" {
  if (value === "user") return "user";
  if (value === "replica" || value === "pal") return "replica";
  throw malformed;
}

function factOf(message: Fields, properties: Fields): Fact | undefined {
  const inferenceId = optional(message.inference_id, isId);
  const stopped = (): Fact & { type: "stopped" } => ({
    type: "stopped",
    inferenceId,
    durationSeconds: optional(properties.duration, isSeconds),
    interrupted: optional(properties.interrupted, isFlag) ?? false,
  });
  switch (message.event_type) {
    case "conversation.replica.started_speaking":
      return { type: "started", inferenceId };
    case "conversation.started_speaking":
      return roleOf(properties.role) === "replica" ? { type: "started", inferenceId } : undefined;
    case "conversation.replica.stopped_speaking":
      return stopped();
    case "conversation.stopped_speaking":
      return roleOf(properties.role) === "replica" ? stopped() : undefined;
    // Removed in March 2026; older deployments may still send it [likely].
    case "conversation.replica_interrupted":
      return { ...stopped(), interrupted: true };
    case "conversation.utterance":
    case "conversation.utterance.streaming": {
      const text = optional(properties.speech, isText);
      if (text === undefined) return undefined;
      const whole = message.event_type === "conversation.utterance";
      const final = whole || (optional(properties.final, isFlag) ?? false);
      return { type: "utterance", role: roleOf(properties.role), text, final };
    }
    case "system.shutdown":
      return { type: "shutdown", reason: optional(properties.reason, isText) ?? "" };
    default:
      return undefined;
  }
}

/**
 * Reads an inbound message. Total: whatever the input, it returns an event or undefined and never throws. Unknown events
 * and unknown fields are passed over; a known field of a wrong type makes the whole message undefined.
 */
export function parse(message: unknown): TavusEvent | undefined {
  try {
    if (!isTavus(message)) return undefined;
    const properties = message.properties === undefined || message.properties === null ? {} : message.properties;
    if (!isFields(properties)) return undefined;
    const fact = factOf(message, properties);
    if (!fact) return undefined;
    return {
      seq: optional(message.seq, isCount),
      conversationId: optional(message.conversation_id, isId),
      ...fact,
    };
  } catch {
    // Malformed, or an object whose getters throw: either way nothing that Tavus sent.
    return undefined;
  }
}

/** Whether an inbound message has the envelope of Tavus' messages. Total, like {@link parse}. */
export function isTavus(message: unknown): message is Fields {
  try {
    return isFields(message) && (message.message_type === "conversation" || message.message_type === "system");
  } catch {
    return false;
  }
}

/** The conversation id of any inbound message that has one, known event or not. Total, like {@link parse}. */
export function conversationIdOf(message: unknown): string | undefined {
  try {
    return isTavus(message) && isId(message.conversation_id) ? message.conversation_id : undefined;
  } catch {
    return undefined;
  }
}
