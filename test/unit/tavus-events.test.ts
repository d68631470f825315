import { expect, test } from "vitest";
import { createFakeRoom } from "../../src/fake-room/index.js";
import { VirtualClock } from "../../src/flow/virtual-clock.js";
import { Replica, type ReplicaEvents, type TavusEvent } from "../../src/index.js";
import { pcm } from "../../src/source/pcm.js";
import { ScriptedTransport } from "../support/scripted-transport.js";

async function room(model: object = {}) {
  const clock = new VirtualClock();
  const fake = await createFakeRoom({ clock, model });
  const replica = new Replica({ transport: fake.transport(), clock });
  const tavus: TavusEvent[] = [];
  const utterances: ReplicaEvents["utterance"][] = [];
  replica.on("tavus", (event) => tavus.push(event));
  replica.on("utterance", (event) => utterances.push(event));
  await clock.advance(0.1);
  tavus.length = 0;
  const answers = () =>
    fake.messages
      .map(({ data }) => data as Record<string, unknown>)
      .filter(({ event_type }) => event_type === "conversation.tool_result");
  return { clock, fake, replica, tavus, utterances, answers };
}

test("a turn's start and stop reach the app once each, whatever names Tavus uses", async () => {
  for (const generations of ["both", "older", "unified"] as const) {
    const { clock, fake, replica, tavus } = await room({ generations });
    replica.speak(pcm(new Int16Array(24_000), { encoding: "s16le", sampleRate: 24_000 }));
    await clock.advance(3);
    expect(
      tavus.map(({ event_type, properties }) => [event_type, properties.role]),
      generations,
    ).toEqual([
      ["conversation.started_speaking", "replica"],
      ["conversation.stopped_speaking", "replica"],
    ]);
    expect(tavus[1]!.properties).toMatchObject({ duration: 1, interrupted: false });
    expect(tavus[1]!.timestamp).toBeGreaterThan(1e9);
    await replica.close();
    fake.close();
  }
});

test("a tool call is answered where it is reported, once", async () => {
  const { clock, fake, replica, tavus, answers } = await room();
  for (const type of ["tool_call", "perception_tool_call"])
    fake.emit({
      event_type: `conversation.${type}`,
      properties: { name: "weather", arguments: '{"city":"Oslo"}', tool_call_id: type },
    });
  fake.emit({ event_type: "conversation.tool_call", properties: { name: "old", arguments: "{}" } });
  await clock.advance(0.1);
  const [call, seen, old] = tavus;
  if (call?.event_type !== "conversation.tool_call") throw new Error("no tool call");
  expect(JSON.parse(String(call.properties.arguments))).toEqual({ city: "Oslo" });
  call.reply({ degrees: 3 });
  expect(() => call.reply("again")).toThrow(TypeError);
  if (seen?.event_type !== "conversation.perception_tool_call") throw new Error("no perception tool call");
  seen.reply(7, "error");
  if (old?.event_type !== "conversation.tool_call") throw new Error("no tool call");
  expect(() => old.reply("x")).toThrow(/tool_call_id/);
  expect(answers().map(({ properties }) => properties)).toEqual([
    { tool_call_id: "tool_call", output: { degrees: 3 }, status: "success" },
    { tool_call_id: "perception_tool_call", output: "7", status: "error" },
  ]);
  await replica.close();
  fake.close();
});

test("an answer that could not be sent can be given again", async () => {
  const { clock, fake, replica, tavus, answers } = await room();
  fake.emit({ event_type: "conversation.tool_call", properties: { name: "f", arguments: "{}", tool_call_id: "1" } });
  await clock.advance(0.1);
  const [call] = tavus;
  if (call?.event_type !== "conversation.tool_call") throw new Error("no tool call");
  fake.set({ replica: "absent" });
  await clock.advance(0.1);
  expect(() => call.reply("x")).toThrow(expect.objectContaining({ code: "replica-absent" }));
  fake.set({ replica: "ready" });
  await clock.advance(1);
  call.reply("x");
  expect(answers()).toHaveLength(1);
  await replica.close();
  fake.close();
});

test("nothing from a visible participant that is not the replica is an event of Tavus'", async () => {
  const { clock, fake, replica, tavus } = await room();
  const mallory = fake.participant({ userName: "Mallory" });
  tavus.length = 0;
  const forged = {
    message_type: "conversation",
    event_type: "conversation.tool_call",
    properties: { name: "f", arguments: "{}" },
  };
  mallory.send(forged);
  await clock.advance(0.5);
  expect(tavus).toEqual([]);
  fake.emit(forged);
  await clock.advance(0.5);
  expect(tavus).toHaveLength(1);
  await replica.close();
  fake.close();
});

test("properties that are no JSON are no event, and throw nothing", async () => {
  const clock = new VirtualClock();
  const transport = new ScriptedTransport();
  const replica = new Replica({ transport, clock });
  const told: TavusEvent[] = [];
  replica.on("tavus", (event) => told.push(event));
  transport.ready();
  const circular: Record<string, unknown> = { role: "user" };
  circular.self = circular;
  const trap = Object.defineProperty({}, "deep", {
    enumerable: true,
    get: () => {
      throw new Error("trap");
    },
  });
  const joined = { message_type: "conversation", event_type: "conversation.joined" };
  for (const properties of [circular, { role: "user", count: 1n }, { role: "user", trap }])
    transport.message({ ...joined, properties });
  transport.message({ ...joined, properties: { role: "user" } });
  await clock.advance(2);
  expect(told.map(({ properties }) => properties)).toEqual([{ role: "user" }]);
  await replica.close();
});

test("an utterance names its turn by our id, and by the one that Tavus made of it", async () => {
  for (const ids of ["kept", "md5"] as const) {
    const { clock, fake, replica, utterances } = await room({ ids });
    const turn = replica.say("Hello there, this takes longer than two seconds to say.");
    await clock.advance(9);
    const whole = utterances.filter(({ final }) => final);
    expect(whole.at(-1)).toMatchObject({
      role: "replica",
      text: expect.stringMatching(/^Hello there/),
      interrupted: false,
    });
    expect(whole.at(-1)!.turn, ids).toBe(turn);
    expect(whole.at(-1)!.timestamp).toBeGreaterThan(1e9);
    fake.emit({
      event_type: "conversation.utterance",
      inference_id: "another",
      properties: { role: "replica", speech: "Something else", interrupted: true },
    });
    await clock.advance(0.1);
    expect(utterances.at(-1)).toMatchObject({ text: "Something else", interrupted: true, turn: undefined });
    await replica.close();
    fake.close();
  }
});
