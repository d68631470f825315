import type { Session } from "./session.js";

/** The switches of the fake's model that the suite can see. */
export type SettingName =
  | "prebufferSeconds"
  | "ids"
  | "emptyLastChunk"
  | "eventsFrom"
  | "generations"
  | "durations"
  | "secondId"
  | "conversationIds"
  | "interruptedStops"
  | "abandonSeconds"
  | "abandonFrom"
  | "listensAfterSeconds"
  | "heartbeatSeconds"
  | "interruptsGreeting"
  | "greeting";

/** A switch as it was seen. */
export interface Setting {
  /** What `createFakeRoom({ model })` takes; undefined when nothing was seen that tells. */
  value?: string | number | boolean | undefined;
  /** The true value is no less, as far as was seen. */
  atLeast?: number | undefined;
  /** Nor more. */
  atMost?: number | undefined;
  /** The values that cannot be told apart by what was seen. */
  oneOf?: readonly string[] | undefined;
  /** What limits the answer. */
  note?: string | undefined;
}

/** Everything seen so far. */
export type Settings = { [Name in SettingName]?: Setting };

/** What a point found. `holds` is undefined where the protocol makes no promise, or where nothing could be seen. */
export interface Finding {
  holds: boolean | undefined;
  observed: string;
  settings?: Settings;
}

/** One fact, and how to look for it. */
export interface Point {
  name: string;
  mark: "certain" | "likely" | "unknown";
  /** Seconds that it may take at most, roughly: none is begun that would not end in time. */
  seconds: number;
  run(session: Session, seen: Settings): Promise<Finding>;
}

/** "1.25 s". */
export const s = (seconds: number | undefined): string =>
  seconds === undefined ? "nothing" : `${seconds.toFixed(2)} s`;

/** Whether a measured time is as expected, within what clocks and networks need. */
export const about = (seconds: number | undefined, expected: number): boolean =>
  seconds !== undefined && Math.abs(seconds - expected) <= 0.15;

/** Sound that is surely heard although no `done` has come: more than the pre-buffer, as measured. */
export function enough(seen: Settings): number {
  const { value, atMost } = seen.prebufferSeconds ?? {};
  return Math.max(0.3, Number(atMost ?? value ?? 0.1) + 0.1);
}

/** A pause in which an id is surely not given up, as measured. */
export function shortPause(seen: Settings): number {
  const { value, atLeast } = seen.abandonSeconds ?? {};
  return Math.min(0.3, Number(atLeast ?? value ?? 1) / 3);
}
