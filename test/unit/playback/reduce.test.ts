import { expect, test } from "vitest";
import { leadDelay } from "../../../src/flow/lead.js";
import { position } from "../../../src/playback/position.js";
import { reduce } from "../../../src/playback/reduce.js";
import {
  initialState,
  type PlaybackFact,
  type PlaybackInput,
  type PlaybackState,
} from "../../../src/playback/state.js";

// The rules of what was heard, input by input. No clock, no room: times are numbers.

/** A run of the reducer: inputs at times, ticks where it asks for them. */
function run(inputs: readonly (readonly [at: number, input: PlaybackInput])[], until: number, from = initialState()) {
  let state: PlaybackState = from;
  const facts: (PlaybackFact & { at: number })[] = [];
  let next = Infinity;
  const feed = (input: PlaybackInput, at: number): void => {
    const result = reduce(state, input, at);
    state = result.state;
    next = result.lookAgainAt;
    facts.push(...result.facts.map((fact) => ({ ...fact, at })));
  };
  for (const [at, input] of [...inputs, [until, { type: "tick" }] as const]) {
    while (next < at) feed({ type: "tick" }, next);
    feed(input, at);
  }
  return {
    state,
    facts,
    ended: facts.filter((fact) => fact.type === "ended"),
    of: (type: string) => facts.filter((fact) => fact.type === type),
  };
}

const sent = (seconds: number, id = "a", done = true): PlaybackInput => ({
  type: "sent",
  turn: `turn-${id}`,
  id,
  seconds,
  done,
  goesOn: false,
  exact: true,
});
const started = (id?: string): PlaybackInput => ({ type: "started", id });
const stopped = (id: string | undefined, seconds?: number, interrupted = false): PlaybackInput => ({
  type: "stopped",
  id,
  seconds,
  interrupted,
});
const interruptSent: PlaybackInput = { type: "interruptSent" };
const dropped: PlaybackInput = { type: "dropped" };

test("a start and a stop of our own id: began, speaking, ended, silent, in this order", () => {
  const { facts } = run(
    [
      [0, sent(2)],
      [0.3, started("a")],
      [2.3, stopped("a", 2)],
    ],
    10,
  );
  expect(facts).toEqual([
    { type: "began", turn: "turn-a", at: 0.3 },
    { type: "speaking", turn: "turn-a", basis: "event", at: 0.3 },
    {
      type: "ended",
      turn: "turn-a",
      id: "a",
      end: "spoken",
      done: true,
      heardSeconds: 2,
      sentSeconds: 2,
      basis: "event",
      at: 2.3,
    },
    { type: "silent", turn: "turn-a", interrupted: false, at: 2.3 },
  ]);
});

test("the state that is passed in stays as it was", () => {
  const { state } = run(
    [
      [0, sent(2)],
      [0.3, started("x")],
    ],
    1,
  );
  const before = JSON.stringify(state);
  reduce(state, stopped("x", 2), 2.3);
  expect(JSON.stringify(state)).toBe(before);
});

test("rewritten ids: by order, and what is over is not taken for what comes next", () => {
  const { ended } = run(
    [
      [0, sent(2)],
      [0.3, started("x")],
      [2.3, stopped("x", 2)],
      [2.4, sent(3, "b")],
      [2.5, started("x")],
      [2.6, stopped("x", 3)],
      [2.7, started("y")],
      [5.7, stopped("y", 3)],
    ],
    20,
  );
  expect(ended.map(({ id, end, at }) => [id, end, at])).toEqual([
    ["a", "spoken", 2.3],
    ["b", "spoken", 5.7],
  ]);
});

test("a shorter stop counts once one has agreed, or where our own clock says short as well", () => {
  const short = run(
    [
      [0, sent(20)],
      [0.3, started("a")],
      [15.3, stopped("a", 15)],
    ],
    40,
  ).ended;
  expect(short).toMatchObject([{ end: "lost", heardSeconds: 15, basis: "event", at: 15.3 }]);
  // Nothing has shown yet what durations measure, and the sound took its time.
  const doubtful = run(
    [
      [0, sent(20)],
      [0.3, started("a")],
      [20.3, stopped("a", 15)],
    ],
    40,
  );
  expect(doubtful.ended).toMatchObject([{ end: "doubtful", heardSeconds: 15, basis: "estimate" }]);
  expect(doubtful.of("doubt")).toMatchObject([{ code: "heard-doubtful" }]);
  const agreed = run(
    [
      [0, sent(2)],
      [0.3, started("a")],
      [2.3, stopped("a", 2)],
      [3, sent(20, "b")],
      [3.3, started("b")],
      [23.3, stopped("b", 15)],
    ],
    40,
  );
  expect(agreed.ended[1]).toMatchObject({ end: "lost", heardSeconds: 15 });
});

