import type { Warning } from "../warning.js";

/** What carries messages to the room and tells what happens in it. `dailyTransport` is one; tests write others. */
export interface Transport {
  /** What at most one live Replica may use, e.g. the call; default: the transport itself. */
  readonly claims?: object | undefined;
  /** A join is under way: turns that are made meanwhile wait for it, also after the call was left. Default false. */
  readonly joining?: boolean | undefined;
  /** Characters (UTF-16 code units) of `JSON.stringify(message)` that the room takes now. */
  readonly maxMessageLength: number;
  /**
   * Sends to the replica, or throws and has sent nothing. A message over the limit throws an EchoError
   * `message-too-long`, after `maxMessageLength` has been set to what was learnt from the refusal.
   */
  send(message: object): void;
  /**
   * Calls `listener` on every event until the returned undo is called. What already holds (joined, replica present) is
   * told at once, before `subscribe` returns.
   */
  subscribe(listener: (event: TransportEvent) => void): () => void;
  /**
   * Whether a message of this session would be `fromReplica` now. Asked again about senders that were no participants when
   * they sent. Default: as it was told.
   */
  believes?(fromId: string): boolean;
  /** Shows the replica's own video and audio in the element; returns the undo. */
  attach?(element: HTMLVideoElement): () => void;
  /**
   * Calls `listener` with the replica's audio level, from 0 (silence) to 1, about every 100 ms until the undo is called.
   * Asked for only where Tavus' events do not come. Rejects when the level cannot be observed.
   */
  observeLevel?(listener: (level: number) => void): Promise<() => void>;
}

/**
 * What a transport reports. `fromReplica`: sent by the replica, or by a sender that is no participant of the call at all;
 * `visible: false` tells that it is none.
 */
export type TransportEvent =
  | { type: "joined"; conversationId?: string | undefined }
  | { type: "left"; reason?: string | undefined }
  | { type: "replica"; present: boolean }
  | { type: "network"; up: boolean }
  | { type: "limit"; maxMessageLength: number }
  | { type: "message"; message: unknown; fromId: string; fromReplica: boolean; visible?: boolean | undefined }
  /**
   * What a wire that acknowledges playback says of an utterance: its first sound, or its end. `seconds`: heard of it, as far as
   * that is said. Trusted as it is, so the transport checks who says so. Daily acknowledges nothing.
   */
  | {
      type: "playback";
      what: "started" | "finished";
      inferenceId?: string | undefined;
      seconds?: number | undefined;
      interrupted?: boolean | undefined;
    }
  | ({ type: "warning" } & Warning);
