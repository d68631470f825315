import type { FakeReplica } from "../replica/replica.js";
import type { Schedule } from "../schedule.js";
import type { Presence } from "./seat.js";

/**
 * Tells how loud everybody is, by session id, every `seconds` until the undo is called: the replica as it plays, others not
 * at all. daily-js documents 0 to 1; how Daily computes it is [unknown]: here the RMS since the report before.
 */
export function observeLevels(
  schedule: Schedule,
  replica: FakeReplica,
  everybody: () => readonly Presence[],
  seconds: number,
  tell: (levels: Record<string, number>) => void,
): () => void {
  let stopped = false;
  const report = (): void => {
    if (stopped) return;
    const level = replica.level(seconds);
    tell(
      Object.fromEntries(everybody().map((presence) => [presence.sessionId, presence.replica ? level : 0] as const)),
    );
    schedule.after(seconds, report);
  };
  schedule.after(seconds, report);
  return () => {
    stopped = true;
  };
}
