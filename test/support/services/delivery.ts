import type { ServiceClock } from "./service-clock.js";
import { elapsed } from "./service-clock.js";

/** How the bytes of an answer leave the server. */
export interface Delivery {
  /** Seconds of audio in a piece. Default 0.1. */
  pieceSeconds?: number;
  /** How many times faster than real time. Default 4; Infinity sends everything at once. */
  speed?: number;
  /** Pieces of an odd number of bytes: every second cut falls inside a sample of two bytes, three of four in one of four. */
  oddCuts?: boolean;
  /** Pauses of the server: nothing leaves for `seconds` once `afterSeconds` of audio have left. */
  stalls?: readonly { afterSeconds: number; seconds: number }[];
  /** Breaks the connection without a close frame once so much audio has left. */
  dropAfterSeconds?: number;
}

/** How a delivery ended: everything left, somebody stopped it, or the script broke the connection. */
export type Ending = "finished" | "stopped" | "dropped";

/** One piece, and where it lies in the answer. */
export interface Piece {
  bytes: Buffer;
  /** Index of its first byte. */
  from: number;
  /** Whether it is the last. */
  last: boolean;
}

/** Cuts bytes into the pieces that `delivery` asks for. */
export function cut(bytes: Buffer, bytesPerSecond: number, frameBytes: number, delivery: Delivery): Piece[] {
  const { pieceSeconds = 0.1, oddCuts = false } = delivery;
  const whole = Math.max(frameBytes, Math.round((pieceSeconds * bytesPerSecond) / frameBytes) * frameBytes);
  const length = oddCuts ? whole + 1 - (whole % 2) : whole;
  const pieces: Piece[] = [];
  for (let from = 0; from < bytes.length; from += length)
    pieces.push({ bytes: bytes.subarray(from, from + length), from, last: from + length >= bytes.length });
  return pieces;
}

/**
 * Sends pieces at the pace of `delivery`. The time of a piece is computed from the start, so that waits do not add up.
 *
 * @param send - Sends a piece; called while `signal` has not aborted.
 */
export async function deliver(
  clock: ServiceClock,
  pieces: readonly Piece[],
  bytesPerSecond: number,
  delivery: Delivery,
  signal: AbortSignal,
  send: (piece: Piece) => void,
): Promise<Ending> {
  const { speed = 4, dropAfterSeconds = Number.POSITIVE_INFINITY } = delivery;
  const stalls = [...(delivery.stalls ?? [])].sort((a, b) => a.afterSeconds - b.afterSeconds);
  let due = clock.now();
  for (const piece of pieces) {
    const sentSeconds = piece.from / bytesPerSecond;
    if (sentSeconds >= dropAfterSeconds) return "dropped";
    while (stalls.length > 0 && sentSeconds >= stalls[0].afterSeconds) due += stalls.shift()?.seconds ?? 0;
    if (!(await elapsed(clock, due - clock.now(), signal))) return "stopped";
    send(piece);
    due += piece.bytes.length / bytesPerSecond / speed;
  }
  if (dropAfterSeconds < Number.POSITIVE_INFINITY) return "dropped";
  return (await elapsed(clock, due - clock.now(), signal)) ? "finished" : "stopped";
}
