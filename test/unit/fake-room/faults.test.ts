/** Every switch of the room, in virtual time, and that it repeats with its seed. */
import { expect, test } from "vitest";
import { createFakeRoom, type Faults } from "../../../src/fake-room/index.js";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import { noisePcm } from "../../support/pcm-source.js";
import { setUp } from "./support.js";

/** Sends 40 numbered messages, 50 ms apart, to another participant; gives what arrived there, and when. */
async function numbers(faults: Faults, seed = 1) {
  const { clock, room, transport } = await setUp({
    faults,
    seed,
    model: { heartbeatSeconds: Number.POSITIVE_INFINITY },
  });
  const got: { n: number; at: number }[] = [];
  room.participant({
    onMessage: (data) => {
      if (typeof (data as { n?: unknown }).n === "number") got.push({ n: (data as { n: number }).n, at: clock.now() });
    },
  });
  const start = clock.now();
  for (let n = 0; n < 40; n++) {
    transport.send({ n });
    await clock.advance(0.05);
  }
  await clock.advance(60);
  return { room, order: got.map(({ n }) => n), delays: got.map(({ n, at }) => at - start - 0.05 * n), got };
}
const all = Array.from({ length: 40 }, (_, n) => n);

test("no fault: everything arrives once, in order, at once", async () => {
  const { order, delays } = await numbers({});
  expect(order).toEqual(all);
  expect(Math.max(...delays)).toBeLessThan(1e-9);
});

test("loss: about as many as asked for, the same ones with the same seed, others with another", async () => {
  const first = await numbers({ loss: 0.3 }, 7);
  expect(first.order.length).toBeGreaterThan(18);
  expect(first.order.length).toBeLessThan(38);
  expect((await numbers({ loss: 0.3 }, 7)).order).toEqual(first.order);
  expect((await numbers({ loss: 0.3 }, 8)).order).not.toEqual(first.order);
  const lost = first.room.messages.filter(({ fate }) => fate === "lost");
  expect(lost.filter(({ data }) => typeof (data as { n?: number }).n === "number")).toHaveLength(
    40 - first.order.length,
  );
});

test("duplication: some come twice, none is missing", async () => {
  const { order } = await numbers({ duplication: 0.5 }, 3);
  expect(order.length).toBeGreaterThan(45);
  expect([...new Set(order)]).toEqual(all);
});

test("reordering: some are overtaken, none is missing", async () => {
  const { order } = await numbers({ reordering: 0.3 }, 3);
  expect(order).not.toEqual(all);
  expect([...order].sort((one, other) => one - other)).toEqual(all);
});

test("latency and jitter: late, within bounds, in order", async () => {
  const { order, delays } = await numbers({ latencySeconds: 0.2, jitterSeconds: 0.1 });
  expect(order).toEqual(all);
  expect(Math.min(...delays)).toBeGreaterThanOrEqual(0.2);
  expect(Math.max(...delays)).toBeLessThanOrEqual(0.3 + 1e-9);
  expect(new Set(delays.map((delay) => delay.toFixed(4))).size).toBeGreaterThan(10);
});

test("direction: events are late alone, or messages alone", async () => {
  for (const direction of ["toReplica", "fromReplica"] as const) {
    const { clock, room, audio, of } = await setUp({ faults: { latencySeconds: 1, direction } });
    audio("a", noisePcm(12_000), true);
    await clock.advance(5);
    const arrived = room.messages.find(({ data }) =>
      (data as { event_type: string }).event_type.endsWith("replica.started_speaking"),
    )!;
    expect(arrived.at).toBeCloseTo(direction === "toReplica" ? 1 : 0, 9);
    expect(of("conversation.replica.started_speaking")[0]!.at).toBeCloseTo(1, 9);
  }
});

