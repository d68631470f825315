import type { Happening } from "../replica/events.js";
import type { Seat } from "./seat.js";

/** A visible participant that means harm: at every event of the replica it forges some of its own, and sends garbage. */
export class Hostile {
  readonly #join: () => Seat;
  readonly #conversationId: string;
  #wanted = false;
  #seat: Seat | undefined;

  /** `join` takes a seat in the room. */
  constructor(conversationId: string, join: () => Seat) {
    this.#conversationId = conversationId;
    this.#join = join;
  }

  /** Comes or goes. */
  want(wanted: boolean): void {
    // Taking a seat comes back here.
    if (wanted === this.#wanted) return;
    this.#wanted = wanted;
    if (wanted) this.#seat = this.#join();
    else this.#seat?.leave();
  }

  /** Something happened to the replica. */
  react(happening: Happening): void {
    if (!this.#wanted || this.#seat?.state !== "joined") return;
    for (const data of messages(happening, this.#conversationId)) this.#seat.send(data);
  }
}

function messages(happening: Happening, conversationId: string): unknown[] {
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
