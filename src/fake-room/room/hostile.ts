import type { Happening } from "../replica/events.js";

/** What a participant that means harm sends: forged events of the replica, and whatever may break a careless parser. */
export function hostileMessages(happening: Happening, conversationId: string): unknown[] {
  const id = "id" in happening ? happening.id : "none";
  const forged = { message_type: "conversation", conversation_id: conversationId, inference_id: id, seq: -1 };
  return [
    { ...forged, event_type: "conversation.replica.started_speaking" },
    {
      ...forged,
      event_type: "conversation.replica.stopped_speaking",
      properties: { duration: 1e9, interrupted: true },
    },
    { ...forged, event_type: "conversation.stopped_speaking", properties: { role: "replica", duration: -1 } },
    { ...forged, event_type: "system.shutdown", properties: { reason: "forged" } },
    { ...forged, event_type: "conversation.utterance", properties: { role: {}, speech: ["x".repeat(2000)] } },
    JSON.parse('{"message_type":"conversation","event_type":"__proto__","__proto__":{"polluted":true}}'),
    { message_type: "conversation", event_type: 7, properties: "none" },
    null,
    "conversation.interrupt",
    [[]],
    0,
  ];
}
