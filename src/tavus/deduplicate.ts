import type { DocumentedEvent } from "./documented-event.js";

/** Two reports of one fact come within this time of each other. */
const repeatSeconds = 2;
/** Reports within that time that are compared with. */
const mostReports = 32;

/** A report, as far as it is compared. */
interface Report {
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
  const slots = new Map<string, Report[]>();
  return ({ event_type: type, seq, inference_id: id, properties }, now) => {
    // A stop after a start is news, and so is the next start: both are in one slot. Only what has a role is said more than once.
    const speaking = type.endsWith("_speaking");
    const fact = speaking ? type : JSON.stringify([properties, properties.role ? 0 : seq]);
    const report = { fact, id, seq, at: now };
    const slot = `${speaking || type} ${properties.role}`;
    const reports = (slots.get(slot) ?? []).filter(({ at }) => now - at <= repeatSeconds).slice(1 - mostReports);
    slots.set(slot, [...reports, report]);
    // Events may arrive out of order: what counts is which report is next to it in the order of sending, as far as that is known.
    let before: Report | undefined;
    let after: Report | undefined;
    for (const other of reports) {
      const gap = (other.seq ?? Number.NaN) - (seq ?? Number.NaN);
      if (!(gap > 0) && !(Number(before?.seq) > Number(other.seq))) before = other;
      if (gap >= 0 && !(Number(after?.seq) < Number(other.seq))) after = other;
    }
    return !same(before, report) && !same(after, report);
  };
}
