import type { Model } from "./model.js";

/** A message in the shape of Tavus' events. */
export type TavusEvent = Record<string, unknown>;

/** What happens to the replica, before it is put into words. */
export type Happening =
  | { type: "started"; id: string; turn: number }
  | { type: "stopped"; id: string; turn: number; duration: number | null; interrupted: boolean }
  | { type: "streaming"; id: string; turn: number; text: string; piece: number; final: boolean }
  | { type: "utterance"; id: string; turn: number; text: string; interrupted: boolean }
  | { type: "joined"; faceId: string }
  | { type: "present" }
  | { type: "left"; faceId: string };

/**
 * The messages that Tavus sends for one happening: unified and older names both, and a message of role `pal` again
 * with role `replica` [certain]. Without the envelope, which {@link Envelope} adds.
 */
export function eventsOf(happening: Happening, model: Model): TavusEvent[] {
  const older = model.generations !== "unified";
  const unified = model.generations !== "older";
  const ids = "id" in happening ? { inference_id: happening.id, turn_idx: happening.turn } : {};
  const event = (event_type: string, properties?: TavusEvent): TavusEvent => ({
    event_type,
    ...ids,
    ...(properties && { properties }),
  });
  const byRole = (event_type: string, properties: TavusEvent = {}): TavusEvent[] =>
    ["pal", "replica"].map((role) => event(event_type, { role, ...properties }));
  const when = (condition: boolean, events: () => TavusEvent[]): TavusEvent[] => (condition ? events() : []);
  switch (happening.type) {
    case "started":
      return [
        ...when(older, () => [event("conversation.replica.started_speaking")]),
        ...when(unified, () => byRole("conversation.started_speaking")),
      ];
    case "stopped": {
      // Both generations require both [certain, docs.tavus.io].
      const properties = { duration: happening.duration, interrupted: happening.interrupted };
      return [
        ...when(older, () => [event("conversation.replica.stopped_speaking", properties)]),
        ...when(unified, () => byRole("conversation.stopped_speaking", properties)),
      ];
    }
    case "streaming":
      return byRole("conversation.utterance.streaming", {
        speech: happening.text,
        content_index: happening.piece,
        final: happening.final,
      });
    case "utterance":
      return byRole("conversation.utterance", {
        speech: happening.text,
        ...(happening.interrupted && { interrupted: true }),
      });
    // The system events are undocumented [likely]. That a person keeps the same id is [certain], the name of its property [likely].
    case "joined":
      return [
        event("system.replica_joined"),
        event("system.pal_joined"),
        ...when(unified, () => byRole("conversation.joined", { id: happening.faceId })),
      ];
    case "present":
      return [event("system.replica_present"), event("system.pal_present")];
    case "left":
      return when(unified, () => byRole("conversation.left", { id: happening.faceId }));
    default:
      return happening satisfies never;
  }
}

/** Adds what every event carries: `message_type`, `timestamp`, a rising `seq`, and mostly `conversation_id` [certain]. */
export class Envelope {
  readonly #conversationId: string;
  readonly #now: () => number;
  #seq = 0;

  /** `now` gives the seconds that `timestamp` shows. */
  constructor(conversationId: string, now: () => number) {
    this.#conversationId = conversationId;
    this.#now = now;
  }

  /** A complete message; members that `event` has already stay as they are. */
  wrap(event: TavusEvent, withConversationId = true): TavusEvent {
    return {
      message_type: "conversation",
      timestamp: this.#now(),
      seq: this.#seq++,
      ...(withConversationId && { conversation_id: this.#conversationId }),
      ...event,
    };
  }
}
