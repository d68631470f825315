/** What can go wrong in the room, each a switch. Chances are 0 to 1 and drawn from the room's seed. */
export interface Faults {
  /** Characters that a message may have; a change is told by a further `joined-meeting`, as the real client takes it. */
  maxMessageLength?: number | undefined;
  /** Whether the clients learn the limit; if not, they keep Daily's 4096, and what is longer than the limit is refused unseen. Default true. */
  announceLimit?: boolean | undefined;
  /** Whether `call.room()` tells the limit; the hint may be missing [certain]. Default true. */
  roomInfo?: boolean | undefined;
  /** Messages a second that the room takes from each participant. Default Infinity. */
  messagesPerSecond?: number | undefined;
  /** What becomes of those above: `drop` or `delay` (default). */
  rateLimit?: "drop" | "delay" | undefined;
  /** Chance that a message is lost. */
  loss?: number | undefined;
  /** Chance that a message comes twice. */
  duplication?: number | undefined;
  /** Chance that a message comes later than the one after it. */
  reordering?: number | undefined;
  /** Seconds that every message takes. */
  latencySeconds?: number | undefined;
  /** Seconds by which that varies, at most; the order is kept. */
  jitterSeconds?: number | undefined;
  /** Which way loss, duplication, reordering, latency and jitter hold: default `both`. */
  direction?: "both" | "toReplica" | "fromReplica" | undefined;
  /** Signalling: `up`, or interrupted with what is sent meanwhile lost (`drop`) or kept (`queue`): which of both is [unknown]. */
  signalling?: "up" | "drop" | "queue" | undefined;
  /** Seconds of interruption after which the call ends. Default 20 [certain]. */
  signallingTimeoutSeconds?: number | undefined;
  /** How it ends then: `left-meeting` or `error` (default) [unknown]. */
  signallingEnd?: "left" | "error" | undefined;
  /** true, once: everybody but the replica is ejected. */
  ejected?: boolean | undefined;
  /** true, once: everybody gets one of Daily's errors that do not end the call. */
  nonfatalError?: boolean | undefined;
  /** true: the room expires. */
  expired?: boolean | undefined;
  /** The replica's place: it comes, comes late, never comes, or leaves. */
  replica?: "ready" | "late" | "absent" | undefined;
  /** true: no events come from Tavus. */
  silent?: boolean | undefined;
  /** Seconds by which events are late. */
  eventDelaySeconds?: number | undefined;
  /** `event_type`s that do not come, or the chance that any event does not. */
  eventsMissing?: readonly string[] | number | undefined;
  /** How many times each event comes. Default 1. */
  eventCopies?: number | undefined;
  /** Chance that an event comes after the one that follows it; `seq` then shows it. */
  eventReordering?: number | undefined;
  /** true: every event is followed by one that nobody knows, and carries unknown fields. */
  unknownEvents?: boolean | undefined;
  /** false: the client's observer of audio levels is refused. Default true. */
  audioLevels?: boolean | undefined;
  /** true: a visible participant that is not the replica forges events and sends garbage, at every event. */
  hostile?: boolean | undefined;
}

/** {@link Faults} with every default filled in. */
export type FaultState = { [K in keyof Faults]-?: Exclude<Faults[K], undefined> };

/** Nothing wrong. 4096 characters is Daily's default limit [certain]. */
export const noFaults: FaultState = {
  maxMessageLength: 4096,
  announceLimit: true,
  roomInfo: true,
  messagesPerSecond: Number.POSITIVE_INFINITY,
  rateLimit: "delay",
  loss: 0,
  duplication: 0,
  reordering: 0,
  latencySeconds: 0,
  jitterSeconds: 0,
  direction: "both",
  signalling: "up",
  signallingTimeoutSeconds: 20,
  signallingEnd: "error",
  ejected: false,
  nonfatalError: false,
  expired: false,
  replica: "ready",
  silent: false,
  eventDelaySeconds: 0,
  eventsMissing: 0,
  eventCopies: 1,
  eventReordering: 0,
  unknownEvents: false,
  audioLevels: true,
  hostile: false,
};

/** `state` with `changes`; undefined restores a default. A name that does not exist is a TypeError: a typo would test nothing. */
export function withFaults(state: FaultState, changes: object): FaultState {
  return merge(state, noFaults, changes, "fault");
}

/** As {@link withFaults}, for any set of switches with defaults. */
export function merge<T extends object>(state: T, defaults: T, changes: object, what: string): T {
  const result = { ...state } as Record<string, unknown>;
  for (const [name, value] of Object.entries(changes)) {
    const standard = (defaults as Record<string, unknown>)[name];
    if (standard === undefined)
      throw new TypeError(`There is no ${what} "${name}", but there are ${Object.keys(defaults).join(", ")}.`);
    if (value !== undefined && typeof value !== typeof standard && !(name === "eventsMissing" && Array.isArray(value)))
      throw new TypeError(`${what} "${name}" takes a ${typeof standard}, not ${JSON.stringify(value)}.`);
    if (typeof value === "number" && !(value >= 0))
      throw new RangeError(`${what} "${name}" is ${value}, but must be 0 or more.`);
    if (name === "messagesPerSecond" && typeof value === "number" && value < 1)
      throw new RangeError(`${what} "${name}" is ${value}, but must be 1 or more.`);
    result[name] = value ?? standard;
  }
  return result as T;
}
