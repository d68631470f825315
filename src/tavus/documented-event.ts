/**
 * Every event that Tavus documents, from Tavus to the client, typed. Field facts: docs.tavus.io and the type file of
 * `@tavus/cvi-ui`. Both generations of names come out under the unified one, `pal` as `replica` [certain that both are sent].
 */
export type DocumentedEvent =
  | Event<"conversation.started_speaking", { role: Role }>
  /** `duration`: seconds; missing where Tavus sent null or none. `interrupted`: false where it was missing. */
  | Event<"conversation.stopped_speaking", { role: Role; duration?: number; interrupted: boolean }>
  /** What was said, whole; what the replica meant to say, where it was interrupted. */
  | Event<"conversation.utterance", { role: Role; speech: string; interrupted?: boolean }>
  /** What has been said so far. */
  | Event<
      "conversation.utterance.streaming",
      { role: Role; speech: string; final?: boolean; is_interrupted?: boolean; content_index?: number }
    >
  /** The language model calls a tool. `arguments`: JSON as text. Answered with `conversation.tool_result`. */
  | Event<"conversation.tool_call", { name: string; arguments: string | object; tool_call_id?: string }>
  /** Perception calls a tool. `arguments`: JSON as text (audio), or an object (vision). */
  | Event<
      "conversation.perception_tool_call",
      { name: string; arguments: string | object; modality?: string; tool_call_id?: string; frames?: object }
    >
  | Event<"conversation.perception_analysis", { analysis: string | object }>
  /** Somebody came, or left. */
  | Event<"conversation.joined" | "conversation.left", { role: Role }>
  /** The conversation ends [likely]. */
  | Event<"system.shutdown", { reason?: string }>
  /** A guardrail was violated. Its event's name is [unknown]: any that has the word is taken, as it is. */
  | Event<`${string}guardrail${string}`, { guardrail_uuid?: string }>
  /** What a user did on a canvas [certain as a webhook, unknown in the room]. */
  | Event<"canvas.interaction", { component?: string; type?: string; tool_call_id?: string; value?: unknown }>;

type Role = "user" | "replica";

interface Event<Type extends string, Properties> {
  message_type: string;
  /** The unified name. */
  event_type: Type;
  /** Rises over all events of a conversation; they may arrive out of order [certain]. */
  seq?: number;
  /** Rises with `conversation.respond` only [certain]. */
  turn_idx?: number;
  conversation_id?: string;
  /** As Tavus rewrites it: see `Turn.id` for ours. */
  inference_id?: string;
  /** Unix time in seconds. */
  timestamp?: number;
  /** Known fields of the type they have here, and whatever else was sent. */
  properties: Properties & { [field: string]: unknown };
  /** The message as it came. */
  raw: unknown;
}

type Fields = Record<string, unknown>;

/** Unified name → its known fields: "~" and a type, "?" where one may be missing; without a type it is text. */
const kinds: Readonly<Record<string, string>> = {
  "conversation.started_speaking": "role~r",
  "conversation.stopped_speaking": "role~r duration?n interrupted?b",
  "conversation.utterance": "role~r speech interrupted?b",
  "conversation.utterance.streaming": "role~r speech final?b is_interrupted?b content_index?i",
  "conversation.tool_call": "name arguments~o tool_call_id?",
  "conversation.perception_tool_call": "name arguments~o modality? tool_call_id? frames?a",
  "conversation.perception_analysis": "analysis~o",
  "conversation.joined": "role~r",
  "conversation.left": "role~r",
  "system.shutdown": "reason?",
  "canvas.interaction": "component? type? tool_call_id?",
};
const envelope = "seq?i turn_idx?i conversation_id?d inference_id?d timestamp?n";

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isText = (value: unknown): value is string => typeof value === "string";
/** An id as Tavus and this library make them. */
export const isId = (value: unknown): value is string => isText(value) && value.length > 0 && value.length <= 256;

/** The types in `kinds`: role, seconds, boolean, integer, id, text or object, object or array; else text. */
const types: Readonly<Record<string, (value: unknown) => boolean>> = {
  r: (value) => value === "user" || value === "replica",
  n: (value) => Number.isFinite(value) && Number(value) >= 0,
  b: (value) => typeof value === "boolean",
  i: Number.isSafeInteger,
  d: isId,
  o: (value) => isText(value) || isFields(value),
  a: (value) => typeof value === "object",
};

/** The known `fields` of `from`; undefined when one is missing, or of a wrong type. Null counts as missing. */
function read(from: Fields, fields: string): Fields | undefined {
  const known: Fields = {};
  for (const [, name = "", mark, type = ""] of fields.matchAll(/(\w+)([~?]?)(\w?)/g)) {
    const value = from[name] ?? undefined;
    if (value === undefined ? mark !== "?" : !(types[type] ?? isText)(value)) return undefined;
    if (value !== undefined) known[name] = value;
  }
  return known;
}

/** Whether an inbound message has the envelope of Tavus' messages. Total, like {@link documentedEvent}. */
export function isTavus(message: unknown): message is Fields {
  try {
    return (
      isFields(message) && isText(message.message_type) && /^(conversation|system|canvas)$/.test(message.message_type)
    );
  } catch {
    return false;
  }
}

/**
 * Reads an inbound message. Total: whatever the input, it returns an event or undefined and never throws. Unknown events
 * are passed over; a known field of a wrong type makes the whole message undefined.
 */
export function documentedEvent(message: unknown): DocumentedEvent | undefined {
  try {
    if (!isTavus(message)) return undefined;
    const { message_type, event_type: wireType, timestamp } = message;
    if (typeof wireType !== "string" || wireType.length > 256) return undefined;
    const sent = message.properties ?? {};
    if (!isFields(sent)) return undefined;
    const properties: Fields = { ...sent };
    // The older generation has whose speech it is in its name.
    const [, whose, what] = /^conversation\.(user|replica|pal)[._](st\w+ed_speaking|interrupted)$/.exec(wireType) ?? [];
    let event_type = wireType;
    if (whose) {
      properties.role = whose;
      // Removed in March 2026; older deployments may still send it [likely].
      if (what === "interrupted") properties.interrupted = true;
      event_type = `conversation.${what === "interrupted" ? "stopped_speaking" : what}`;
    }
    // `pal` is Tavus' newer name of the replica [certain].
    if (properties.role === "pal") properties.role = "replica";
    const fields = Object.hasOwn(kinds, event_type) ? kinds[event_type] : undefined;
    if (fields === undefined && !event_type.includes("guardrail")) return undefined;
    const known = read(properties, fields ?? "guardrail_uuid?");
    // A webhook's time is a date in ISO 8601.
    const at = isText(timestamp) ? Date.parse(timestamp) / 1000 : timestamp;
    const head = read({ ...message, timestamp: at }, envelope);
    if (!known || !head) return undefined;
    for (const name of Object.keys(properties)) if (properties[name] === null) delete properties[name];
    if (event_type === "conversation.stopped_speaking") known.interrupted ??= false;
    return {
      message_type,
      event_type,
      ...head,
      properties: { ...properties, ...known },
      raw: message,
    } as DocumentedEvent;
  } catch {
    // An object whose getters throw: nothing that Tavus sent.
    return undefined;
  }
}
