import { Ajv } from "ajv";

/**
 * The echo event as Tavus documents it (docs.tavus.io, conversation.echo), with what this library promises on top: the
 * fields that the server would otherwise guess are always there. Written from the documentation, not from the code.
 */
const echo = {
  type: "object",
  additionalProperties: false,
  required: ["message_type", "event_type", "conversation_id", "properties"],
  properties: {
    message_type: { const: "conversation" },
    event_type: { const: "conversation.echo" },
    conversation_id: { type: "string", minLength: 1 },
    properties: {
      type: "object",
      additionalProperties: false,
      required: ["modality", "audio", "sample_rate", "inference_id", "done"],
      properties: {
        modality: { const: "audio" },
        // Base64 of whole samples, never empty: an empty last chunk is not documented.
        audio: {
          type: "string",
          minLength: 4,
          pattern: "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
        },
        sample_rate: { enum: [24_000, 16_000] },
        inference_id: { type: "string", minLength: 1 },
        done: { type: "boolean" },
      },
    },
  },
} as const;

const validate = new Ajv({ allErrors: true }).compile(echo);

/** What is wrong with a message that should be an audio echo; an empty list when nothing is. */
export function echoErrors(message: unknown): string[] {
  return validate(message)
    ? []
    : (validate.errors ?? []).map(({ instancePath, message: text }) => `${instancePath} ${text}`);
}
