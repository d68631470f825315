import type { Told, WalkRecord } from "../record.js";

interface Message {
  event_type?: unknown;
  inference_id?: unknown;
  properties?: { role?: unknown; duration?: unknown };
}

/** What had reached the client. */
export interface Evidence {
  /** Seconds from the start of each of its ids to its stop, or to now, and no longer than the stop's duration. */
  seconds: number;
  /** A start of one of its ids is among the events. */
  started: boolean;
  /** A start or a stop is. */
  event: boolean;
  /** The replica's level was above silence. */
  level: boolean;
}

/** RMS of full scale above which the replica is not silent. */
const silence = 0.01;

/** What had reached the client when something was told that speaks for a turn. Whose events they are is known to the room alone. */
export function evidenceOf(record: WalkRecord, ids: readonly string[], told: Told): Evidence {
  const events = new Set(record.room.flatMap(({ id, eventId }) => (ids.includes(id) ? [eventId] : [])));
  const starts = new Map<string, number>();
  const ended = new Map<string, number>();
  let level = false;
  for (const passed of record.passed.slice(0, told.passed)) {
    if (passed.way === "level" && passed.level > silence) level = true;
    if (passed.way !== "event") continue;
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
  let seconds = 0;
  for (const id of events) {
    const start = starts.get(id);
    seconds += ended.get(id) ?? (start === undefined ? 0 : told.at - start);
  }
  return { seconds, started: starts.size > 0, event: starts.size + ended.size > 0, level };
}
