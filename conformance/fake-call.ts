import { roomAt } from "../src/fake-room/registry.js";
import type { Call } from "./call.js";

/** What of a fake room is needed. */
interface Room {
  readonly url: string;
}

/** A participant of a fake room as a call object: without Daily and without a browser. It joins at once. */
export function fakeCall({ url }: Room): Call {
  const handle = roomAt(url);
  if (!handle) throw new TypeError(`There is no fake room at ${url}.`);
  const { room } = handle;
  const listeners: ((event: { data: unknown; fromId: string }) => void)[] = [];
  const others = new Map<string, string>();
  let limit = 4096;
  const seat = room.join({ userName: "conformance" }, (event) => {
    if (event.type === "joined") {
      limit = event.maxMessageLength;
      for (const { sessionId, userId } of event.others) others.set(sessionId, userId);
    } else if (event.type === "limit") limit = event.maxMessageLength;
    else if (event.type === "participant") {
      const { sessionId, userId } = event.presence;
      if (event.change === "joined") others.set(sessionId, userId);
      else others.delete(sessionId);
    } else if (event.type === "message") for (const listener of listeners) listener(event);
  });
  return {
    sendAppMessage(data, to = "*") {
      if (JSON.stringify(data).length > limit) throw new Error(`Message data too large. Max size is ${limit}`);
      seat.send(data, to);
    },
    participants: () =>
      Object.fromEntries(
        [...others].map(([session_id, user_id]) => [session_id, { session_id, user_id, local: false }] as const),
      ),
    room: async () =>
      room.faults.roomInfo ? { domainConfig: { max_app_message_size: room.faults.maxMessageLength } } : null,
    on: (_, listener) => listeners.push(listener),
  };
}
