import type { WalkRecord } from "../record.js";
import { claims, doubts } from "./claims.js";
import { conditionsOf } from "./conditions.js";
import { factsOf } from "./facts.js";
import type { Finding } from "./finding.js";
import { bookkeeping, causes, health } from "./health.js";
import { outages, resumes, samples } from "./samples.js";
import { beginnings, runsOn, settling } from "./settling.js";

/** Judges a walk from outside: does what was told go beyond what the room heard? */
export function judge(record: WalkRecord): Finding[] {
  const conditions = conditionsOf(record);
  const all = factsOf(record);
  return [
    ...all.flatMap((facts) => [
      ...claims(facts, record, conditions),
      ...doubts(facts, conditions),
      ...settling(facts, record, conditions),
      ...beginnings(facts, record, conditions),
      ...runsOn(facts, conditions),
      ...samples(facts, record, conditions),
      ...resumes(facts),
      ...causes(facts, record, conditions),
    ]),
    ...outages(record),
    ...health(all, record, conditions),
    ...bookkeeping(all, record),
  ];
}
