import { EchoError } from "../errors.js";
import type { ActiveTurn } from "./active-turn.js";
import type { Outlet } from "./outlet.js";

/** Until when `turn` may wait, as things are; an EchoError: it may no longer. */
export function deadline(turn: ActiveTurn, outlet: Outlet, timeoutSeconds: number, now: number): number | EchoError {
  const { readiness, readinessSince } = outlet;
  const { payload, createdAt } = turn;
  const waiting = readiness === "not-joined" || readiness === "replica-absent" ? readiness : undefined;
  if (payload.overflowing) {
    const sent = turn.sentSeconds.toFixed(2);
    const left = payload.queuedSeconds.toFixed(2);
    return new EchoError(
      waiting ?? (readiness === "held" ? "hold-exceeded" : "throughput-too-low"),
      `The backlog of the live source is full: ${sent} s were sent, ${left} s were not.`,
    );
  }
  if (payload.empty)
    return (
      payload.failure ??
      new EchoError("no-audio", payload.exact ? "The source ended without a sample." : "There was no text to say.")
    );
  if (!waiting) return Infinity;
  const until = Math.max(createdAt, readinessSince) + timeoutSeconds;
  const whom = waiting === "not-joined" ? "the call was not joined" : "no replica joined";
  return until > now ? until : new EchoError(waiting, `Timed out: ${whom} within ${timeoutSeconds} s.`);
}
