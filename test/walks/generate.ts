import fc from "fast-check";
import type { ReplicaModel } from "tavus-echo/fake-room";
import { faultSteps } from "./kinds.js";
import type { How, Part, SourceSpec, Step, TextPart, Walk } from "./walk.js";

const hundredths = (from: number, to: number): fc.Arbitrary<number> =>
  fc.integer({ min: Math.round(from * 100), max: Math.round(to * 100) }).map((value) => value / 100);
/** `arbitrary` in so many of a hundred, else undefined, which is also what it shrinks to. */
const optional = <T>(percent: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof(
    { withCrossShrink: true },
    { weight: 100 - percent, arbitrary: fc.constant(undefined) },
    { weight: percent, arbitrary },
  );
const seconds = fc.oneof(
  { weight: 4, arbitrary: hundredths(0.05, 1) },
  { weight: 9, arbitrary: hundredths(1, 5) },
  { weight: 4, arbitrary: hundredths(5, 10) },
  { weight: 1, arbitrary: hundredths(10, 25) },
);
const pauseSeconds = fc.oneof(
  { weight: 4, arbitrary: fc.constant(0) },
  { weight: 2, arbitrary: hundredths(0, 3) },
  { weight: 2, arbitrary: hundredths(3, 15) },
);
const maybeQuiet = (percent: number, drawn: fc.Arbitrary<Part>): fc.Arbitrary<Part> =>
  fc
    .tuple(optional(percent, fc.constant(true as const)), drawn)
    .map(([quiet, from]) => (quiet ? { ...from, quiet } : from));
const part: fc.Arbitrary<Part> = maybeQuiet(15, fc.record({ pauseSeconds, seconds: hundredths(0.05, 3) }));
const whole: fc.Arbitrary<Part> = fc.record({ pauseSeconds: fc.constant(0), seconds });
/** One buffer; in one of six a part of it, or two, is quiet. */
const buffer: fc.Arbitrary<Part[]> = fc.oneof(
  { weight: 5, arbitrary: whole.map((only) => [only]) },
  {
    weight: 1,
    arbitrary: fc.array(maybeQuiet(50, fc.record({ pauseSeconds: fc.constant(0), seconds: hundredths(0.1, 4) })), {
      minLength: 2,
      maxLength: 4,
    }),
  },
);
const turn = fc.nat({ max: 7 });
const mode = optional(30, fc.constantFrom("queue" as const, "replace" as const));

const source = (faulty: boolean): fc.Arbitrary<SourceSpec> =>
  fc.oneof(
    { weight: 10, arbitrary: buffer.map((parts): SourceSpec => ({ kind: "pcm", parts, ending: "ends" })) },
    {
      weight: 8,
      arbitrary: fc.record({
        kind: fc.constantFrom("iterable" as const, "writer" as const),
        parts: fc.array(part, { minLength: 1, maxLength: 4 }),
        ending: fc.constant("ends" as const),
      }),
    },
    { weight: 3, arbitrary: whole.map((only): SourceSpec => ({ kind: "live", parts: [only], ending: "ends" })) },
    {
      weight: faulty ? 3 : 0,
      arbitrary: fc.record({
        kind: fc.constant("iterable" as const),
        parts: fc.array(part, { minLength: 0, maxLength: 3 }),
        ending: fc.constantFrom("fails" as const, "open" as const),
      }),
    },
  );

const text: fc.Arbitrary<TextPart> = fc.record({ pauseSeconds, words: fc.integer({ min: 1, max: 12 }) });

/** Drops members that are undefined: a walk is plain JSON. */
const compact = <T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } =>
  Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

const how: fc.Arbitrary<How> = fc
  .record({ mode, abortAfterSeconds: optional(6, hundredths(0, 6)) })
  .map((drawn): How => compact(drawn) as How);

