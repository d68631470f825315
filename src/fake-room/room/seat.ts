import type { FatalError } from "./fatal-error.js";

/** How a participant appears to the others. */
export interface Presence {
  /** Daily's session id. */
  readonly sessionId: string;
  /** Daily's user id; the replica's contains `tavus-replica` [certain]. */
  readonly userId: string;
  readonly userName: string;
  /** Whether it is the fake replica itself, which has a face and a voice. */
  readonly replica: boolean;
}

/** What a room tells a participant, in order. */
export type RoomEvent =
  | { type: "joined"; maxMessageLength: number; others: readonly Presence[] }
  | { type: "limit"; maxMessageLength: number }
  | { type: "participant"; change: "joined" | "left"; presence: Presence }
  | { type: "message"; data: unknown; fromId: string }
  | { type: "nonfatal"; message: string }
  | { type: "network"; event: "interrupted" | "connected" }
  /** Out of the room: by its own wish without `error`, else with a type of Daily's fatal errors. */
  | { type: "left"; error?: FatalError };

/** A participant's own handle. */
export interface Seat {
  readonly presence: Presence;
  readonly state: "joining" | "joined" | "out";
  /** To `"*"`, a session id, or an array of them; never to itself. Data is cloned at the call. Not joined: throws an Error. */
  send(data: unknown, to?: unknown): void;
  leave(): void;
}
