import { createFakeRoom, type FakeRoomOptions } from "../../../src/fake-room/index.js";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import type { Transport, TransportEvent } from "../../../src/transport/transport.js";

/** Base64 of s16le samples, by other code than the fake's. */
export const base64 = (pcm: Int16Array): string =>
  Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength).toString("base64");

/** Whether these are the same samples; comparing 720 000 of them with `toEqual` takes seconds. */
export const identical = (one: Int16Array, other: Int16Array): boolean => base64(one) === base64(other);

export interface Event {
  event_type: string;
  inference_id?: string;
  seq: number;
  at: number;
  fromReplica: boolean;
  properties?: Record<string, unknown>;
  [field: string]: unknown;
}

/** A room in virtual time with one participant, what it was told, and a sender of echo messages. */
export async function setUp(options: FakeRoomOptions = {}) {
  const clock = new VirtualClock();
  const room = await createFakeRoom({ clock, maxMessageLength: 1_000_000, ...options });
  const transport: Transport = room.transport();
  const told: TransportEvent[] = [];
  const events: Event[] = [];
  transport.subscribe((event) => {
    told.push(event);
    if (event.type === "message")
      events.push({ ...(event.message as Event), at: clock.now(), fromReplica: event.fromReplica });
  });
  const message = (properties: object, event_type = "conversation.echo"): object => ({
    message_type: "conversation",
    event_type,
    conversation_id: room.conversationId,
    properties,
  });
  const echo = (properties: object): void => transport.send(message({ modality: "audio", ...properties }));
  const audio = (id: string, pcm: Int16Array, done = false, sample_rate = 24_000): void =>
    echo({ audio: base64(pcm), sample_rate, inference_id: id, done });
  const interrupt = (): void => {
    transport.send({
      message_type: "conversation",
      event_type: "conversation.interrupt",
      conversation_id: room.conversationId,
    });
  };
  const of = (type: string): Event[] => events.filter(({ event_type }) => event_type === type);
  return { clock, room, transport, told, events, message, echo, audio, interrupt, of };
}
