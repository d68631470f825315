/** The behaviour of echo mode, point by point. Nothing here knows whether the fake or the real service answers. */
import type { Finding, Point, Settings } from "./finding.js";
import { arrival } from "./points/arrival.js";
import { durations } from "./points/durations.js";
import { events, rates } from "./points/events.js";
import { heartbeat } from "./points/heartbeat.js";
import { idleInterrupt, interrupts, lateChunks } from "./points/interrupts.js";
import { done, emptyLastChunk } from "./points/last-chunk.js";
import { prebuffer } from "./points/prebuffer.js";
import { secondId } from "./points/second-id.js";
import { silentId } from "./points/silent-id.js";
import { sizes } from "./points/sizes.js";
import { text } from "./points/text.js";
import { unknowns } from "./points/unknowns.js";
import type { Session } from "./session.js";

export type { Finding, Point, Setting, SettingName, Settings } from "./finding.js";

/** In this order; each starts when all is quiet. The first are what later ones build on. */
export const points: readonly Point[] = [
  ...[arrival, events, sizes, prebuffer, silentId, durations, secondId, interrupts, emptyLastChunk, lateChunks],
  ...[...rates, ...done, ...text, idleInterrupt, ...unknowns, heartbeat],
];

/** A point and what it found. */
export interface Line extends Finding {
  name: string;
  mark: Point["mark"];
}

/**
 * Runs the points one after the other on a joined call in which the replica is present; `told` hears of each as it is found.
 * None is begun that might not end before `deadline` (seconds of the session's clock).
 */
export async function runSuite(
  session: Session,
  selected: readonly Point[] = points,
  told: (line: Line) => void = () => {},
  deadline = Number.POSITIVE_INFINITY,
): Promise<Line[]> {
  const lines: Line[] = [];
  const seen: Settings = {};
  let mute = false;
  for (const point of selected) {
    const { name, mark } = point;
    let finding: Finding;
    try {
      if (point !== arrival && !mute) await session.quiet();
      if (mute) finding = { holds: undefined, observed: "not asked: no event came" };
      else if (session.now + point.seconds > deadline)
        finding = { holds: undefined, observed: "not asked: no time was left" };
      else finding = await point.run(session, seen);
    } catch (error) {
      finding = { holds: mark === "certain" ? false : undefined, observed: `failed: ${error}` };
    }
    // Everything else is told by events.
    mute ||= point === events && finding.settings === undefined && session.now + point.seconds <= deadline;
    Object.assign(seen, finding.settings);
    const line = { name, mark, ...finding };
    lines.push(line);
    told(line);
  }
  return lines;
}
