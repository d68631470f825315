import type { WalkRecord } from "../record.js";

interface Message {
  event_type?: unknown;
  inference_id?: unknown;
  properties?: { role?: unknown; duration?: unknown };
}

/**
 * Seconds of a turn that the events which had reached the client by `until` speak for: from the start of each of its ids
 * to its stop, or to `until`, and no longer than the stop's duration; and whether a start is among them. Whose events they are is known to the room alone.
 */
export function evidenceOf(
  record: WalkRecord,
  ids: readonly string[],
  until: number,
): { seconds: number; started: boolean } {
  const events = new Set(record.room.flatMap(({ id, eventId }) => (ids.includes(id) ? [eventId] : [])));
  const starts = new Map<string, number>();
  const ended = new Map<string, number>();
  for (const passed of record.passed) {
    if (passed.way !== "event" || passed.at > until) continue;
    const { event } = passed;
    if (event.type !== "message" || !event.fromReplica) continue;
    const { event_type, inference_id, properties } = (event.message ?? {}) as Message;
    const id = String(inference_id);
    if (!events.has(id) || properties?.role === "user" || typeof event_type !== "string") continue;
    if (event_type.endsWith("started_speaking") && !starts.has(id)) starts.set(id, passed.at);
    if (!event_type.endsWith("stopped_speaking") || ended.has(id)) continue;
    const lasted = passed.at - (starts.get(id) ?? passed.at);
    const duration = properties?.duration;
    ended.set(id, typeof duration === "number" ? (starts.has(id) ? Math.min(lasted, duration) : duration) : lasted);
  }
  let sum = 0;
  for (const id of events) {
    const start = starts.get(id);
    sum += ended.get(id) ?? (start === undefined ? 0 : until - start);
  }
  return { seconds: sum, started: starts.size > 0 };
}