test("message rate: with delay, 20 a second leave, in order; with drop, the others are lost", async () => {
  const send = async (rateLimit: "delay" | "drop") => {
    const { clock, room, transport } = await setUp({ faults: { messagesPerSecond: 20, rateLimit } });
    const got: { n: number; at: number }[] = [];
    room.participant({ onMessage: (data) => got.push({ n: (data as { n: number }).n, at: clock.now() }) });
    await clock.advance(0.5);
    got.length = 0;
    const start = clock.now();
    for (let n = 0; n < 100; n++) transport.send({ n });
    await clock.advance(10);
    return got.filter(({ n }) => typeof n === "number").map(({ n, at }) => ({ n, at: at - start }));
  };
  const delayed = await send("delay");
  expect(delayed.map(({ n }) => n)).toEqual(Array.from({ length: 100 }, (_, n) => n));
  // The 21st leaves a second after the first.
  expect(delayed.map(({ at }) => Math.floor(at + 1e-6))).toEqual(
    Array.from({ length: 100 }, (_, n) => Math.floor(n / 20)),
  );
  expect((await send("drop")).map(({ n }) => n)).toEqual(Array.from({ length: 20 }, (_, n) => n));
});

test("the size limit can be raised and lowered at any time, and is told", async () => {
  const { room, transport, told } = await setUp({ maxMessageLength: 4096 });
  const message = { text: "x".repeat(4096 - 11) };
  expect(JSON.stringify(message)).toHaveLength(4096);
  transport.send(message);
  expect(() => transport.send({ text: `${message.text}y` })).toThrow("the fake room takes 4096");
  room.set({ maxMessageLength: 65_536 });
  transport.send({ text: `${message.text}y` });
  room.set({ maxMessageLength: 1000 });
  expect(() => transport.send(message)).toThrow(expect.objectContaining({ code: "message-too-long" }));
  expect(transport.maxMessageLength).toBe(1000);
  expect(told.filter(({ type }) => type === "limit")).toEqual([
    { type: "limit", maxMessageLength: 65_536 },
    { type: "limit", maxMessageLength: 1000 },
  ]);
});

test("a limit that is not announced refuses what is too long [unknown]", async () => {
  const { clock, room, audio } = await setUp({ faults: { announceLimit: false, maxMessageLength: 1000 } });
  audio("a", noisePcm(1200), true);
  await clock.advance(1);
  expect(room.messages.filter(({ fate }) => fate === "refused")).toHaveLength(1);
  expect(await room.turns()).toEqual([]);
  expect(room.refused).toMatchObject([{ reason: expect.stringMatching(/characters are more than 1000/) }]);
});

for (const signalling of ["drop", "queue"] as const)
  test(`signalling interrupted: sending does not throw, what is sent is ${signalling === "drop" ? "lost" : "kept"} [unknown]`, async () => {
    const { clock, room, audio, told, of } = await setUp();
    await clock.advance(1);
    room.set({ signalling });
    audio("a", noisePcm(12_000), true);
    await clock.advance(5);
    expect(of("conversation.replica.started_speaking")).toEqual([]);
    room.set({ signalling: "up" });
    await clock.advance(5);
    expect(await room.turns()).toHaveLength(signalling === "drop" ? 0 : 1);
    expect(told.filter(({ type }) => type === "network")).toEqual([
      { type: "network", up: false },
      { type: "network", up: true },
    ]);
  });

test("an outage is noticed late, and its end too: network events alone are late, messages are lost from the real moment", async () => {
  const { clock, room, transport, audio } = await setUp({ faults: { noticedAfterSeconds: 2 } });
  const notices: [boolean, number][] = [];
  transport.subscribe((event) => {
    if (event.type === "network") notices.push([event.up, clock.now()]);
  });
  await clock.advance(1);
  room.set({ signalling: "drop" });
  audio("lost", noisePcm(2400), true);
  await clock.advance(5);
  room.set({ signalling: "up" });
  audio("heard", noisePcm(2400), true);
  await clock.advance(5);
  expect(notices).toEqual([
    [false, 3],
    [true, 8],
  ]);
  expect((await room.turns()).map(({ id }) => id)).toEqual(["heard"]);
});

