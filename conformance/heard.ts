/** An event of Tavus, as it came. */
export interface Heard {
  /** Seconds of the suite's clock. */
  at: number;
  fromId: string;
  type: string;
  id: string | undefined;
  data: Record<string, unknown>;
  properties: Record<string, unknown>;
}

const starts = new Set(["conversation.replica.started_speaking", "conversation.started_speaking"]);
const stops = new Set(["conversation.replica.stopped_speaking", "conversation.stopped_speaking"]);

/** The event in an app message; undefined when it is none. */
export function heardEvent(data: unknown, fromId: string, at: number): Heard | undefined {
  if (typeof data !== "object" || data === null) return undefined;
  const message = data as Record<string, unknown>;
  if (typeof message.event_type !== "string") return undefined;
  const properties = (typeof message.properties === "object" && message.properties) || {};
  return {
    ...{ at, fromId, type: message.event_type, data: message },
    id: typeof message.inference_id === "string" ? message.inference_id : undefined,
    properties: properties as Record<string, unknown>,
  };
}

const ofReplica = ({ properties }: Heard): boolean => properties.role !== "user";

/** Whether the replica began to speak. */
export const isStart = (event: Heard): boolean => starts.has(event.type) && ofReplica(event);

/** Whether it ceased to. */
export const isStop = (event: Heard): boolean => stops.has(event.type) && ofReplica(event);

/** Events of which several tell one fact: repetitions come within 300 ms under the same id, or under none. */
export function once(events: readonly Heard[]): Heard[] {
  const found: Heard[] = [];
  for (const event of events) {
    const repeats = ({ id, at }: Heard): boolean =>
      event.at - at < 0.3 && (id === event.id || id === undefined || event.id === undefined);
    if (!found.some(repeats)) found.push(event);
  }
  return found;
}
