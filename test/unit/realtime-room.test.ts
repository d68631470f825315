import { afterEach, expect, test } from "vitest";
import { createFakeRoom, type FakeRoom, type ReplicaModel } from "../../src/fake-room/index.js";
import { EchoError, Replica, type ReplicaOptions } from "../../src/index.js";
import { RealtimeError, RealtimeVoice } from "../../src/realtime/index.js";
import { noisePcm } from "../support/pcm-source.js";
import type { Answer } from "../support/realtime-server.js";
import { RealtimeWorld } from "../support/realtime-world.js";

// The whole way: a caller, the real WebSocket, the library's Replica, and the fake room's replica, in one virtual time.

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

const speech = (seconds: number, seed: number): Int16Array => noisePcm(Math.round(seconds * 24_000), seed);

async function setUp(answers: readonly Answer[], model: ReplicaModel = {}, options: Partial<ReplicaOptions> = {}) {
  const world = await RealtimeWorld.make({ answer: (n) => answers[n] ?? { pcm: speech(2, 1000 + n) }, oddBytes: true });
  world.stepSeconds = 0.01;
  const room = await createFakeRoom({ clock: world.clock, model });
  const replica = new Replica({ transport: room.transport(), clock: world.clock, ...options });
  const errors: unknown[] = [];
  replica.on("error", (error) => errors.push(error));
  const voice = new RealtimeVoice({
    replica,
    input: world.caller,
    secret: async () => "ek_test",
    url: world.server.url,
    session: { instructions: "Be brief.", tools: [{ name: "weather" }] },
    greeting: "Hello.",
    webSocket: world.socket,
    clock: world.clock,
  });
  voice.on("error", (error) => errors.push(error));
  closers.push(
    () => world.server.close(),
    () => room.close(),
    () => voice.close(),
  );
  return { world, room, replica, voice, errors };
}

const interruptsOf = (room: FakeRoom) =>
  room.messages.filter(({ data }) => (data as { event_type?: string }).event_type === "conversation.interrupt");

function firstDifference(got: Int16Array, wanted: Int16Array): number {
  if (got.length !== wanted.length) return Math.min(got.length, wanted.length);
  return got.findIndex((sample, n) => sample !== wanted[n]);
}

test.each([
  ["Tavus' events come", {}],
  ["no answer to an interrupt comes", { interruptedStops: "never" }],
  [
    "only the older events come, from a hidden sender, without durations",
    {
      ...{ generations: "older", eventsFrom: "hidden", durations: "null" },
    },
  ],
] as [string, ReplicaModel][])(
  "greeting, ten turns, a barge-in in each third, instructions, a tool, a reconnect: %s",
  async (_, model) => {
    const answers: Answer[] = Array.from({ length: 16 }, (_, n) =>
      n === 6
        ? { tool: { name: "weather", arguments: '{"city":"Rome"}' } }
        : { pcm: speech(3, n), transcript: `answer ${n}` },
    );
    const { world, room, voice, errors } = await setUp(answers, model);
    voice.on("toolCall", ({ reply }) => reply({ sky: "clear" }));
    await world.settled(voice.open());
    let spoken: Awaited<ReturnType<FakeRoom["turns"]>> = [];
    const until = async (what: () => boolean): Promise<void> => {
      for (let n = 0; ; n++) {
        spoken = await room.turns();
        if (what()) return;
        if (n > 1500) throw new Error(`30 s of virtual time, and still not: ${what}`);
        await world.advance(0.02);
      }
    };
    const finished = (n: number) => () => spoken[n] !== undefined && !spoken[n].playing;
    await until(finished(0));
    const differences: number[] = [];
    for (let turn = 1; turn <= 10; turn++) {
      if (turn === 5) voice.update({ instructions: "Speak French." });
      const index = spoken.length;
      world.caller.speak(0.8);
      await until(() => (spoken[index]?.seconds ?? 0) > 0);
      if (turn % 3 === 0) {
        await world.advance(0.5 + turn / 10);
        const cuts = world.server.session.of("conversation.item.truncate").length;
        world.caller.speak(0.4);
        await until(finished(index));
        await world.advance(0.2);
        const truncation = world.server.session.of("conversation.item.truncate")[cuts]!;
        expect(spoken[index]!.outcome).toBe("interrupted");
        differences.push(truncation.audio_end_ms - spoken[index]!.seconds * 1000);
        await until(finished(index + 1));
      } else await until(finished(index));
      if (turn === 8) {
        world.server.session.drop();
        await world.until(() => voice.state === "reconnecting");
        await world.until(() => voice.state === "open");
      }
    }
    console.log(`truncation against what the replica played: ${differences.map((ms) => ms.toFixed(1)).join(", ")} ms`);
    expect(differences).toHaveLength(3);
    for (const ms of differences) expect(Math.abs(ms)).toBeLessThanOrEqual(60);
    expect(interruptsOf(room)).toHaveLength(3);
    expect(world.server.sessions.flatMap(({ refusals }) => refusals)).toEqual([]);
    expect(errors.map((error) => (error as { code?: string }).code)).toEqual(["connection-lost"]);
    // Sample for sample, every answer; the interrupted ones to where they were heard.
    const sounds = answers.flatMap(({ pcm }) => pcm ?? []);
    expect(spoken.length).toBe(14);
    for (const [n, turn] of spoken.entries()) {
      expect(firstDifference(turn.pcm, sounds[n]!.subarray(0, turn.pcm.length))).toBe(-1);
      if (turn.outcome === "spoken") expect(turn.pcm.length).toBe(sounds[n]!.length);
      expect(turn.gaps).toBe(0);
    }
    expect(spoken.filter(({ outcome }) => outcome === "interrupted")).toHaveLength(3);
    const [first, second] = world.server.sessions;
    expect(first!.of("session.update").at(-1)!.session).toMatchObject({ instructions: "Speak French." });
    expect(second!.of("session.update")[0]!.session).toMatchObject({ instructions: "Speak French." });
  },
);

