/** One test per fact of "Events, Tavus to client". */
import { expect, test } from "vitest";
import { createFakeRoom } from "../../../src/fake-room/index.js";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import type { TransportEvent } from "../../../src/transport/transport.js";
import { noisePcm } from "../../support/pcm-source.js";
import { setUp } from "./support.js";

const spoken = async (options: Parameters<typeof setUp>[0] = {}) => {
  const set = await setUp(options);
  set.audio("a", noisePcm(12_000), true);
  await set.clock.advance(2.5);
  return set;
};

test("envelope: message_type, event_type, timestamp in seconds, a rising seq, conversation_id [certain]", async () => {
  const { events, room } = await spoken();
  for (const event of events) {
    expect(event).toMatchObject({ message_type: "conversation", conversation_id: room.conversationId });
    expect(event.timestamp).toBeGreaterThan(1.7e9);
  }
  expect(events.map(({ seq }) => seq)).toEqual(events.map((_, index) => index));
});

test("envelope: conversation_id may be missing [certain]", async () => {
  const { events } = await spoken({ model: { conversationIds: false } });
  expect(events.length).toBeGreaterThan(5);
  expect(events.filter((event) => "conversation_id" in event)).toEqual([]);
});

test("envelope: inference_id and turn_idx stand at the top level; properties are missing when empty [certain]", async () => {
  const { of } = await spoken();
  const [started] = of("conversation.replica.started_speaking");
  expect(started).toMatchObject({ inference_id: expect.stringMatching(/^[0-9a-f-]{36}$/), turn_idx: 0 });
  expect(started).not.toHaveProperty("properties");
});

test("the older names: replica.started_speaking and replica.stopped_speaking { duration, interrupted } [certain]", async () => {
  const { of } = await spoken({ model: { generations: "older" } });
  expect(of("conversation.replica.started_speaking")).toHaveLength(1);
  expect(of("conversation.replica.stopped_speaking")[0]!.properties).toEqual({ duration: 0.5, interrupted: false });
  expect(of("conversation.started_speaking")).toEqual([]);
});

test("duration may be null [certain]", async () => {
  const { of } = await spoken({ model: { durations: "null" } });
  expect(of("conversation.replica.stopped_speaking")[0]!.properties).toEqual({ duration: null, interrupted: false });
});

test("the unified names: started_speaking and stopped_speaking with a role [certain]", async () => {
  const { of } = await spoken({ model: { generations: "unified" } });
  expect(of("conversation.started_speaking").map(({ properties }) => properties)).toEqual([
    { role: "pal" },
    { role: "replica" },
  ]);
  expect(of("conversation.stopped_speaking").map(({ properties }) => properties)).toEqual([
    { role: "pal", duration: 0.5, interrupted: false },
    { role: "replica", duration: 0.5, interrupted: false },
  ]);
  expect(of("conversation.replica.started_speaking")).toEqual([]);
});

test("trap: both generations are sent for one fact, and a pal message again with role replica [certain]", async () => {
  const { events } = await spoken();
  const starts = events.filter(({ event_type }) => event_type.endsWith(".started_speaking"));
  expect(starts.map(({ event_type, properties }) => [event_type, properties?.role])).toEqual([
    ["conversation.replica.started_speaking", undefined],
    ["conversation.started_speaking", "pal"],
    ["conversation.started_speaking", "replica"],
  ]);
  expect(new Set(starts.map(({ inference_id }) => inference_id)).size).toBe(1);
});

test("trap: more than one started_speaking for one echo has been seen [certain]", async () => {
  const { of } = await spoken({ faults: { eventCopies: 3 } });
  const starts = of("conversation.replica.started_speaking");
  expect(starts).toHaveLength(3);
  expect(new Set(starts.map(({ seq }) => seq)).size).toBe(1);
});

test("trap: events may arrive out of order, which seq shows [certain]", async () => {
  const { events } = await spoken({ faults: { eventReordering: 0.5 }, seed: 3 });
  const order = events.map(({ seq }) => seq);
  const sorted = [...order].sort((one, other) => one - other);
  expect(order).not.toEqual(sorted);
  expect(sorted).toEqual(sorted.map((_, index) => index));
});

