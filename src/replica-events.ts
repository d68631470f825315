import type { EchoError } from "./errors.js";
import type { TavusEvent } from "./tavus-events.js";
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
  /** Told of the turn's failure when nobody listens to the replica's `error` event. Returns whether somebody was told: else it goes to `reportError()`. */
  report?: ((error: EchoError) => boolean) | undefined;
}

/** Name → payload of what `replica.on` tells. */
export interface ReplicaEvents {
  /** The replica's state changed. */
  state: { state: ReplicaState; reason?: string | undefined };
  /** The replica began to be heard, and what that rests on; `turn` where it is one of ours. In echo mode Tavus does not hear the user. */
  speaking: { turn?: Turn | undefined; basis: Basis };
  /** The replica ceased to be heard. */
  silent: { turn?: Turn | undefined; interrupted: boolean };
  /**
   * What was said, as Tavus understood it. `turn`: where it is known to be one of ours. `interrupted`: it was broken off, as far as
   * Tavus says so. `timestamp`: Unix time in seconds, where Tavus sent one.
   */
  utterance: {
    role: "user" | "replica";
    text: string;
    final: boolean;
    turn?: Turn | undefined;
    interrupted?: boolean | undefined;
    timestamp?: number | undefined;
  };
  /**
   * Every event that Tavus documents, from a sender that is trusted, once, under its unified name. Tool calls have `reply()`. The
   * message as it came is in `raw`.
   */
  tavus: TavusEvent;
  /** About once a second while turns are under way, and when one settles. */
  stats: Stats;
  /** Works on, but somebody should know. */
  warning: Warning;
  /** Every failed turn too, so that nothing fails unseen; with no listener it goes to `reportError()`. */
  error: EchoError;
  /** Every inbound message, parsed or not, with who sent it and whether that is the replica. */
  raw: { message: unknown; fromId: string; fromReplica: boolean };
}
