import type { EchoError } from "./errors.js";
import type { Stats } from "./turn/meter.js";
import type { Basis, Turn } from "./turn/turn.js";
import type { Warning } from "./warning.js";

/** `waiting` for the call or the replica, `ready` to speak, `held` by an interrupted network, `left` the call, `closed`. */
export type ReplicaState = "waiting" | "ready" | "held" | "left" | "closed";

/** How `speak()` and `say()` treat what is being said, and how they are called off. */
export interface SpeakOptions {
  /** Default: live sources replace, others queue. */
  mode?: "queue" | "replace" | undefined;
  /** Abort resolves the outcome as interrupted by "signal"; nothing rejects. */
  signal?: AbortSignal | undefined;
}

/** Name → payload of what `replica.on` tells. */
export interface ReplicaEvents {
  /** The replica's state changed. */
  state: { state: ReplicaState; reason?: string | undefined };
  /** The replica began to be heard, and what that rests on; `turn` where it is one of ours. In echo mode Tavus does not hear the user. */
  speaking: { turn?: Turn | undefined; basis: Basis };
  /** The replica ceased to be heard. */
  silent: { turn?: Turn | undefined; interrupted: boolean };
  /** What was said, as Tavus understood it. */
  utterance: { role: "user" | "replica"; text: string; final: boolean };
  /** About once a second while turns are under way, and when one settles. */
  stats: Stats;
  /** Works on, but somebody should know. */
  warning: Warning;
  /** Every failed turn too, so that nothing fails unseen; with no listener it goes to `reportError()`. */
  error: EchoError;
  /** Every inbound message, parsed or not, with who sent it and whether that is the replica. */
  raw: { message: unknown; fromId: string; fromReplica: boolean };
}