test("the tolerance is half a second or 2 %, and never more than half the turn", () => {
  const end = (sentSeconds: number, stopSeconds: number) =>
    run(
      [
        [0, sent(sentSeconds)],
        [0.3, started("a")],
        [0.3 + stopSeconds, stopped("a", stopSeconds)],
      ],
      200,
    ).ended[0]?.end;
  expect([end(10, 9.51), end(10, 9.45), end(100, 98.1), end(100, 97.9), end(0.6, 0.31), end(0.6, 0.29)]).toEqual([
    "spoken",
    "lost",
    "spoken",
    "lost",
    "spoken",
    "lost",
  ]);
});

test("by order, a stop that does not fit waits 3 s for another start; ours follows, or it was ours", () => {
  const greeting = run(
    [
      [0, sent(8)],
      [0.2, started("g")],
      [3.2, stopped("g", 3)],
      [3.25, started("x")],
      [11.25, stopped("x", 8)],
    ],
    30,
  );
  expect(greeting.ended).toMatchObject([{ end: "spoken", heardSeconds: 8, at: 11.25 }]);
  expect(
    run(
      [
        [0, sent(8)],
        [0.2, started("x")],
        [3.2, stopped("x", 3)],
      ],
      30,
    ).ended,
  ).toMatchObject([{ end: "lost", heardSeconds: 3, at: 6.2 }]);
});

test("a stop before done: the id takes no more; of another's it is not taken so, where a start follows within a second", () => {
  expect(
    run(
      [
        [0, sent(2, "a", false)],
        [0.3, started("a")],
        [5, stopped("a", 2)],
      ],
      30,
    ).ended,
  ).toMatchObject([{ end: "abandoned", heardSeconds: 2, at: 5 }]);
  expect(
    run(
      [
        [0, sent(9, "a", false)],
        [0.3, started("x")],
        [5, stopped("x", 2)],
      ],
      30,
    ).ended,
  ).toMatchObject([{ end: "abandoned", heardSeconds: 2, at: 6 }]);
  const other = run(
    [
      [0, sent(9, "a", false)],
      [0.3, started("g")],
      [5, stopped("g", 4.7)],
      [5.5, started("x")],
    ],
    10,
  );
  expect(other.ended).toEqual([]);
  expect(position(other.state, 7.5)).toEqual({ seconds: 2, basis: "event" });
});

test("no event where events arrived: unheard, 3 s after the computed end; nothing is claimed before", () => {
  const { facts, ended } = run(
    [
      [0, sent(2)],
      [0.3, started("a")],
      [2.3, stopped("a", 2)],
      [3, sent(5, "b")],
      [3, { type: "noLevel" }],
    ],
    30,
  );
  expect(ended[1]).toMatchObject({ id: "b", end: "unheard", heardSeconds: 0 });
  // 3 s, the way that was measured, the turn, the grace.
  expect(ended[1]!.at).toBeCloseTo(3 + 0.3 + 5 + 3, 9);
  expect(facts.filter(({ type, at }) => at > 2.4 && (type === "began" || type === "speaking"))).toEqual([]);
});

test("neither events nor a level: begun a second late, spoken as an estimate, and said once a call", () => {
  const { facts, ended, of } = run(
    [
      [0, sent(2)],
      [0.5, { type: "noLevel" }],
      [10, sent(2, "b")],
    ],
    30,
  );
  expect(ended).toMatchObject([
    { end: "spoken", basis: "estimate" },
    { end: "spoken", basis: "estimate" },
  ]);
  expect(facts.find(({ type }) => type === "began")!.at).toBeCloseTo(1.1, 9);
  expect(of("doubt")).toMatchObject([{ code: "heard-unconfirmed" }]);
});

test("a start without a stop: 10 s after the computed end, then 3 s", () => {
  const { ended } = run(
    [
      [0, sent(2)],
      [0.3, started("a")],
      [20, sent(2, "b")],
      [20.3, started("b")],
    ],
    60,
  );
  expect(ended.map(({ end, basis, at }) => [end, basis, Math.round((at - 0.3) * 1e6) / 1e6])).toEqual([
    ["spoken", "estimate", 12],
    ["spoken", "estimate", 25],
  ]);
});

test("answers are counted: one that found nothing sounding waits for none", () => {
  const idle = run(
    [
      [0, interruptSent],
      [1, sent(6)],
      [1.3, started("x")],
      [3.3, stopped("x", 2, true)],
    ],
    20,
  );
  expect(idle.ended).toMatchObject([{ end: "interrupted", heardSeconds: 2, at: 3.3 }]);
});