test("a connection that breaks in the middle of an answer: what arrived is heard, and the turn says why it failed", async () => {
  const pcm = speech(6, 1);
  const { world, room, voice, errors } = await setUp([{ pcm, transcript: "one two three four" }]);
  await world.settled(voice.open());
  await world.until(() => room.messages.some(({ data }) => JSON.stringify(data).includes("started_speaking")));
  const arrived = world.server.session.answering;
  world.server.session.drop();
  await world.advance(8);
  const [turn] = await room.turns();
  expect(arrived).toBe(true);
  expect(turn!.pcm.length).toBeGreaterThan(24_000 * 0.2);
  expect(turn!.pcm.length).toBeLessThan(pcm.length);
  expect(firstDifference(turn!.pcm, pcm.subarray(0, turn!.pcm.length))).toBe(-1);
  expect(turn!.gaps).toBe(0);
  // One error each: the voice's own, and the replica's for its turn, with the voice's as the cause.
  const own = errors.filter((error) => error instanceof RealtimeError);
  const turns = errors.filter((error) => error instanceof EchoError);
  expect(own).toMatchObject([{ code: "connection-lost" }]);
  expect(turns).toMatchObject([{ code: "source-failed", cause: { code: "connection-lost" } }]);
  expect(voice.state).toBe("open");
});

test("a replica at 16 kHz: the answer goes through the encoder, and truncation is still in the answer's own time", async () => {
  const wasmUrl = new URL("../../build/encoder.wasm", import.meta.url);
  const { world, room, voice, errors } = await setUp(
    [{ pcm: speech(5, 3) }],
    {},
    { sampleRate: 16_000, audio: { wasmUrl } },
  );
  await world.settled(voice.open());
  await world.until(() => room.messages.some(({ data }) => JSON.stringify(data).includes("started_speaking")));
  await world.advance(1.5);
  world.caller.speak(0.4);
  await world.until(() => interruptsOf(room).length === 1);
  await world.advance(0.5);
  const [turn] = await room.turns();
  expect([turn!.outcome, turn!.sampleRate]).toEqual(["interrupted", 16_000]);
  const [cut] = world.server.session.of("conversation.item.truncate");
  const difference = cut!.audio_end_ms - turn!.seconds * 1000;
  console.log(`at 16 kHz: truncation against what the replica played: ${difference.toFixed(1)} ms`);
  expect(Math.abs(difference)).toBeLessThanOrEqual(60);
  expect(errors).toEqual([]);
});

test("the first message of an answer leaves at the instant at which its first delta arrives, and the interrupt when speech is reported", async () => {
  const { world, room, voice } = await setUp([{ pcm: speech(3, 1) }, { pcm: speech(8, 2) }]);
  const arrivals: number[] = [];
  voice.on("raw", (message) => {
    const { type } = message as { type: string };
    if (type === "response.output_audio.delta" || type.endsWith("speech_started")) arrivals.push(world.clock.now());
  });
  await world.settled(voice.open());
  await world.until(() => arrivals.length > 0);
  await world.advance(0.5);
  const echo = room.messages.find(({ data }) => JSON.stringify(data).includes("conversation.echo"));
  expect(echo!.at).toBe(arrivals[0]);
  await world.advance(4);
  world.caller.speak(0.6);
  const started = (): number =>
    room.messages.filter(({ data }) => JSON.stringify(data).includes("started_speaking")).length;
  const before = started();
  await world.until(() => started() > before);
  await world.advance(1.5);
  arrivals.length = 0;
  const count = interruptsOf(room).length;
  world.caller.speak(0.4);
  await world.until(() => interruptsOf(room).length > count);
  expect(interruptsOf(room).at(-1)!.at).toBe(arrivals.at(-1));
});
