import type { DocumentedEvent } from "./documented-event.js";

/** Two reports of one fact come within this time of each other. */
const repeatSeconds = 2;
/** Reports within that time that are compared with. */
const mostReports = 64;

/** A report, as far as it is compared. */
interface Report {
  /** Reports of one slot are compared. */
  slot: string;
  fact: string;
  id: string | undefined;
  seq: number | undefined;
  at: number;
}

const same = (a: Report | undefined, b: Report): boolean =>
  a?.fact === b.fact && (a.id === b.id || a.id === undefined || b.id === undefined);

/**
 * Lets each fact through once: Tavus says it in both generations of names, `pal` again as `replica`, and more than one start of
 * one echo has been seen [certain]. Returns whether an event, received at `now` (seconds), says anything new.
 */
export function deduplicator(): (event: DocumentedEvent, now: number) => boolean {
  let recent: Report[] = [];
  return ({ event_type: type, seq, inference_id: id, properties }, now) => {
    // A stop after a start is news, and so is the next start: both are in one slot. Only what has a role is said more than once.
    const speaking = type.endsWith("_speaking");
    const fact = speaking ? type : JSON.stringify([properties, properties.role ? 0 : seq]);
    const report = { slot: `${speaking || type} ${properties.role}`, fact, id, seq, at: now };
    recent = recent.filter(({ at }) => now - at <= repeatSeconds).slice(1 - mostReports);
    // Events may arrive out of order: what counts is which report is next to it in the order of sending, as far as that is known.
    let before: Report | undefined;
    let after: Report | undefined;
    for (const other of recent) {
      if (other.slot !== report.slot) continue;
      const gap = (other.seq ?? Number.NaN) - (seq ?? Number.NaN);
      if (!(gap > 0) && !(Number(before?.seq) > Number(other.seq))) before = other;
      if (gap >= 0 && !(Number(after?.seq) < Number(other.seq))) after = other;
    }
    recent.push(report);
    return !same(before, report) && !same(after, report);
  };
}
