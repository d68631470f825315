import type { Clock } from "../flow/clock.js";
import type { ActiveTurn } from "./active-turn.js";

/** Who is told what becomes of turns. */
export interface VoiceHost {
  /** A turn has settled. */
  settled(turn: ActiveTurn): void;
  /** About a second has passed with turns under way. */
  progress(): void;
  /** A turn's first message has left, or its first sound was heard. */
  milestone(turn: ActiveTurn, what: "first-message" | "first-speech"): void;
}

/** Options of the replica that concern its voice; see there. */
export interface VoiceSettings {
  clock: Clock;
  leadSeconds: number;
  messagesPerSecond: number;
  readyTimeoutSeconds: number;
  resumeWindowSeconds: number;
}
