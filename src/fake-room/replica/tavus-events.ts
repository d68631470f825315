/** An event for `room.emit()`, which fills in the envelope: `message_type`, `timestamp`, `seq`, `conversation_id`. */
export interface EmittedEvent {
  readonly event_type: string;
  readonly properties?: Readonly<Record<string, unknown>>;
}

/** Who an event is about. `pal` is the newer word for a replica. */
export type TavusRole = "user" | "replica" | "pal";

const event = (event_type: string, properties?: object): EmittedEvent => ({
  event_type,
  ...(properties && { properties: { ...properties } }),
});

/** Members that are there, without those that are undefined. */
const given = (members: object): object =>
  Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined));

/**
 * Events that Tavus sends and that no echo brings about, for `room.emit()`: `room.emit(tavusEvents.toolCall({ name: "book" }))`.
 * The shapes are those of docs.tavus.io; `more` adds fields that it does not name.
 */
export const tavusEvents = {
  /** Somebody came, or came back: the same person keeps the same `id` [certain]; that the property is called so is [likely]. */
  joined: (who: { role: TavusRole; id: string; name?: string }, more: object = {}): EmittedEvent =>
    event("conversation.joined", { ...given(who), ...more }),
  /** Somebody went. */
  left: (who: { role: TavusRole; id: string; name?: string }, more: object = {}): EmittedEvent =>
    event("conversation.left", { ...given(who), ...more }),
  /** The user began to speak: both generations of names, in their order. */
  userStartedSpeaking: (): EmittedEvent[] => [
    event("conversation.user.started_speaking"),
    event("conversation.started_speaking", { role: "user" }),
  ],
  /** The user ceased to speak; `duration` in seconds, or null. */
  userStoppedSpeaking: (duration: number | null = null): EmittedEvent[] => [
    event("conversation.user.stopped_speaking"),
    event("conversation.stopped_speaking", { role: "user", interrupted: false, duration }),
  ],
  /** What somebody said. */
  utterance: (said: { role: TavusRole; speech: string }, more: object = {}): EmittedEvent =>
    event("conversation.utterance", { ...said, ...more }),
  /** The persona's language model calls a function. `arguments` becomes a JSON string, as on the wire [certain]. */
  toolCall: (call: { name: string; arguments?: unknown; toolCallId?: string }, more: object = {}): EmittedEvent =>
    event("conversation.tool_call", {
      name: call.name,
      arguments: JSON.stringify(call.arguments ?? {}),
      ...given({ tool_call_id: call.toolCallId }),
      ...more,
    }),
  /** The perception model calls one: `arguments` is a JSON string for audio and an object for vision [likely]. */
  perceptionToolCall: (
    call: {
      name: string;
      arguments?: object;
      modality: "audio" | "vision";
      toolCallId?: string;
      frames?: readonly { data: string; mime_type: string }[];
    },
    more: object = {},
  ): EmittedEvent =>
    event("conversation.perception_tool_call", {
      name: call.name,
      modality: call.modality,
      arguments: call.modality === "audio" ? JSON.stringify(call.arguments ?? {}) : (call.arguments ?? {}),
      ...given({ tool_call_id: call.toolCallId, frames: call.frames }),
      ...more,
    }),
  /** What the perception model made of the call, at its end. */
  perceptionAnalysis: (analysis: string, more: object = {}): EmittedEvent =>
    event("conversation.perception_analysis", { analysis, ...more }),
  /** A guardrail was violated. The event's name is [unknown], so you give it; `guardrail_uuid` is [certain]. */
  guardrail: (eventType: string, guardrailUuid: string, more: object = {}): EmittedEvent =>
    event(eventType, { guardrail_uuid: guardrailUuid, ...more }),
  /** The user did something on the canvas. Its fields are the canvas' own. */
  canvasInteraction: (properties: object): EmittedEvent => event("canvas.interaction", properties),
  /** The conversation is over; `reason` as `max_call_duration` or `participant_left_timeout` [likely]. */
  shutdown: (reason: string): EmittedEvent => event("system.shutdown", { reason }),
} as const;
