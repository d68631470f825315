import { expect, test } from "vitest";
import { deduplicator } from "../../../src/tavus/deduplicate.js";
import { type DocumentedEvent, documentedEvent } from "../../../src/tavus/documented-event.js";
import { pseudoRandom } from "../../support/pseudo-random.js";

const message = (event_type: string, properties?: unknown, more: object = {}): object => ({
  message_type: event_type.split(".")[0] === "system" ? "system" : "conversation",
  event_type,
  ...(properties !== undefined && { properties }),
  ...more,
});

/** Wire name and properties, unified name and properties. */
const documented: [string, object | undefined, string, object][] = [
  ["conversation.replica.started_speaking", undefined, "conversation.started_speaking", { role: "replica" }],
  ["conversation.pal.started_speaking", {}, "conversation.started_speaking", { role: "replica" }],
  ["conversation.user.started_speaking", undefined, "conversation.started_speaking", { role: "user" }],
  ["conversation.started_speaking", { role: "pal" }, "conversation.started_speaking", { role: "replica" }],
  ["conversation.started_speaking", { role: "user" }, "conversation.started_speaking", { role: "user" }],
  [
    "conversation.replica.stopped_speaking",
    { duration: 1.5, interrupted: true },
    "conversation.stopped_speaking",
    { role: "replica", duration: 1.5, interrupted: true },
  ],
  [
    "conversation.user.stopped_speaking",
    undefined,
    "conversation.stopped_speaking",
    { role: "user", interrupted: false },
  ],
  [
    "conversation.stopped_speaking",
    { role: "replica", duration: null },
    "conversation.stopped_speaking",
    { role: "replica", interrupted: false },
  ],
  [
    "conversation.replica_interrupted",
    undefined,
    "conversation.stopped_speaking",
    { role: "replica", interrupted: true },
  ],
  [
    "conversation.utterance",
    { role: "pal", speech: "Hi", interrupted: true, visual_context: "v" },
    "conversation.utterance",
    { role: "replica", speech: "Hi", interrupted: true, visual_context: "v" },
  ],
  [
    "conversation.utterance.streaming",
    { role: "user", speech: "H", content_index: 2, final: false, is_interrupted: false },
    "conversation.utterance.streaming",
    { role: "user", speech: "H", content_index: 2, final: false, is_interrupted: false },
  ],
  [
    "conversation.tool_call",
    { name: "f", arguments: '{"a":1}', tool_call_id: "t1" },
    "conversation.tool_call",
    { name: "f", arguments: '{"a":1}', tool_call_id: "t1" },
  ],
  [
    "conversation.perception_tool_call",
    { name: "f", arguments: {}, modality: "vision", frames: [{ data: "x" }] },
    "conversation.perception_tool_call",
    { name: "f", arguments: {}, modality: "vision", frames: [{ data: "x" }] },
  ],
  ["conversation.perception_analysis", { analysis: "calm" }, "conversation.perception_analysis", { analysis: "calm" }],
  [
    "conversation.joined",
    { role: "user", participant_id: "u1" },
    "conversation.joined",
    { role: "user", participant_id: "u1" },
  ],
  ["conversation.left", { role: "pal" }, "conversation.left", { role: "replica" }],
  ["system.shutdown", { reason: "max_call_duration" }, "system.shutdown", { reason: "max_call_duration" }],
  [
    "conversation.guardrail.triggered",
    { guardrail_uuid: "g1" },
    "conversation.guardrail.triggered",
    { guardrail_uuid: "g1" },
  ],
];

test.each(documented)("%s %j is %s", (type, sent, unified, properties) => {
  const raw = message(type, sent, {
    seq: 3,
    turn_idx: 1,
    inference_id: "i",
    conversation_id: "c",
    timestamp: 1.5,
    x: 1,
  });
  expect(documentedEvent(raw)).toEqual({
    ...{ message_type: type.split(".")[0], event_type: unified, properties, raw },
    ...{ seq: 3, turn_idx: 1, inference_id: "i", conversation_id: "c", timestamp: 1.5 },
  });
  expect(documentedEvent(message(type, sent))).toMatchObject({ event_type: unified, properties });
});

