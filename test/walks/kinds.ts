import fc from "fast-check";
import type { Faults } from "tavus-echo/fake-room";
import type { Step } from "./walk.js";

const chance = fc.constantFrom(0.02, 0.1, 0.3, 0.5, 1);
const few = fc.constantFrom(0.05, 0.2, 0.5);
const lasting = fc.option(fc.constantFrom(0.5, 1, 2, 4, 8, 12, 19), { nil: undefined, freq: 3 });
const tenths = (from: number, to: number): fc.Arbitrary<number> =>
  fc.integer({ min: Math.round(from * 10), max: Math.round(to * 10) }).map((value) => value / 10);

/** A fault of the room that lasts a while, or stays. */
function fault(
  kind: string,
  faults: fc.Arbitrary<Faults>,
  seconds: fc.Arbitrary<number | undefined> = lasting,
): fc.Arbitrary<Step> {
  return fc.tuple(faults, seconds).map(([drawn, forSeconds]) => ({
    do: "set",
    kind,
    faults: drawn,
    ...(forSeconds !== undefined && { forSeconds }),
  }));
}

const on = (name: keyof Faults): fc.Arbitrary<Faults> => fc.constant({ [name]: true });
const one = <K extends keyof Faults>(name: K, values: fc.Arbitrary<Faults[K]>): fc.Arbitrary<Faults> =>
  values.map((value) => ({ [name]: value }));
const way = (direction: NonNullable<Faults["direction"]>, faults: fc.Arbitrary<Faults>): fc.Arbitrary<Faults> =>
  faults.map((drawn) => ({ ...drawn, direction }));
const anyWay = (faults: fc.Arbitrary<Faults>): fc.Arbitrary<Faults> =>
  fc
    .tuple(fc.constantFrom("both" as const, "toReplica" as const, "fromReplica" as const), faults)
    .map(([direction, drawn]) => ({ ...drawn, direction }));

/** The network is gone, which the client learns at once, late, or never. */
const outage = (signalling: "drop" | "queue"): fc.Arbitrary<Faults> =>
  fc
    .constantFrom(0, 0, 0.5, 2, 5, 20)
    .map((noticedAfterSeconds) => ({ signalling, ...(noticedAfterSeconds > 0 && { noticedAfterSeconds }) }));

const eventTypes = [
  "conversation.replica.started_speaking",
  "conversation.started_speaking",
  "conversation.replica.stopped_speaking",
  "conversation.stopped_speaking",
];

/** Every kind of fault that comes as a step, and how it is drawn. */
export const faultSteps: Readonly<Record<string, fc.Arbitrary<Step>>> = {
  "loss-out": fault("loss-out", way("toReplica", one("loss", chance))),
  "loss-in": fault("loss-in", way("fromReplica", one("loss", chance))),
  "loss-both": fault("loss-both", way("both", one("loss", chance))),
  duplication: fault("duplication", anyWay(one("duplication", chance))),
  reordering: fault("reordering", anyWay(one("reordering", few))),
  latency: fault("latency", way("both", one("latencySeconds", fc.constantFrom(0.04, 0.1, 0.3, 0.5, 1)))),
  jitter: fault("jitter", way("both", one("jitterSeconds", fc.constantFrom(0.05, 0.2, 0.5)))),
  "rate-drop": fault(
    "rate-drop",
    fc.constantFrom(2, 5, 10, 15).map((messagesPerSecond) => ({ messagesPerSecond, rateLimit: "drop" })),
  ),
  "rate-delay": fault(
    "rate-delay",
    fc.constantFrom(5, 10, 15).map((messagesPerSecond) => ({ messagesPerSecond, rateLimit: "delay" })),
  ),
  "limit-told": fault("limit-told", one("maxMessageLength", fc.constantFrom(1200, 3000, 6600, 26_000))),
  "limit-untold": fault(
    "limit-untold",
    fc.constantFrom(1200, 3000, 6600).map((maxMessageLength) => ({ maxMessageLength, announceLimit: false })),
  ),
  "outage-drop": fault("outage-drop", outage("drop"), tenths(1, 19)),
  "outage-queue": fault("outage-queue", outage("queue"), tenths(1, 19)),
  "call-lost": fc.oneof(
    fault(
      "call-lost",
      fc
        .constantFrom("left" as const, "error" as const)
        .map((signallingEnd) => ({ signalling: "drop" as const, signallingEnd })),
      fc.constant(undefined),
    ),
    fault("call-lost", fc.oneof(on("ejected"), on("expired")), fc.constant(undefined)),
  ),
  "replica-leaves": fault(
    "replica-leaves",
    fc.constant({ replica: "absent" }),
    fc.option(tenths(0.5, 12), { nil: undefined, freq: 4 }),
  ),
  "events-silent": fault("events-silent", on("silent")),
  "events-late": fault("events-late", one("eventDelaySeconds", fc.constantFrom(0.2, 0.5, 1, 3))),
  "events-missing": fault(
    "events-missing",
    fc.oneof(one("eventsMissing", fc.constantFrom(0.1, 0.5, 0.9)), one("eventsMissing", fc.subarray(eventTypes))),
  ),
  "events-copied": fault("events-copied", one("eventCopies", fc.constantFrom(2, 3))),
  "events-reordered": fault("events-reordered", one("eventReordering", fc.constantFrom(0.2, 0.5, 1))),
  "events-unknown": fault("events-unknown", on("unknownEvents")),
  "levels-off": fault("levels-off", one("audioLevels", fc.constant(false))),
  hostile: fault("hostile", on("hostile")),
  nonfatal: fault("nonfatal", on("nonfatalError"), fc.constant(undefined)),
  "send-refused": fc.constantFrom(1, 2, 3, 6, 20).map((sends) => ({ do: "refuse", kind: "send-refused", sends })),
  "other-echo": tenths(0.2, 6).map((seconds) => ({ do: "otherEcho", kind: "other-echo", seconds })),
  "other-interrupt": fc.constant({ do: "otherInterrupt", kind: "other-interrupt" }),
  close: fc.constant({ do: "close", kind: "close" }),
  "close-drain": fc.constant({ do: "close", kind: "close-drain" }),
};

/** Kinds of faults that are no step of their own: how room or sources are made. */
export const faultSettings = [
  "greeting",
  "replica-late",
  "replica-deaf",
  "events-never",
  "levels-never",
  "source-fails",
  "source-stalls",
] as const;

/** All kinds of faults that a walk can have. */
export const faultKinds: readonly string[] = [...Object.keys(faultSteps), ...faultSettings];