test("the stop of what was interrupted is no stop of the next turn, however late within the round trip", () => {
  const { ended } = run(
    [
      [0, sent(6)],
      [1, interruptSent],
      [1, dropped],
      [1.5, sent(3, "b")],
      // 0.8 s each way: start and stop of the first arrive behind the first message of the second.
      [1.7, started("x")],
      [2.6, stopped("x", 0.9, true)],
      [3.2, started("y")],
      [6.2, stopped("y", 3)],
    ],
    20,
  );
  expect(ended).toMatchObject([{ id: "b", end: "spoken", heardSeconds: 3, at: 6.2 }]);
});

test("an interrupted stop with our own id is ours, whatever is still to be answered", () => {
  const { ended } = run(
    [
      [0, sent(6)],
      [0.3, started("a")],
      [1, interruptSent],
      [1, dropped],
      [1.2, sent(3, "b")],
      [1.6, started("b")],
      [2, stopped("b", 0.4, true)],
    ],
    20,
  );
  expect(ended).toMatchObject([{ id: "b", end: "interrupted", heardSeconds: 0.4 }]);
});

test("a speech that began before our first message is another's: nothing of ours is heard until its stop", () => {
  const { state, facts } = run(
    [
      [0, started("g")],
      [1, sent(2)],
      [4, { type: "tick" }],
    ],
    4,
  );
  expect(position(state, 4)).toEqual({ seconds: 0, basis: "estimate" });
  expect(facts.filter(({ type }) => type === "began")).toEqual([]);
  const after = run(
    [
      [0, started("g")],
      [1, sent(2)],
      [5, stopped("g", 5)],
      [5.1, started("x")],
      [7.1, stopped("x", 2)],
    ],
    20,
  );
  expect(after.ended).toMatchObject([{ end: "spoken", at: 7.1 }]);
});

test("a position is event between start and stop, and an estimate past the time at which the stop was due", () => {
  const { state } = run(
    [
      [0, sent(2)],
      [0.3, started("a")],
    ],
    1.3,
  );
  expect(position(state, 1.3)).toEqual({ seconds: 1, basis: "event" });
  expect(position(state, 2.9)).toEqual({ seconds: 2, basis: "event" });
  expect(position(state, 3.2)).toEqual({ seconds: 2, basis: "estimate" });
});

test("after the network went down what counts without a stop ends at the last sign of life", () => {
  const inputs: [number, PlaybackInput][] = [
    [0, sent(5)],
    [0.3, started("a")],
    [1.3, { type: "message" }],
    [2.3, { type: "network", up: false }],
    [8, { type: "network", up: true }],
  ];
  const { ended } = run(inputs, 40);
  expect(ended).toMatchObject([{ end: "doubtful", basis: "estimate" }]);
  expect(ended[0]!.heardSeconds).toBeCloseTo(2, 9);
  expect(run([...inputs, [8.1, stopped("a", 5)]], 40).ended).toMatchObject([
    { end: "spoken", heardSeconds: 5, basis: "event" },
  ]);
});

test("without events the lead keeps a margin, so that the true one keeps its bound", () => {
  const { state } = run([[0, sent(20, "a", false)]], 0.1);
  const span = state.span!;
  const seconds = { next: 0.4, since: 0.1, lead: 20 };
  expect(leadDelay(span, seconds, false, 0.1)).toBeCloseTo(2.4, 9);
  expect(leadDelay({ ...span, basis: "event" }, seconds, false, 0.1)).toBeCloseTo(0.4, 9);
});

test("a list of inputs is a bug report: as JSON it gives the same facts again", () => {
  const inputs: [number, PlaybackInput][] = [
    [0, sent(6)],
    [1, interruptSent],
    [1, dropped],
    [1.5, sent(3, "b")],
    [1.7, started("x")],
    [2.6, stopped("x", 0.9, true)],
    [3.2, started("y")],
    [6.2, stopped("y", 3)],
  ];
  expect(run(JSON.parse(JSON.stringify(inputs)) as typeof inputs, 20).facts).toEqual(run(inputs, 20).facts);
});

test("what it keeps does not grow with the turn", () => {
  const inputs: [number, PlaybackInput][] = [
    [0, sent(1, "a", false)],
    [0.3, started("a")],
  ];
  for (let n = 2; n < 4000; n++) inputs.push([n * 0.4, sent(n * 0.4, "a", false)]);
  const { state } = run(inputs, 1600);
  expect(JSON.stringify(state).length).toBeLessThan(1500);
});
