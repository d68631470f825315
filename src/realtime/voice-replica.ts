import type { Source } from "../source/source.js";

/** What became of a turn, as far as a voice needs to know. */
export interface VoiceOutcome {
  /** "spoken", "interrupted" or "failed". */
  type: string;
  /** Seconds that were heard. */
  heardSeconds: number;
  /** Seconds that were sent; of a text turn an estimate. */
  sentSeconds?: number;
  /** Why it failed. */
  error?: unknown;
}

/** What a voice needs of a turn: the library's `Turn` has it. */
export interface VoiceTurn {
  /** See `Turn.state`. */
  readonly state: string;
  /** How far it has been heard, in seconds of its audio. */
  readonly position: { seconds: number };
  /** Settles once, never rejects. */
  readonly outcome: Promise<VoiceOutcome>;
  /** Drops the rest. */
  interrupt(): void;
  /** See `Turn.resume`. Without it a false barge-in cannot be taken back. */
  resume?(): VoiceTurn;
}

/** What a voice needs of a replica: the library's `Replica` has it, and tests may write another. */
export interface VoiceReplica {
  /** See `Replica.speak`. */
  speak(source: Source, options: SpeakRequest): VoiceTurn;
  /** See `Replica.say`. Needed for `sayText` only. */
  say?(text: AsyncIterable<string>, options: SpeakRequest): VoiceTurn;
  /** See `Replica.interrupt`. */
  interrupt(): unknown;
  /** See `Replica.on`. */
  on(type: "speaking" | "silent", listener: () => void, options: { signal: AbortSignal }): () => void;
}

/** How a voice has the replica speak: behind what it is saying. */
export interface SpeakRequest {
  mode: "queue";
  /** See `SpeakOptions.report`. */
  report: (error: unknown) => boolean;
}
