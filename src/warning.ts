import type { Turn } from "./turn/turn.js";

/** Something works on, but somebody should know: the payload of the replica's `warning` event. */
export interface Warning {
  /** Stable identifier, e.g. `microphone-published`, `throughput-too-low`, `clock-stalled`. */
  code: string;
  /** What was noticed. */
  message: string;
  /** What to do about it. */
  remedy: string;
  /** The turn that it is about, where it is about one. */
  turn?: Turn | undefined;
}
