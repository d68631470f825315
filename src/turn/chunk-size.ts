import { wholeGroups } from "../flow/budget.js";

/** Held back while more may come, so that the message with `done: true` carries real audio without delaying a live chunk. */
export const holdBackSeconds = 0.01;
/** Length of a live source's messages, and of any turn's first one. */
export const shortSeconds = 0.06;
/** Length of the others, as the limit allows. */
const longSeconds = 0.4;
/** Below this lead a message leaves before it is full: latency counts more than the number of messages. */
const thinLeadSeconds = 1;

/** What is there to be sent of a turn that is not over. */
export interface Supply {
  /** Samples that were gathered and not sent. */
  queued: number;
  /** Nothing of the turn has been sent. */
  first: boolean;
  /** Short messages are wanted: the source is live, or the replica's lead is 0. */
  short: boolean;
  /** When a source that gives nothing more for now is no longer waited for to fill a message. */
  lullOver: number;
}

/** Samples of a full message: `fits` of them have room, at `rate` Hz. */
export function fullChunk({ first, short }: Supply, fits: number, rate: number): number {
  return Math.min(fits, Math.round(rate * (first || short ? shortSeconds : longSeconds)));
}

/**
 * Samples of the next message as long as more may come; 0 or less: none yet, look again after that many seconds (negated).
 * `lead`: seconds sent and not heard.
 */
export function nextChunk(supply: Supply, fits: number, rate: number, lead: number, now: number): number {
  const { queued, first, lullOver } = supply;
  const full = fullChunk(supply, fits, rate);
  const holdBack = Math.round(holdBackSeconds * rate);
  const free = wholeGroups(Math.max(0, queued - holdBack));
  if (free >= full) return full;
  if (free === 0) return -Infinity;
  if (lead > thinLeadSeconds) return thinLeadSeconds - lead;
  const enough = Math.min(fits, Math.round(shortSeconds * rate) - (first ? holdBack : 0));
  return free >= wholeGroups(enough) || now >= lullOver ? free : now - lullOver;
}
