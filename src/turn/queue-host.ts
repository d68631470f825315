import type { Clock } from "../flow/clock.js";
import type { Basis } from "../playback/playback-clock.js";
import type { ActiveTurn } from "./active-turn.js";
import type { SenderOptions } from "./sender.js";

/** Who is told what becomes of turns. */
export interface QueueHost {
  /** A turn has settled. */
  settled(turn: ActiveTurn): void;
  /** About a second has passed with turns under way. */
  progress(): void;
  /** A turn's first message has left, or its first sound was heard. */
  milestone(turn: ActiveTurn, what: "first-message" | "first-speech"): void;
  /** The replica began to be heard; `turn` where it is one of ours. */
  speaking(turn: ActiveTurn | undefined, basis: Basis): void;
  /** It is no longer heard. */
  silent(turn: ActiveTurn | undefined, interrupted: boolean): void;
}

/** Options of the replica that concern its turns; see there. */
export interface QueueSettings extends SenderOptions {
  clock: Clock;
  sampleRate: number;
  readyTimeoutSeconds: number;
  stallTimeoutSeconds: number;
  resumeWindowSeconds: number;
}
