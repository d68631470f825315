import type { Clock } from "../../flow/clock.js";
import type { Model } from "../replica/model.js";
import type { Speech } from "../replica/voice.js";
import type { FaultState } from "./faults.js";

/** What a room is made of. */
export interface RoomParts {
  clock: Clock;
  conversationId: string;
  seed: number;
  speed: number;
  faults: FaultState;
  model: Model;
  speech: Speech | undefined;
  /** Whether clients need a meeting token. */
  requireAuth: boolean;
  /** Whether the replica has no video. */
  audioOnly: boolean;
  /** The replica's user id. */
  replicaUserId: string | undefined;
  /** Seconds that joining takes. */
  joinSeconds: number;
  /** Seconds after the first participant at which a late replica comes. */
  lateSeconds: number;
}
