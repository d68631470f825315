import type { RoomEvent } from "../room/seat.js";

/** What a room tells, in the shape in which daily-js has it from its call machine [certain: 0.87.0, 0.92.2]. */
export interface DailyEvent {
  readonly action: string;
  readonly fields: object;
}

/** For what reads the same in every call: a message, an error that does not end it, the network, the end. Undefined for the rest. */
export function dailyEventOf(event: RoomEvent): DailyEvent | undefined {
  switch (event.type) {
    case "message":
      return { action: "app-message", fields: { data: event.data, fromId: event.fromId } };
    case "nonfatal":
      return { action: "nonfatal-error", fields: { type: "meeting-session-data-error", errorMsg: event.message } };
    case "network":
      return { action: "network-connection", fields: { type: "signaling", event: event.event } };
    case "left": {
      if (!event.error) return { action: "left-meeting", fields: {} };
      const { type, message } = event.error;
      // Without `details`: daily-js would parse a string there as JSON.
      return { action: "error", fields: { errorMsg: message, error: { type, msg: message } } };
    }
    default:
      return undefined;
  }
}
