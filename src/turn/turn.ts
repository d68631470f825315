import type { EchoError } from "../errors.js";
import type { Basis } from "../playback/playback-clock.js";
import type { TurnState } from "./state.js";

/** What became of a turn. `sentSeconds`: audio that left; of a text turn an estimate unless Tavus named the duration. */
export type Outcome = { heardSeconds: number; sentSeconds: number; basis: Basis } & (
  | { type: "spoken" }
  | { type: "interrupted"; by: InterruptedBy }
  | { type: "failed"; error: EchoError }
);

/** Who ended it: a call of `interrupt()`, a turn with mode "replace", its AbortSignal, the replica itself, `replica.close()`. */
export type InterruptedBy = "app" | "replaced" | "signal" | "replica" | "close";

/** One utterance of the replica, from the call of `speak()` or `say()` to its outcome. */
export interface Turn {
  /** The `inference_id` of its first messages; never changes. */
  readonly id: string;
  /** Every `inference_id` of its messages so far: a turn that pauses, or outlives an interruption of the network, continues under another one. */
  readonly inferenceIds: readonly string[];
  /** What it is doing; see {@link TurnState}. */
  readonly state: TurnState;
  /** True when the first sound is heard; false when it settled before. Never rejects. */
  readonly started: Promise<boolean>;
  /** Never rejects: an interruption is the normal case of a conversation, and a failure is an outcome. */
  readonly outcome: Promise<Outcome>;
  /** How far it has been heard, in seconds, and what that rests on. */
  readonly position: { seconds: number; basis: Basis };
  /** Calls `cue` when `seconds` have been heard; at once when they have been already. None fires after an interruption. Returns the undo. */
  at(seconds: number, cue: () => void): () => void;
  /** No more input: what was captured is sent, then `done`. */
  end(): void;
  /** Drops the rest. A turn that is still queued leaves without a message. */
  interrupt(): void;
  /**
   * The rest from the position on, as a new turn with a new id, at the end of the queue. For a turn that was
   * interrupted or has failed, within `resumeWindowSeconds` (counted from the return of the call when that was lost). A
   * live source ended with the interruption: what it had captured is said. Throws TypeError for a text turn, and where
   * nothing is left.
   */
  resume(): Turn;
  /** Calls `listener` on every change of state; returns the undo. */
  on(type: "state", listener: (state: TurnState) => void): () => void;
}

export type { Basis, TurnState };