test("an outage that is shorter than noticedAfterSeconds is never noticed, and what was sent in it is lost all the same", async () => {
  const { clock, room, audio, told } = await setUp({ faults: { noticedAfterSeconds: 2 } });
  room.set({ signalling: "drop" });
  audio("a", noisePcm(2400), true);
  await clock.advance(1.9);
  room.set({ signalling: "up" });
  await clock.advance(30);
  expect(told.filter(({ type }) => type === "network")).toEqual([]);
  expect(await room.turns()).toEqual([]);
});

test("back for less than noticedAfterSeconds: the clients stay told of one long outage", async () => {
  const { clock, room, told } = await setUp({ faults: { noticedAfterSeconds: 1 } });
  room.set({ signalling: "queue" });
  await clock.advance(3);
  room.set({ signalling: "up" });
  await clock.advance(0.5);
  room.set({ signalling: "queue" });
  await clock.advance(3);
  expect(told.filter(({ type }) => type === "network")).toEqual([{ type: "network", up: false }]);
});

for (const signallingEnd of ["left", "error"] as const)
  test(`signalling gone for 20 s ends the call by ${signallingEnd}`, async () => {
    const { clock, room, told } = await setUp({ faults: { signallingEnd } });
    room.set({ signalling: "drop" });
    await clock.advance(19.9);
    expect(told.some(({ type }) => type === "left")).toBe(false);
    await clock.advance(0.2);
    expect(told.at(-1)).toEqual({ type: "left", ...(signallingEnd === "error" && { reason: "connection-error" }) });
  });

test("ejection ends the call for everybody but the replica, and one can come back", async () => {
  const { room, told, transport } = await setUp();
  room.set({ ejected: true });
  expect(told.at(-1)).toEqual({ type: "left", reason: "ejected" });
  expect(() => transport.send({})).toThrow(expect.objectContaining({ code: "call-left" }));
  const again: string[] = [];
  room.transport().subscribe(({ type }) => again.push(type));
  expect(again).toEqual(["joined", "replica"]);
});

test("an expired room lets nobody stay and nobody in", async () => {
  const { room, told } = await setUp();
  room.set({ expired: true });
  expect(told.at(-1)).toEqual({ type: "left", reason: "exp-room" });
  const late: object[] = [];
  room.transport().subscribe((event) => late.push(event));
  expect(late).toEqual([{ type: "left", reason: "exp-room" }]);
});

test("the replica comes late, never, leaves in the middle of a turn, and comes back", async () => {
  const late = await setUp({ replica: "late", lateSeconds: 5 });
  const present = (): boolean[] => late.told.flatMap((event) => (event.type === "replica" ? [event.present] : []));
  await late.clock.advance(4.9);
  expect(present()).toEqual([]);
  await late.clock.advance(0.2);
  expect(present()).toEqual([true]);
  late.audio("a", noisePcm(24_000), true);
  await late.clock.advance(0.5);
  late.room.set({ replica: "absent" });
  await late.clock.advance(5);
  expect(present()).toEqual([true, false]);
  expect(await late.room.turns()).toMatchObject([{ seconds: 0.5, outcome: "cut" }]);
  expect(late.of("conversation.replica.stopped_speaking")).toEqual([]);
  late.room.set({ replica: "ready" });
  expect(present()).toEqual([true, false, true]);

  const absent = await setUp({ replica: "absent" });
  await absent.clock.advance(600);
  expect(absent.told.map(({ type }) => type)).toEqual(["joined"]);
});

test("silent: the replica hears and plays, but no event comes", async () => {
  const { clock, room, audio, events } = await setUp({ faults: { silent: true } });
  audio("a", noisePcm(12_000), true);
  await clock.advance(5);
  expect(events).toEqual([]);
  expect(await room.turns()).toMatchObject([{ outcome: "spoken", seconds: 0.5 }]);
});

