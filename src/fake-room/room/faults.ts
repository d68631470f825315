import {
  chance,
  checkOptions,
  choice,
  count,
  flag,
  type Rules,
  rate,
  seconds,
  secondsOrNever,
  typed,
  withChanges,
} from "../option-rules.js";
import { type FatalErrorType, fatalErrorTypes } from "./fatal-error.js";

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
  /**
   * Seconds after which the clients learn of an interruption, and of its end: the network events come so late, while messages
   * are lost or kept from the real moment on. An interruption that is shorter is never noticed. Default 0. How late Daily
   * notices is [unknown]: a socket that breaks without a word is noticed by the keep-alive that stays away.
   */
  noticedAfterSeconds?: number | undefined;
  /** Seconds of interruption after which the call ends. Default 20 [certain]. */
  signallingTimeoutSeconds?: number | undefined;
  /** How it ends then: `left-meeting` or `error` (default) [unknown]. */
  signallingEnd?: "left" | "error" | undefined;
  /** true, once: everybody but the replica is ejected: `fatalError: "ejected"` in short. */
  ejected?: boolean | undefined;
  /** Once: the call ends for everybody but the replica by this of Daily's errors; `"none"` (default) does nothing. */
  fatalError?: FatalErrorType | "none" | undefined;
  /** Whoever joins is refused by this of Daily's errors; default `"none"`. */
  joinError?: FatalErrorType | "none" | undefined;
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
  noticedAfterSeconds: 0,
  signallingTimeoutSeconds: 20,
  signallingEnd: "error",
  ejected: false,
  fatalError: "none",
  joinError: "none",
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

/** What each fault takes. */
export const faultRules: Rules<FaultState> = {
  maxMessageLength: count(1),
  announceLimit: flag,
  roomInfo: flag,
  messagesPerSecond: rate(1),
  rateLimit: choice("drop", "delay"),
  loss: chance,
  duplication: chance,
  reordering: chance,
  latencySeconds: seconds,
  jitterSeconds: seconds,
  direction: choice("both", "toReplica", "fromReplica"),
  signalling: choice("up", "drop", "queue"),
  noticedAfterSeconds: secondsOrNever,
  signallingTimeoutSeconds: secondsOrNever,
  signallingEnd: choice("left", "error"),
  ejected: flag,
  fatalError: choice("none", ...fatalErrorTypes),
  joinError: choice("none", ...fatalErrorTypes),
  nonfatalError: flag,
  expired: flag,
  replica: choice("ready", "late", "absent"),
  silent: flag,
  eventDelaySeconds: seconds,
  eventsMissing: typed("an array of event_types, or a chance from 0 to 1", (value) =>
    Array.isArray(value) ? value.every((name) => typeof name === "string") : chance.judge(value) === "fits",
  ),
  eventCopies: count(1),
  eventReordering: chance,
  unknownEvents: flag,
  audioLevels: flag,
  hostile: flag,
};

/** Faults that happen at a moment: they hold nothing. */
const moments = ["ejected", "fatalError", "nonfatalError"] as const;

/** Without what has happened by now. */
export const withoutMoments = (state: FaultState): FaultState => ({
  ...state,
  ...{ ejected: noFaults.ejected, fatalError: noFaults.fatalError, nonfatalError: noFaults.nonfatalError },
});

/** The faults that a room starts with. Throws a TypeError for one that happens at a moment: before anybody is there it would do nothing. */
export function initialFaults(changes: unknown): FaultState {
  const state = withFaults(noFaults, changes);
  for (const name of moments)
    if (state[name] !== noFaults[name])
      throw new TypeError(
        `The fault "${name}" happens at a moment: call room.set({ ${name}: … }) when it is to happen.`,
      );
  return state;
}

/** `state` with `changes`; undefined restores a default. Throws TypeError or RangeError for what no fault takes. */
export function withFaults(state: FaultState, changes: unknown): FaultState {
  checkOptions("fault", faultRules, changes);
  return withChanges(state, noFaults, changes);
}
