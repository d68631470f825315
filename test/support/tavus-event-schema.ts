import { Ajv, type ValidateFunction } from "ajv";

/**
 * Every event that Tavus sends, as docs.tavus.io describes it (event schemas, and the interactions protocol's changelog of May 2026).
 * Written from the documentation, not from the fake. `additionalProperties` stay open: the documentation lets fields be added.
 */
const role = { enum: ["user", "replica", "pal"] };
const duration = { anyOf: [{ type: "number", minimum: 0 }, { type: "null" }] };
const object = (required: Record<string, object>, optional: Record<string, object> = {}): object => ({
  type: "object",
  required: Object.keys(required),
  properties: { ...required, ...optional },
});
const jsonString = { type: "string", pattern: "^[{]" };

/** `undefined`: the event has no `properties` at all; those that are empty are left out [certain]. */
const properties: Record<string, object | undefined> = {
  "conversation.replica.started_speaking": undefined,
  "conversation.replica.stopped_speaking": object({ duration, interrupted: { type: "boolean" } }),
  "conversation.user.started_speaking": undefined,
  "conversation.user.stopped_speaking": undefined,
  "conversation.started_speaking": object({ role }),
  "conversation.stopped_speaking": object({ role, duration, interrupted: { type: "boolean" } }),
  "conversation.utterance": object({ role, speech: { type: "string" } }, { interrupted: { type: "boolean" } }),
  "conversation.utterance.streaming": object(
    { role, speech: { type: "string" }, content_index: { type: "integer", minimum: 0 }, final: { type: "boolean" } },
    { is_interrupted: { type: "boolean" } },
  ),
  "conversation.tool_call": object(
    { name: { type: "string", minLength: 1 }, arguments: jsonString },
    { tool_call_id: { type: "string" } },
  ),
  "conversation.perception_tool_call": object(
    {
      name: { type: "string", minLength: 1 },
      arguments: { anyOf: [jsonString, { type: "object" }] },
      modality: { enum: ["audio", "vision"] },
    },
    {
      tool_call_id: { type: "string" },
      frames: {
        type: "array",
        minItems: 1,
        items: object({ data: { type: "string" }, mime_type: { type: "string" } }),
      },
    },
  ),
  "conversation.perception_analysis": object({ analysis: { type: "string" } }),
  "conversation.replica_interrupted": undefined,
  "conversation.joined": object({ role, id: { type: "string", minLength: 1 } }),
  "conversation.left": object({ role, id: { type: "string", minLength: 1 } }),
  "canvas.interaction": object({}),
  "system.replica_joined": undefined,
  "system.replica_present": undefined,
  "system.pal_joined": undefined,
  "system.pal_present": undefined,
  "system.shutdown": object({ reason: { type: "string" } }),
};

const ajv = new Ajv({ allErrors: true, allowUnionTypes: true });
const validators = new Map<string, ValidateFunction>(
  Object.entries(properties).map(([event_type, schema]) => [
    event_type,
    ajv.compile({
      type: "object",
      required: ["message_type", "event_type", "timestamp", "seq", ...(schema ? ["properties"] : [])],
      ...(!schema && { not: { required: ["properties"] } }),
      properties: {
        message_type: { const: "conversation" },
        event_type: { const: event_type },
        // Unix seconds: milliseconds would be above 1e11.
        timestamp: { type: "number", minimum: 1.7e9, maximum: 1e11 },
        seq: { type: "integer", minimum: 0 },
        conversation_id: { type: "string", minLength: 1 },
        inference_id: { type: "string", pattern: "^[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}$" },
        turn_idx: { type: "integer", minimum: 0 },
        ...(schema && { properties: schema }),
      },
    }),
  ]),
);

/** All `event_type`s that are documented or seen. */
export const documentedEvents: readonly string[] = [...validators.keys()];

/** What is wrong with an event, each with its type in front; an empty list when nothing is. */
export function eventErrors(event: { event_type: string }): string[] {
  const validate = validators.get(event.event_type);
  if (!validate) return [`${event.event_type} is not documented`];
  const { event_type } = event;
  if (validate(event)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `${event_type}${instancePath} ${message}`);
}
