import type { Faults } from "tavus-echo/fake-room";
import type { WalkRecord } from "../record.js";
import { kindsOf } from "../walk.js";

/** What could happen at all in a walk, from the faults that were set. */
export interface Conditions {
  /** Kinds of faults. None: a walk without faults. */
  kinds: ReadonlySet<string>;
  /** No fault at all. */
  clean: boolean;
  /** No fault that loses, delays or forges anything: every turn must be spoken. */
  benign: boolean;
  /** Whether some message to the replica could be lost, doubled, moved or delayed. */
  wayOut: { loses: boolean; doubles: boolean; moves: boolean };
  /** Seconds by which messages and events can be late, both ways together, at most. */
  lagSeconds: number;
  /** Whether an event of Tavus could reach the client before `at`. */
  eventsCouldCome(at: number): boolean;
  /** Whether the replica's level could be observed before `at`. */
  levelsCouldCome(at: number): boolean;
}

const harmless = new Set([
  "events-never",
  "levels-never",
  "levels-off",
  "events-unknown",
  "events-copied",
  "replica-late",
  "nonfatal",
]);

/** Reads them from the record. */
export function conditionsOf(record: WalkRecord): Conditions {
  const kinds = kindsOf(record.walk);
  const states = timeline(record);
  const ever = (holds: (faults: Faults) => unknown, until = Number.POSITIVE_INFINITY): boolean =>
    states.some(({ from, to, faults }) => from <= until && to > from && holds(faults));
  const out = (faults: Faults): boolean => faults.direction !== "fromReplica";
  const back = (faults: Faults): boolean => faults.direction !== "toReplica";
  const most = (value: (faults: Faults) => number): number =>
    states.reduce((max, { faults }) => Math.max(max, value(faults)), 0);
  return {
    kinds,
    clean: kinds.size === 0,
    benign: [...kinds].every((kind) => harmless.has(kind)),
    wayOut: {
      loses:
        [
          "outage-drop",
          "outage-queue",
          "call-lost",
          "send-refused",
          "limit-untold",
          "replica-leaves",
          "replica-deaf",
        ].some((kind) => kinds.has(kind)) || ever((faults) => (out(faults) && faults.loss) || faults.messagesPerSecond),
      doubles: ever((faults) => out(faults) && faults.duplication),
      moves: ever((faults) => out(faults) && faults.reordering),
    },
    lagSeconds:
      2 * most((faults) => (faults.latencySeconds ?? 0) + (faults.jitterSeconds ?? 0)) +
      most((faults) => faults.eventDelaySeconds ?? 0) +
      (kinds.has("events-reordered") ? 0.25 : 0) +
      (kinds.has("reordering") ? 0.5 : 0),
    eventsCouldCome: (at) =>
      ever(({ silent, eventsMissing, ...faults }) => {
        return !silent && eventsMissing !== 1 && !(back(faults) && (faults.loss ?? 0) >= 1);
      }, at),
    levelsCouldCome: (at) => ever(({ audioLevels }) => audioLevels !== false, at),
  };
}

/** The room's faults, and from when to when each state held. */
function timeline(record: WalkRecord): { from: number; to: number; faults: Faults }[] {
  const states: { from: number; to: number; faults: Faults }[] = [];
  let faults: Faults = record.faults[0]?.changes ?? {};
  let from = 0;
  for (const { at, changes } of record.faults) {
    if (at > from) states.push({ from, to: at, faults });
    from = at;
    faults = { ...faults, ...changes };
  }
  states.push({ from, to: Number.POSITIVE_INFINITY, faults });
  return states;
}