test("a canvas interaction has a type of its own, and a date for its time", () => {
  const raw = {
    ...{ message_type: "canvas", event_type: "canvas.interaction", timestamp: "2026-06-09T21:14:03.500Z" },
    properties: { component: "canvas.question", type: "submit", value: { skipped: false } },
  };
  expect(documentedEvent(raw)).toMatchObject({
    event_type: "canvas.interaction",
    timestamp: 1_781_039_643.5,
    properties: { component: "canvas.question", type: "submit", value: { skipped: false } },
  });
});

test.each([
  ["conversation.started_speaking", {}],
  ["conversation.started_speaking", { role: "narrator" }],
  ["conversation.stopped_speaking", { role: "replica", duration: -1 }],
  ["conversation.stopped_speaking", { role: "replica", duration: "2" }],
  ["conversation.stopped_speaking", { role: "replica", interrupted: 1 }],
  ["conversation.utterance", { role: "replica" }],
  ["conversation.utterance", { role: {}, speech: ["x"] }],
  ["conversation.tool_call", { name: 7, arguments: "{}" }],
  ["conversation.tool_call", { arguments: "{}" }],
  ["conversation.tool_call", { name: "f", arguments: 7 }],
  ["conversation.perception_analysis", { analysis: [] }],
  ["system.shutdown", { reason: {} }],
  ["conversation.not_yet_invented", {}],
  ["system.replica_present", {}],
  ["conversation.user.jumped", {}],
  ["__proto__", {}],
  ["constructor", {}],
  ["toString", {}],
])("%s %j is no event", (type, properties) => {
  expect(documentedEvent(message(type, properties))).toBeUndefined();
});

test("total: hostile input gives undefined, never throws, and pollutes nothing", () => {
  const throwing = new Proxy(
    {},
    {
      get: () => {
        throw new Error("trap");
      },
    },
  );
  const polluted = JSON.parse(
    '{"message_type":"conversation","event_type":"conversation.joined","properties":{"role":"user","__proto__":{"polluted":true}}}',
  );
  for (const input of [
    null,
    undefined,
    0,
    "",
    [],
    [[]],
    Symbol("s"),
    1n,
    () => {},
    throwing,
    { message_type: "conversation" },
  ])
    expect(documentedEvent(input)).toBeUndefined();
  for (const envelope of [
    { seq: "1" },
    { seq: 1.5 },
    { timestamp: Number.NaN },
    { timestamp: "soon" },
    { inference_id: 7 },
    { inference_id: "x".repeat(300) },
    { properties: [] },
    { properties: "none" },
    { message_type: "other" },
    { event_type: 7 },
  ])
    expect(documentedEvent({ ...message("conversation.joined", { role: "user" }), ...envelope })).toBeUndefined();
  documentedEvent(polluted);
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect((documentedEvent(polluted)!.properties as { polluted?: unknown }).polluted).toBeUndefined();
});

test("10 000 mutations of documented messages: an event of the documented shape, or undefined", () => {
  const random = pseudoRandom(5);
  const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
  const values: unknown[] = [
    null,
    undefined,
    0,
    -1,
    1e308,
    Number.NaN,
    "",
    "replica",
    "pal",
    true,
    {},
    [],
    { toString: null },
    "x".repeat(9999),
  ];
  let events = 0;
  for (let n = 0; n < 10_000; n++) {
    const [type, properties] = pick(documented);
    const sent: Record<string, unknown> = { ...message(type, { ...properties }, { seq: n, timestamp: n }) };
    const place = random() < 0.5 ? sent : ((sent.properties ?? {}) as Record<string, unknown>);
    const names = Object.keys(place);
    if (names.length > 0) place[pick(names)] = pick(values);
    const event = documentedEvent(sent);
    if (!event) continue;
    events++;
    expect(event.raw).toBe(sent);
    expect(typeof event.event_type).toBe("string");
    if ("role" in event.properties) expect(["user", "replica"]).toContain(event.properties.role);
    if (event.event_type === "conversation.stopped_speaking")
      expect(typeof event.properties.interrupted).toBe("boolean");
  }
  expect(events).toBeGreaterThan(2000);
});

