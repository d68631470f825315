// The library's own error is part of what a Transport promises, so it is shared; nothing else of the client is.
import { EchoError } from "../errors.js";
import type { Transport, TransportEvent } from "../transport/transport.js";
import type { Room } from "./room/room.js";
import type { RoomEvent, Seat } from "./room/seat.js";

/** A participant of the room as a {@link Transport}: no Daily, no browser, and time is the room's clock. It joins at once. */
export function roomTransport(
  room: Room,
  token: string | undefined,
  attach: (element: HTMLVideoElement, blocked: () => void) => () => void,
): Transport {
  const listeners = new Set<(event: TransportEvent) => void>();
  const visible = new Set<string>();
  /** Session ids of everybody who was ever seen. */
  const seen = new Set<string>();
  let replicaId: string | undefined;
  let state: "joining" | "joined" | "left" = "joining";
  let maxMessageLength = 4096;
  let left: TransportEvent = { type: "left" };

  const tell = (event: TransportEvent): void => {
    for (const listener of [...listeners]) listener(event);
  };
  const present = (presence: Seat["presence"], here: boolean): void => {
    seen.add(presence.sessionId);
    if (here) visible.add(presence.sessionId);
    else visible.delete(presence.sessionId);
    if (!presence.userId.includes("tavus-replica")) return;
    replicaId = here ? presence.sessionId : undefined;
    tell({ type: "replica", present: here });
  };
  const believes = (fromId: string): boolean => fromId === replicaId || !seen.has(fromId);
  const joined = (): TransportEvent => ({ type: "joined", conversationId: room.conversationId });

  const seat = room.join({ userName: "Transport", token }, (event: RoomEvent) => {
    switch (event.type) {
      case "joined":
        state = "joined";
        maxMessageLength = event.maxMessageLength;
        tell(joined());
        for (const other of event.others) present(other, true);
        return;
      case "limit":
        maxMessageLength = event.maxMessageLength;
        return tell({ type: "limit", maxMessageLength });
      case "participant":
        return present(event.presence, event.change === "joined");
      case "nonfatal":
        return tell({
          type: "warning",
          code: "nonfatal-error",
          message: event.message,
          remedy: "None is needed: the call goes on.",
        });
      case "network":
        return tell({ type: "network", up: event.event === "connected" });
      case "message": {
        const { data: message, fromId } = event;
        return tell({ type: "message", message, fromId, fromReplica: believes(fromId), visible: visible.has(fromId) });
      }
      case "left":
        state = "left";
        replicaId = undefined;
        left = { type: "left", ...(event.error && { reason: event.error.type }) };
        return tell(left);
      default:
        event satisfies never;
    }
  });

  return {
    get maxMessageLength() {
      return maxMessageLength;
    },
    send(message) {
      if (state === "joining") throw new EchoError("not-joined", "The fake room has not been joined yet.");
      if (state === "left") throw new EchoError("call-left", "The fake room was left.");
      const { length } = JSON.stringify(message);
      if (length > maxMessageLength)
        throw new EchoError(
          "message-too-long",
          `The message has ${length} characters, and the fake room takes ${maxMessageLength}.`,
        );
      seat.send(message, "*");
    },
    believes,
    subscribe(listener) {
      const entry = (event: TransportEvent): void => listener(event);
      listeners.add(entry);
      if (state === "joined") listener(joined());
      if (state === "joined" && replicaId) listener({ type: "replica", present: true });
      if (state === "left") listener(left);
      return () => void listeners.delete(entry);
    },
    observeLevel: async (listener) => {
      if (!room.faults.audioLevels) throw new Error("The observer was refused.");
      return room.observeLevels(0.1, (levels) => {
        if (replicaId !== undefined) listener(levels[replicaId] ?? 0);
      });
    },
    attach: (element) =>
      attach(element, () =>
        tell({
          type: "warning",
          code: "playback-blocked",
          message: "The browser refused to play the replica's video with sound.",
          remedy: "Call element.play() in a click, or mute the element.",
        }),
      ),
  };
}