test("events late, missing by name, missing by chance", async () => {
  const late = await setUp({ faults: { eventDelaySeconds: 2 } });
  late.audio("a", noisePcm(12_000), true);
  await late.clock.advance(5);
  expect(late.of("conversation.replica.started_speaking")[0]!.at).toBeCloseTo(2, 9);

  const named = await setUp({ faults: { eventsMissing: ["conversation.replica.started_speaking"] } });
  named.audio("a", noisePcm(12_000), true);
  await named.clock.advance(5);
  expect(named.of("conversation.replica.started_speaking")).toEqual([]);
  expect(named.of("conversation.replica.stopped_speaking")).toHaveLength(1);

  const some = await setUp({ faults: { eventsMissing: 0.5 }, seed: 5 });
  await some.clock.advance(100.5);
  const beats = some.of("system.replica_present").length;
  expect(beats).toBeGreaterThan(30);
  expect(beats).toBeLessThan(70);
});

test("a hostile participant is seen by the others and leaves with its switch", async () => {
  const clock = new VirtualClock();
  const room = await createFakeRoom({ clock });
  room.set({ hostile: true });
  const transport = room.transport();
  const from = new Set<boolean>();
  transport.subscribe((event) => {
    if (event.type === "message") from.add(event.fromReplica);
  });
  await clock.advance(3);
  expect(from).toEqual(new Set([true, false]));
  room.set({ hostile: false });
  from.clear();
  await clock.advance(3);
  expect(from).toEqual(new Set([true]));
});

test("speed: 60 s of sound in 6 s; durations stay those of the sound", async () => {
  const { clock, room, audio, of } = await setUp({ speed: 10, maxMessageLength: 4_000_000 });
  audio("a", noisePcm(60 * 24_000), true);
  await clock.advance(6.01);
  expect(of("conversation.replica.stopped_speaking")).toMatchObject([{ properties: { duration: 60 } }]);
  expect((await room.turns())[0]!.outcome).toBe("spoken");
});

test("undefined restores a default", async () => {
  const { room, transport } = await setUp({ maxMessageLength: 500 });
  expect(transport.maxMessageLength).toBe(500);
  room.set({ maxMessageLength: undefined });
  expect(transport.maxMessageLength).toBe(4096);
});

test("to: everybody but the sender, one, a list; not a user id, not oneself", async () => {
  const { clock, room } = await setUp();
  const got: Record<string, unknown[]> = { one: [], two: [], three: [] };
  const [one, two, three] = Object.keys(got).map((userId) =>
    room.participant({ userId, onMessage: (data) => got[userId]!.push((data as { tag?: string }).tag) }),
  ) as [ReturnType<typeof room.participant>, ReturnType<typeof room.participant>, ReturnType<typeof room.participant>];
  await clock.advance(0.1);
  for (const list of Object.values(got)) list.length = 0;
  one.send({ tag: "all" });
  one.send({ tag: "id" }, two.id);
  one.send({ tag: "list" }, [one.id, two.id, three.id]);
  one.send({ tag: "user id" }, "two");
  one.send({ tag: "self" }, one.id);
  await clock.advance(0.1);
  expect(got).toEqual({ one: [], two: ["all", "id", "list"], three: ["all", "list"] });
});

test("a wav of a turn holds its samples", async () => {
  const { clock, room, audio } = await setUp();
  const pcm = noisePcm(4800);
  audio("a", pcm, true);
  await clock.advance(1);
  const { wav } = (await room.turns())[0]!;
  const view = new DataView(wav.buffer);
  expect(String.fromCharCode(...wav.subarray(0, 4), ...wav.subarray(8, 12))).toBe("RIFFWAVE");
  expect([view.getUint32(4, true), view.getUint32(24, true), view.getUint32(40, true)]).toEqual([9636, 24_000, 9600]);
  expect(new Int16Array(wav.buffer.slice(44))).toEqual(pcm);
});

test("after close everybody is out, and nothing keeps time", async () => {
  const { clock, room, told, transport } = await setUp();
  await clock.advance(2.5);
  room.close();
  expect(told.at(-1)).toEqual({ type: "left", reason: "no-room" });
  expect(() => transport.send({})).toThrow();
  const before = room.messages.length;
  await clock.advance(10);
  expect(room.messages).toHaveLength(before);
});
