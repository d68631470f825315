import { EchoError, type EchoErrorCode } from "../errors.js";
import type { Readiness } from "../transport/presence.js";
import type { ActiveTurn } from "./active-turn.js";
import type { Outlet } from "./outlet.js";

/** What a turn fails with that waits too long in such a state. After the end of a call it waits for another join. */
const waits: Partial<Record<Readiness, EchoErrorCode>> = {
  "not-joined": "not-joined",
  "replica-absent": "replica-absent",
  left: "call-left",
};

/** A source that has produced nothing for this long while nothing of its turn plays is warned of. */
const stallWarningSeconds = 5;

/**
 * Until when the source of the current turn may produce nothing; `quietSince`: nothing of the turn has played since then.
 * An EchoError: it may no longer. `warn` is called when it is late.
 */
export function stallDeadline(
  { payload }: ActiveTurn,
  quietSince: number,
  timeoutSeconds: number,
  now: number,
  warn: (error: EchoError) => void,
): number | EchoError {
  const { waitingSince, asking } = payload;
  if (waitingSince === undefined || asking) return Infinity;
  const since = Math.max(waitingSince, quietSince);
  const stalled = new EchoError("source-stalled", `The source has produced nothing for ${(now - since).toFixed(1)} s.`);
  if (now >= since + timeoutSeconds) return stalled;
  if (now < since + stallWarningSeconds) return since + Math.min(stallWarningSeconds, timeoutSeconds);
  warn(stalled);
  return since + timeoutSeconds;
}

/** Until when `turn` may wait, as things are; an EchoError: it may no longer. */
export function deadline(turn: ActiveTurn, outlet: Outlet, timeoutSeconds: number, now: number): number | EchoError {
  const { readiness, readinessSince } = outlet;
  const { payload, createdAt } = turn;
  const waiting = waits[readiness];
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
      new EchoError(
        "no-audio",
        payload.exact ? "The source produced no audio, so nothing was sent." : "There was no text to say.",
      )
    );
  if (!waiting) return Infinity;
  const until = Math.max(createdAt, readinessSince) + timeoutSeconds;
  const whom = waiting === "replica-absent" ? "no replica joined" : "the call was not joined";
  return until > now ? until : new EchoError(waiting, `Timed out: ${whom} within ${timeoutSeconds} s.`);
}