test("trap: unknown events and unknown fields come along [certain]", async () => {
  const { events } = await spoken({ faults: { unknownEvents: true } });
  expect(events.filter(({ event_type }) => event_type === "conversation.not_yet_invented").length).toBeGreaterThan(5);
  expect(events[0]).toHaveProperty("surprise");
});

test("trap: any participant can send any JSON; it is not from the replica [certain]", async () => {
  const { told } = await spoken({ faults: { hostile: true } });
  const hostile = told.filter(
    (event): event is TransportEvent & { type: "message" } => event.type === "message" && !event.fromReplica,
  );
  expect(hostile.map(({ message }) => message)).toEqual(expect.arrayContaining([null, 0, "conversation.interrupt"]));
  expect(hostile.map(({ message }) => (message as { event_type?: string })?.event_type)).toEqual(
    expect.arrayContaining(["conversation.replica.stopped_speaking", "__proto__"]),
  );
});

test("utterance and utterance.streaming tell what a text echo says [certain]", async () => {
  const { clock, transport, message, of } = await setUp();
  transport.send(message({ modality: "text", text: "good morning", inference_id: "t" }));
  await clock.advance(5);
  expect(of("conversation.utterance.streaming").map(({ properties }) => properties)).toEqual([
    { role: "pal", speech: "good morning", content_index: 0, final: true },
    { role: "replica", speech: "good morning", content_index: 0, final: true },
  ]);
  expect(of("conversation.utterance").map(({ properties }) => properties)).toEqual([
    { role: "pal", speech: "good morning" },
    { role: "replica", speech: "good morning" },
  ]);
});

test("turn_idx rises with conversation.respond and with nothing else [certain]", async () => {
  const { clock, transport, message, audio, of } = await setUp();
  for (const id of ["a", "b"]) audio(id, noisePcm(4800), true);
  await clock.advance(1);
  transport.send(message({ text: "what time is it" }, "conversation.respond"));
  audio("c", noisePcm(4800), true);
  await clock.advance(1);
  expect(of("conversation.replica.stopped_speaking").map(({ turn_idx }) => turn_idx)).toEqual([0, 0, 1]);
});

test("utterance.streaming: content_index counts the pieces, speech accumulates, the last one is final [certain]", async () => {
  const { clock, transport, message, of } = await setUp();
  for (const [text, done] of [
    ["One, ", false],
    ["two, ", false],
    ["three.", true],
  ])
    transport.send(message({ modality: "text", text, inference_id: "t", done }));
  await clock.advance(5);
  const said = of("conversation.utterance.streaming").map(({ properties }) => properties!);
  expect(said.filter(({ role }) => role === "pal").map(({ content_index, final }) => [content_index, final])).toEqual([
    [0, false],
    [1, false],
    [2, true],
  ]);
});

test("timestamp: Unix seconds with fractions, on every event since May 2026, which go on with the room's clock [certain]", async () => {
  const before = Date.now() / 1000;
  const { clock, room, events } = await setUp();
  await clock.advance(90.25);
  room.emit({ event_type: "conversation.perception_analysis", properties: { analysis: "calm" } });
  await clock.advance(0.1);
  const times = events.map(({ timestamp }) => timestamp as number);
  expect(times[0]).toBeGreaterThanOrEqual(before);
  expect(times[0]).toBeLessThan(before + 60);
  expect(times.at(-1)! - times[0]!).toBeCloseTo(90.25, 3);
  expect(events.filter(({ timestamp }) => typeof timestamp !== "number")).toEqual([]);
});

test("conversation.joined and left with a role and a stable id, system.replica_joined and pal_joined [likely]", async () => {
  const { clock, room, of } = await setUp();
  await clock.advance(0.1);
  const roles = (type: string) => of(type).map(({ properties }) => properties!.role);
  expect(roles("conversation.joined")).toEqual(["pal", "replica"]);
  expect([of("system.replica_joined").length, of("system.pal_joined").length]).toEqual([1, 1]);
  room.set({ replica: "absent" });
  await clock.advance(0.1);
  expect(roles("conversation.left")).toEqual(["pal", "replica"]);
  room.set({ replica: "ready" });
  await clock.advance(0.1);
  const ids = [...of("conversation.joined"), ...of("conversation.left")].map(({ properties }) => properties!.id);
  expect(ids).toHaveLength(6);
  expect(new Set(ids).size).toBe(1);
});

