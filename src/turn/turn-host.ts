import type { EchoError } from "../errors.js";
import type { Clock } from "../flow/clock.js";
import type { Basis } from "../playback/playback-clock.js";
import type { ActiveTurn } from "./active-turn.js";
import type { InterruptedBy, Turn } from "./turn.js";

/** Who runs the turns: told when one wants something. */
export interface TurnHost {
  /** The injected time. */
  readonly clock: Clock;
  /** How far what the current turn sent under its present id has been heard; undefined when nothing of it is under way. */
  position(): { seconds: number; basis: Basis } | undefined;
  /** When so many seconds of that will have been heard; Infinity when it cannot be said. */
  heardAt(seconds: number): number;
  /** Something about the turn has changed: look at it again. */
  wake(): void;
  /** `turn.interrupt()` was called. */
  interrupt(turn: ActiveTurn): void;
  /** `turn.resume()` was called on a turn that can be. */
  resume(turn: ActiveTurn): Turn;
}

/** How a turn ends. */
export type Ending =
  | { type: "spoken" }
  | { type: "interrupted"; by: InterruptedBy }
  | { type: "failed"; error: EchoError };
