import type { EchoError } from "../errors.js";
import type { Clock } from "../flow/clock.js";
import type { ActiveTurn } from "./active-turn.js";
import type { InterruptedBy, Turn } from "./turn.js";

/** Who runs the turns: told when one wants something. */
export interface TurnHost {
  /** The injected time. */
  readonly clock: Clock;
  /** Seconds from a message to its sound, as far as known. */
  readonly startSeconds: number;
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