for (const interruptsGreeting of [false, true])
  test(`a greeting: an interrupt ${interruptsGreeting ? "cuts it" : "clears what waits, and the greeting is said to its end"} [unknown]`, async () => {
    const { clock, room, audio, interrupt, of } = await setUp({
      model: { greeting: "Hello there, hello", interruptsGreeting },
    });
    audio("a", noisePcm(12_000), true);
    await clock.advance(0.3);
    interrupt();
    audio("b", noisePcm(12_000), true);
    await clock.advance(10);
    const stops = of("conversation.replica.stopped_speaking");
    expect(stops.map(({ properties }) => properties!.interrupted)).toEqual([interruptsGreeting, false]);
    if (interruptsGreeting) expect(stops[0]!.at).toBeCloseTo(0.3, 9);
    else expect(stops[0]!.at).toBeGreaterThan(1);
    expect(await room.turns()).toMatchObject([
      { id: "a", seconds: 0, outcome: "interrupted" },
      { id: "b", seconds: 0.5, outcome: "spoken" },
    ]);
  });

test("heartbeats: system.replica_present and pal_present, about one a second [likely]", async () => {
  const { clock, of } = await setUp();
  await clock.advance(10.5);
  expect(of("system.replica_present").map(({ at }) => Math.round(at))).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  expect(of("system.pal_present")).toHaveLength(10);
});

test("the replica is the participant whose user_id contains tavus-replica [certain]", async () => {
  const clock = new VirtualClock();
  const room = await createFakeRoom({ clock, replica: "absent" });
  const transport = room.transport();
  const present: boolean[] = [];
  transport.subscribe((event) => {
    if (event.type === "replica") present.push(event.present);
  });
  const human = room.participant({ userId: "somebody" });
  const replica = room.participant({ userId: "x-tavus-replica-y" });
  human.leave();
  replica.leave();
  expect(present).toEqual([true, false]);
});

test("who sends Tavus' events is unknown: the replica's session, or, by a switch, nobody visible [unknown]", async () => {
  for (const eventsFrom of ["replica", "hidden"] as const) {
    const { room, told } = await spoken({ model: { eventsFrom } });
    const messages = told.flatMap((event) => (event.type === "message" ? [event] : []));
    expect(new Set(messages.map(({ fromId }) => fromId)).size).toBe(1);
    expect(messages.every(({ fromReplica }) => fromReplica)).toBe(true);
    const senders = new Set(room.messages.map(({ from }) => from));
    expect(senders.has(messages[0]!.fromId)).toBe(true);
  }
});

test("a stop may belong to another client's echo [certain]", async () => {
  const { clock, room, audio, of } = await setUp();
  const other = room.transport();
  audio("mine", noisePcm(12_000), true);
  other.send({
    message_type: "conversation",
    event_type: "conversation.echo",
    properties: { modality: "text", text: "mine too", inference_id: "theirs" },
  });
  await clock.advance(5);
  expect(of("conversation.replica.stopped_speaking")).toHaveLength(2);
  expect((await room.turns()).map(({ id }) => id)).toEqual(["mine", "theirs"]);
});

test("interrupt: what plays and what waits is cleared; the answer is a stop with interrupted: true [certain]", async () => {
  const { clock, room, audio, interrupt, of } = await setUp();
  audio("a", noisePcm(24_000), true);
  audio("b", noisePcm(24_000), true);
  await clock.advance(0.4);
  interrupt();
  await clock.advance(3);
  expect(await room.turns()).toMatchObject([
    { id: "a", seconds: 0.4, receivedFrames: 24_000, outcome: "interrupted" },
    { id: "b", seconds: 0, receivedFrames: 24_000, outcome: "interrupted" },
  ]);
  expect(of("conversation.replica.stopped_speaking").map(({ properties }) => properties)).toEqual([
    { duration: 0.4, interrupted: true },
  ]);
});

test("interrupt: nothing else acknowledges it, and with nothing to stop nothing comes [certain]", async () => {
  const { clock, interrupt, events } = await setUp({ model: { heartbeatSeconds: Number.POSITIVE_INFINITY } });
  await clock.advance(0.1);
  const before = events.length;
  interrupt();
  await clock.advance(1);
  expect(events).toHaveLength(before);
});
