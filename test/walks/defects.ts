import type { Replica, Transport, VirtualClock } from "tavus-echo";

/** A lie or a mistake that is put between the app and the client, or between the client and the room. */
export interface Defect {
  name: string;
  transport?(inner: Transport, clock: VirtualClock): Transport;
  replica?(inner: Replica, clock: VirtualClock): Replica;
}

/** All defects, by name. */
export const defects: readonly Defect[] = [];
