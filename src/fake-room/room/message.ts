/** A message as it was sent. */
export interface RoomMessage {
  /** Seconds of the room's clock. */
  readonly at: number;
  /** Session id of the sender. */
  readonly from: string;
  readonly to: unknown;
  readonly data: unknown;
  /** Whether the room took it: `lost` by a fault, `held` while signalling is interrupted, `refused` for its length. */
  readonly fate: "carried" | "lost" | "held" | "refused";
}

/** What the replica could not use, and why. */
export interface RefusedMessage {
  readonly at: number;
  readonly from: string;
  readonly reason: string;
  readonly data: unknown;
}
