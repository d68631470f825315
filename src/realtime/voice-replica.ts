import type { Source } from "../source/source.js";

/** What a voice needs of a turn: the library's `Turn` has it. */
export interface VoiceTurn {
  /** See `Turn.state`. */
  readonly state: string;
  /** How far it has been heard, in seconds of its audio. */
  readonly position: { seconds: number };
  /** Settles once, never rejects. */
  readonly outcome: Promise<{ type: string; heardSeconds: number; error?: unknown }>;
  /** Drops the rest. */
  interrupt(): void;
}

/** What a voice needs of a replica: the library's `Replica` has it, and tests may write another. */
export interface VoiceReplica {
  /** See `Replica.speak`. */
  speak(source: Source, options: { mode: "queue" }): VoiceTurn;
  /** See `Replica.interrupt`. */
  interrupt(): unknown;
  /** See `Replica.on`. */
  on(type: "speaking" | "silent", listener: () => void, options: { signal: AbortSignal }): () => void;
}