/** What is left of messages that arrive at these times. */
function once(messages: readonly (readonly [at: number, message: object])[]): string[] {
  const isNew = deduplicator();
  return messages.flatMap(([at, sent]) => {
    const event = documentedEvent(sent) as DocumentedEvent;
    return isNew(event, at) ? [`${event.event_type.split(".").pop()} ${event.inference_id ?? ""}`.trim()] : [];
  });
}

const speech = (what: "started" | "stopped", seq: number, id = "i", properties: object = {}) => [
  message(`conversation.replica.${what}_speaking`, properties, { seq, inference_id: id }),
  message(`conversation.${what}_speaking`, { role: "pal", ...properties }, { seq: seq + 1, inference_id: id }),
  message(`conversation.${what}_speaking`, { role: "replica", ...properties }, { seq: seq + 2, inference_id: id }),
];

test("both generations, pal and replica: each fact once, in order or not", () => {
  const all = [
    ...speech("started", 0),
    ...speech("stopped", 3, "i", { duration: 1 }),
    ...speech("started", 6),
    ...speech("stopped", 9),
  ];
  const expected = ["started_speaking i", "stopped_speaking i", "started_speaking i", "stopped_speaking i"];
  expect(once(all.map((sent, n) => [n / 100, sent]))).toEqual(expected);
  // Every message twice, and neighbours exchanged.
  expect(
    once(
      all.flatMap(
        (sent, n) =>
          [
            [n / 100, sent],
            [n / 100, sent],
          ] as const,
      ),
    ),
  ).toEqual(expected);
  const random = pseudoRandom(3);
  for (let run = 0; run < 200; run++) {
    const shuffled = all.map((sent, n) => ({ sent, key: n + 3 * random() })).sort((a, b) => a.key - b.key);
    expect(once(shuffled.map(({ sent }, n) => [n / 100, sent])).sort()).toEqual([...expected].sort());
  }
});

test("without seq and without ids; an older stop without `interrupted`; a huge seq deafens nobody", () => {
  const bare = (type: string, properties?: object) => message(type, properties);
  expect(
    once([
      [0, bare("conversation.replica.started_speaking")],
      [0, bare("conversation.started_speaking", { role: "replica" })],
      [1, bare("conversation.replica.stopped_speaking", { duration: 1 })],
      [1, bare("conversation.stopped_speaking", { role: "pal", duration: 1, interrupted: false })],
      [1.1, bare("conversation.started_speaking", { role: "user" })],
      [1.2, bare("conversation.user.started_speaking")],
    ]),
  ).toEqual(["started_speaking", "stopped_speaking", "started_speaking"]);
  const huge = message("conversation.started_speaking", { role: "replica" }, { seq: Number.MAX_SAFE_INTEGER });
  expect(once([[0, huge], ...speech("started", 0, "a").map((sent) => [5, sent] as const)])).toEqual([
    "started_speaking",
    "started_speaking a",
  ]);
});

test("tool calls that are alike are two; one that comes twice is one", () => {
  const call = (seq?: number) =>
    message("conversation.tool_call", { name: "f", arguments: "{}" }, seq === undefined ? {} : { seq });
  expect(
    once([
      [0, call(1)],
      [0, call(1)],
      [0.1, call(2)],
    ]),
  ).toHaveLength(2);
  expect(
    once([
      [0, call()],
      [0.1, call()],
      [3, call()],
    ]),
  ).toHaveLength(2);
});

test("two people who come at once are two; the replica, told as pal and as replica, is one", () => {
  const joined = (role: string, seq: number, participant_id: string) =>
    [0, message("conversation.joined", { role, participant_id }, { seq })] as const;
  expect(
    once([joined("user", 1, "a"), joined("user", 2, "b"), joined("pal", 3, "r"), joined("replica", 4, "r")]),
  ).toHaveLength(3);
});
