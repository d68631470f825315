import { type FatalError, fatalError } from "./fatal-error.js";
import type { FaultState } from "./faults.js";
import { tokenError } from "./meeting-token.js";

/** Who wants to come in. */
export interface Newcomer {
  readonly userId?: string;
  readonly userName?: string;
  /** The replica itself. */
  readonly replica?: boolean;
  /** One of the test's own people: no token and no `joinError` keeps it out. */
  readonly invited?: boolean;
  readonly token?: unknown;
}

/** What decides at the door of a room. */
export interface Door {
  readonly closed: boolean;
  readonly requireAuth: boolean;
  /** The room's name. */
  readonly room: string;
  /** Unix seconds. */
  readonly now: number;
}

/** Why somebody may not come in; undefined when they may. */
export function refusalOf(newcomer: Newcomer, door: Door, faults: FaultState): FatalError | undefined {
  if (door.closed) return fatalError("no-room", "The meeting was deleted.");
  if (faults.expired) return fatalError("exp-room");
  if (newcomer.replica || newcomer.invited) return undefined;
  if (faults.joinError !== "none") return fatalError(faults.joinError);
  const type = door.requireAuth ? tokenError(newcomer.token, door.room, door.now) : undefined;
  return type && fatalError(type);
}
