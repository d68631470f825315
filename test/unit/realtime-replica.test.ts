// Voice to voice over the library's own Replica in the fake room: what needs its turns, its errors and its text echo.
import { afterEach, describe, expect, test } from "vitest";
import { createFakeRoom, type FakeRoom } from "../../src/fake-room/index.js";
import { Replica } from "../../src/index.js";
import { type Interruption, RealtimeVoice, type RealtimeVoiceOptions } from "../../src/realtime/index.js";
import { noisePcm } from "../support/pcm-source.js";
import type { Answer, ServerOptions } from "../support/realtime-server.js";
import { RealtimeWorld } from "../support/realtime-world.js";
import { codes } from "../support/voice-set-up.js";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const speech = (seconds: number, seed: number): Int16Array => noisePcm(Math.round(seconds * 24_000), seed);

async function setUp(
  answers: readonly Answer[],
  options: Partial<RealtimeVoiceOptions> = {},
  server: Partial<ServerOptions> = {},
) {
  const world = await RealtimeWorld.make({ answer: (n) => answers[n] ?? { pcm: speech(1, 1000 + n) }, ...server });
  world.stepSeconds = 0.01;
  const room = await createFakeRoom({ clock: world.clock });
  const replica = new Replica({ transport: room.transport(), clock: world.clock });
  const voice = new RealtimeVoice({
    ...{ replica, input: world.caller, secret: async () => "ek_test", url: world.server.url },
    ...{ webSocket: world.socket, clock: world.clock, ...options },
  });
  closers.push(
    () => world.server.close(),
    () => room.close(),
    () => voice.close(),
  );
  return { world, room, replica, voice };
}

const started = (room: FakeRoom): boolean =>
  room.messages.some(({ data }) => JSON.stringify(data).includes("started_speaking"));

describe("a false barge-in", () => {
  /** The provider neither interrupts nor answers by itself. */
  const ours = { turnDetection: { type: "server_vad", interruptResponse: false, createResponse: false } };

  async function interrupted(session: object, server: Partial<ServerOptions> = {}) {
    const pcm = speech(6, 1);
    const setup = await setUp([{ pcm, transcript: "a long answer" }], { session }, server);
    const { world, room, voice } = setup;
    const interruptions: Interruption[] = [];
    voice.on("interruption", (interruption) => interruptions.push(interruption));
    await world.settled(voice.open());
    world.server.session.respond();
    await world.until(() => started(room));
    await world.advance(1.5);
    world.caller.speak(0.3);
    await world.until(() => interruptions.length === 1);
    await world.advance(0.5);
    return { ...setup, pcm, interruption: interruptions[0]!, session: world.server.session };
  }

  /** What was heard under all ids, joined. */
  const heard = async (room: FakeRoom): Promise<Int16Array> =>
    Int16Array.from((await room.turns()).flatMap(({ pcm }) => [...pcm]));

  test.each([
    ["a complete answer", 20],
    ["an answer in the making", 1],
  ])("when it is taken back, then %s goes on to its end, and the model is told nothing", async (_, speed) => {
    const { world, room, interruption, session, pcm } = await interrupted(ours, { speed });
    expect(session.of("conversation.item.truncate")).toEqual([]);
    expect(session.of("response.cancel")).toEqual([]);
    interruption.resume();
    await world.advance(9);
    const all = await heard(room);
    const turns = await room.turns();
    expect(turns.map(({ outcome }) => outcome)).toEqual(["interrupted", "spoken"]);
    // Each sample once, but for what the replica said between our interrupt and its stop.
    const twice = all.length - pcm.length;
    console.log(`${((twice / 24_000) * 1000).toFixed(0)} ms were heard twice`);
    expect(Math.abs(twice)).toBeLessThan(0.2 * 24_000);
    expect(all.slice(-24_000)).toEqual(pcm.slice(-24_000));
    expect(session.received.map(({ event }) => event.type)).toEqual(["session.update"]);
  });

  test("when the next response is asked for, then the model is told first, and resume() throws from then on", async () => {
    const { world, voice, interruption, session } = await interrupted(ours, { speed: 20 });
    voice.respond({ commit: false });
    await world.advance(0.5);
    const types = session.received.map(({ event }) => event.type);
    expect(types).toEqual(["session.update", "conversation.item.truncate", "response.create"]);
    expect(() => interruption.resume()).toThrow(
      expect.objectContaining({ code: "not-resumable", message: expect.stringContaining("next response") }),
    );
  });

  test("when the answer was in the making, then it is cancelled before the next response", async () => {
    const { world, voice, session } = await interrupted(ours, { speed: 1 });
    voice.respond({ commit: false });
    await world.advance(1);
    const types = session.received.map(({ event }) => event.type);
    expect(types).toEqual(["session.update", "response.cancel", "conversation.item.truncate", "response.create"]);
  });

  test("when the window for a resume has closed, then it says so, and the model is told", async () => {
    const { world, interruption, session } = await interrupted(ours, { speed: 20 });
    await world.advance(6);
    expect(() => interruption.resume()).toThrow(expect.objectContaining({ code: "not-resumable" }));
    await world.quiet();
    expect(session.of("conversation.item.truncate")).toHaveLength(1);
  });

  test.each([
    ["interrupts its answers by itself", {}],
    ["answers by itself", { turnDetection: { type: "server_vad", interruptResponse: false } }],
  ])("when the provider %s, then resume() says that", async (why, session) => {
    const { interruption } = await interrupted(session);
    expect(() => interruption.resume()).toThrow(
      expect.objectContaining({ code: "not-resumable", message: expect.stringContaining(why) }),
    );
  });

  test("when the button of push to talk was pressed by mistake, then interrupt() returns what takes it back", async () => {
    const pcm = speech(4, 1);
    const { world, room, voice } = await setUp([{ pcm }], { session: { turnDetection: null } }, { speed: 20 });
    await world.settled(voice.open());
    voice.respond();
    await world.until(() => started(room));
    await world.advance(1);
    const interruption = voice.interrupt();
    await world.advance(0.4);
    interruption.resume();
    await world.advance(6);
    const all = await heard(room);
    expect(all.slice(-24_000)).toEqual(pcm.slice(-24_000));
    expect(() => interruption.resume()).toThrow(expect.objectContaining({ code: "not-resumable" }));
    expect(() => voice.interrupt().resume()).toThrow(
      expect.objectContaining({ message: expect.stringContaining("nothing was being said") }),
    );
  });
});