/** What an app does. */
const command = (faulty: boolean): fc.Arbitrary<Step> =>
  fc.oneof(
    { weight: 8, arbitrary: hundredths(0, 12).map((passed): Step => ({ do: "advance", seconds: passed })) },
    { weight: 2, arbitrary: hundredths(0, 1).map((passed): Step => ({ do: "advance", seconds: passed })) },
    {
      weight: 8,
      arbitrary: fc.tuple(source(faulty), how).map(([from, drawn]): Step => ({ do: "speak", source: from, ...drawn })),
    },
    {
      weight: 2,
      arbitrary: fc
        .tuple(fc.array(text, { minLength: 1, maxLength: 3 }), fc.boolean(), how)
        .map(([parts, iterable, drawn]): Step => ({ do: "say", parts, iterable, ...drawn })),
    },
    {
      weight: 2,
      arbitrary: optional(40, fc.constantFrom(0, 0.3, 2)).map(
        (after): Step => ({ do: "interrupt", ...(after !== undefined && { resumeAfterSeconds: after }) }),
      ),
    },
    { weight: 1, arbitrary: turn.map((index): Step => ({ do: "interruptTurn", turn: index })) },
    { weight: 1, arbitrary: turn.map((index): Step => ({ do: "resume", turn: index })) },
    { weight: 1, arbitrary: turn.map((index): Step => ({ do: "end", turn: index })) },
  );

const model: fc.Arbitrary<ReplicaModel> = fc.record(
  {
    prebufferSeconds: fc.constantFrom(0, 0.3, 0.5),
    ids: fc.constant("kept" as const),
    emptyLastChunk: fc.constant("ignored" as const),
    eventsFrom: fc.constant("hidden" as const),
    generations: fc.constantFrom("older" as const, "unified" as const),
    durations: fc.constantFrom("null" as const, "wall" as const, "frames" as const, "padded" as const),
    secondId: fc.constant("replaces" as const),
    conversationIds: fc.constant(false),
    interruptedStops: fc.constantFrom("always" as const, "never" as const),
    abandonSeconds: fc.constantFrom(3, 5, 30),
    abandonFrom: fc.constant("dry" as const),
    heartbeatSeconds: fc.constantFrom(0.5, 1e9),
  },
  { requiredKeys: [] },
);

const room = (faulty: boolean): fc.Arbitrary<Walk["room"]> =>
  fc
    .record({
      seed: fc.nat({ max: 2 ** 31 - 1 }),
      maxMessageLength: optional(70, fc.constantFrom(6600, 26_000)),
      joinSeconds: optional(10, hundredths(0.1, 3)),
      never: optional(12, fc.constantFrom("events" as const, "levels" as const, "either" as const)),
      lateSeconds: faulty ? optional(8, hundredths(0.5, 20)) : fc.constant(undefined),
      model: optional(60, model),
      greeting: faulty
        ? optional(8, fc.constantFrom("Hello there.", "Good morning, nice to see you all again."))
        : fc.constant(undefined),
      listensAfterSeconds: faulty ? optional(8, fc.constantFrom(0.5, 1.5, 4)) : fc.constant(undefined),
    })
    .map(({ greeting, listensAfterSeconds, model: drawn = {}, ...rest }) => {
      const settings = compact({ ...drawn, greeting, listensAfterSeconds });
      return compact({ ...rest, model: Object.keys(settings).length > 0 ? settings : undefined });
    });

const client: fc.Arbitrary<Walk["client"]> = fc
  .record({
    sampleRate: optional(75, fc.constant(16_000 as const)),
    leadSeconds: optional(40, fc.constantFrom(0, 2, 5)),
    messagesPerSecond: optional(30, fc.constant(50)),
  })
  .map(compact);

const walk = (faulty: boolean): fc.Arbitrary<Walk> => {
  const step = faulty
    ? fc.oneof(
        { weight: 5, arbitrary: command(true) },
        { weight: 2, arbitrary: fc.oneof(...Object.values(faultSteps)) },
      )
    : command(false);
  return fc.record({
    room: room(faulty),
    client,
    steps: fc.array(step, { minLength: 2, maxLength: 20, size: "max" }),
  });
};

/** Walks: one in five without faults, the others with some. */
export const walks: fc.Arbitrary<Walk> = fc.oneof(
  { weight: 1, arbitrary: walk(false) },
  { weight: 4, arbitrary: walk(true) },
);

/** Walks without faults. */
export const cleanWalks: fc.Arbitrary<Walk> = walk(false);
