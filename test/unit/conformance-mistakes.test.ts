/** The conformance suite passes where it should, and fails on exactly what is wrong: it can fail. */
import { expect, test } from "vitest";
import { points } from "../../conformance/suite.js";
import { conformIn } from "../support/conformance-run.js";
import { type Mistakes, seatOtherReplica } from "../support/other-replica.js";

const expected: Record<keyof Mistakes, string> = {
  wrongRate: "sample_rate is assumed to be 16000 when it is missing",
  repeats: "a message that comes again after done is not heard again",
  cutsLast: "the last chunk, with done: true, is heard in full",
  reusesIds: "an id that was interrupted is not taken again",
};
const certain = points.filter(({ mark }) => mark === "certain");

/** Names of the certain facts that do not hold with a replica that shares no code with the fake's, and gets these points wrong. */
async function failures(mistakes: Mistakes): Promise<string[]> {
  const { report } = await conformIn({ replica: "absent" }, certain, undefined, undefined, (room, clock) =>
    seatOtherReplica(room, mistakes, clock),
  );
  expect(report.lines).toHaveLength(certain.length);
  return report.lines.filter(({ holds }) => holds !== true).map(({ name }) => name);
}

test("an independent replica holds every certain fact", async () => {
  expect(await failures({})).toEqual([]);
});

test.each(Object.entries(expected))("with %s it fails on that point alone", async (mistake, name) => {
  expect(await failures({ [mistake]: true })).toEqual([name]);
});

test("all mistakes at once fail on exactly those points", async () => {
  const all = Object.fromEntries(Object.keys(expected).map((name) => [name, true]));
  expect((await failures(all)).sort()).toEqual(Object.values(expected).sort());
});