describe("one trouble is reported once", () => {
  /** Who is told when the connection breaks in the middle of an answer: listeners of the voice and the replica, and the platform. */
  async function told(listens: { voice: boolean; replica: boolean }, trouble: "connection" | "call") {
    const { world, room, voice, replica } = await setUp([{ pcm: speech(6, 1) }], {}, { speed: 2 });
    const of = { voice: [] as Error[], replica: [] as Error[], platform: [] as Error[] };
    if (listens.voice) voice.on("error", (error) => of.voice.push(error));
    if (listens.replica) replica.on("error", (error) => of.replica.push(error));
    const { reportError: real } = globalThis as { reportError?: unknown };
    Object.assign(globalThis, { reportError: (error: Error) => of.platform.push(error) });
    try {
      await world.settled(voice.open());
      world.server.session.respond();
      await world.until(() => started(room));
      if (trouble === "connection") world.server.session.drop();
      else room.close();
      await world.advance(8);
    } finally {
      Object.assign(globalThis, { reportError: real });
    }
    return { voice: codes(of.voice), replica: codes(of.replica), platform: codes(of.platform) };
  }

  test("when the connection breaks in the middle of an answer, then whoever listens is told, each once, else the platform", async () => {
    expect(await told({ voice: true, replica: false }, "connection")).toEqual({
      ...{ voice: ["connection-lost"], replica: [], platform: [] },
    });
    expect(await told({ voice: false, replica: true }, "connection")).toEqual({
      ...{ voice: [], replica: ["source-failed"], platform: [] },
    });
    expect(await told({ voice: true, replica: true }, "connection")).toEqual({
      ...{ voice: ["connection-lost"], replica: ["source-failed"], platform: [] },
    });
    expect(await told({ voice: false, replica: false }, "connection")).toEqual({
      ...{ voice: [], replica: [], platform: ["source-failed"] },
    });
  });

  test("when the call ends in the middle of an answer, likewise", async () => {
    expect(await told({ voice: true, replica: false }, "call")).toEqual({
      ...{ voice: ["turn-failed"], replica: [], platform: [] },
    });
    expect(await told({ voice: false, replica: false }, "call")).toEqual({
      ...{ voice: [], replica: [], platform: ["call-left"] },
    });
    expect(await told({ voice: false, replica: true }, "call")).toEqual({
      ...{ voice: [], replica: ["call-left"], platform: [] },
    });
  });
});

describe("an answer in text", () => {
  const text = "This answer has no sound of its own, so that the persona says it.";

  test("when the app wants it said, then replica.say() says it, as it arrives", async () => {
    const { world, room, voice } = await setUp([{ text }], { sayText: true });
    await world.settled(voice.open());
    world.server.session.respond();
    await world.advance(10);
    const turns = await room.turns();
    expect(turns.map((turn) => [turn.text, turn.outcome])).toEqual([[text, "spoken"]]);
    expect(world.server.session.of("conversation.item.delete")).toEqual([]);
  });

  test("when it is interrupted, then the model remembers in its place the words that were heard", async () => {
    const { world, room, voice } = await setUp([{ text }], { sayText: true });
    await world.settled(voice.open());
    const { session } = world.server;
    session.respond();
    await world.until(() => started(room));
    await world.advance(1.5);
    world.caller.speak(0.3);
    await world.until(() => session.of("conversation.item.delete").length === 1);
    const [told] = session.of("conversation.item.create").map(({ item }) => item as { content: { text: string }[] });
    const words = told!.content[0]!.text;
    expect(words).toMatch(/^This .* …$/);
    expect(text.startsWith(words.slice(0, -2))).toBe(true);
    expect(session.refusals).toEqual([]);
  });
});
