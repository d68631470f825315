import { expect, test } from "vitest";
import type { FakeRoom, FakeRoomOptions } from "../../../src/fake-room/index.js";
import { base64Pcm } from "../../../src/tavus/base64.js";
import type { Turn } from "../../../src/turn/turn.js";
import { noisePcm, pcmSource, same } from "../../support/pcm-source.js";
import { replicaRoom } from "../../support/replica-room.js";
import { started, stopped } from "../../support/speech-events.js";

// A short turn behind something that the replica says first. The replica has one voice: the turn is heard after that.
const rate = 24_000;
/** About 7.6 s in the fake's voice. */
const greeting =
  "Hello and welcome, it is very nice to have you here today, I am here to help you with whatever you like.";
const say = (turn: Turn, clock: { now(): number }) => {
  const seen = { started: Number.NaN, settled: Number.NaN, cues: [] as number[] };
  void turn.started.then((yes) => {
    if (yes) seen.started = clock.now();
  });
  void turn.outcome.then(() => {
    seen.settled = clock.now();
  });
  for (const seconds of [0, 0.5]) turn.at(seconds, () => seen.cues.push(clock.now()));
  return seen;
};
/** When Tavus said `event_type` for the last time, and for the first. */
const times = (room: FakeRoom, type: string): number[] =>
  room.messages.filter(({ data }) => (data as { event_type?: string }).event_type?.includes(type)).map(({ at }) => at);
const echoOf = (room: FakeRoom, pcm: Int16Array, id = "theirs"): object => ({
  message_type: "conversation",
  event_type: "conversation.echo",
  conversation_id: room.conversationId,
  properties: { modality: "audio", audio: base64Pcm(pcm), sample_rate: rate, inference_id: id, done: true },
});

const readings: Record<string, FakeRoomOptions> = {
  "both generations, ids by MD5": {},
  "ids kept": { model: { ids: "kept" } },
  "older names only": { model: { generations: "older" } },
  "unified names only": { model: { generations: "unified" } },
  "a hidden sender": { model: { eventsFrom: "hidden" } },
  "durations null": { model: { durations: "null" } },
  "every event three times": { faults: { eventCopies: 3 } },
  "unknown events between": { faults: { unknownEvents: true } },
  "a way of 80 ms": { faults: { latencySeconds: 0.08 } },
};
test.each(Object.entries(readings))(
  "a greeting whose start was seen: a second's turn behind it is heard when it is heard (%s)",
  async (_name, { model, ...options }) => {
    const { clock, room, replica, close } = await replicaRoom({ ...options, model: { ...model, greeting } });
    await clock.advance(0.5);
    const turn = replica.speak(pcmSource(noisePcm(rate), 5000));
    const seen = say(turn, clock);
    let worst = 0;
    let lead = 0;
    let waited = 0;
    const settled = (): boolean => turn.state === "settled";
    for (let n = 0; n < 400 && !settled(); n++) {
      await clock.advance(0.0237);
      const [heard] = await room.turns();
      if (settled() || !heard) continue;
      // A sender that is no participant is believed after a second.
      if (model?.eventsFrom === "hidden" && clock.now() < 1.05) continue;
      if (heard.seconds === 0) {
        waited++;
        expect(turn.position).toEqual({ seconds: 0, basis: "estimate" });
        // Seventeen messages, nineteen a second.
        if (waited > 40) expect(turn.state).toBe("sent");
      }
      worst = Math.max(worst, Math.abs(turn.position.seconds - heard.seconds));
      // Once nothing is on its way any more.
      if (heard.receivedFrames === rate)
        lead = Math.max(lead, Math.abs(replica.stats().leadSeconds - (heard.receivedFrames / rate - heard.seconds)));
    }
    // Seven seconds of greeting, in which nothing of ours was judged.
    expect(waited).toBeGreaterThan(240);
    const [first, last] = [times(room, "stopped_speaking")[0]!, times(room, "stopped_speaking").at(-1)!];
    const latency = options.faults?.latencySeconds ?? 0;
    expect(await turn.outcome).toEqual({ type: "spoken", heardSeconds: 1, sentSeconds: 1, basis: "event" });
    expect(last - first).toBeCloseTo(1, 6);
    expect(seen.settled).toBeCloseTo(last + latency, 6);
    expect(seen.started).toBeCloseTo(first + latency, 6);
    expect(seen.cues.map((at) => at - first - latency)).toEqual([expect.closeTo(0, 2), expect.closeTo(0.5, 2)]);
    expect(worst).toBeLessThanOrEqual(0.001 + latency);
    expect(lead).toBeLessThanOrEqual(0.001 + latency);
    await close();
  },
);

test("a greeting that starts after our turn was sent: its start is taken for ours, its stop undoes that", async () => {
  const { clock, room, replica, close } = await replicaRoom({
    model: { greeting },
    faults: { eventDelaySeconds: 0.3 },
  });
  room.set({ eventDelaySeconds: 0 });
  const turn = replica.speak(pcmSource(noisePcm(rate), 5000));
  const seen = say(turn, clock);
  await clock.advance(5);
  // As far as anybody could tell it has been said: but a start without its stop is no end.
  expect(turn.state).toBe("speaking");
  await clock.advance(2.8);
  const greeted = times(room, "stopped_speaking")[0]!;
  expect(greeted).toBeGreaterThan(7);
  expect(clock.now()).toBeLessThan(greeted + 1);
  expect(turn.state).toBe("speaking");
  expect(turn.position.seconds).toBeCloseTo((await room.turns())[0]!.seconds, 3);
  await clock.advance(2);
  expect(await turn.outcome).toEqual({ type: "spoken", heardSeconds: 1, sentSeconds: 1, basis: "event" });
  expect(seen.settled).toBeCloseTo(greeted + 1, 6);
  await close();
});

test("another client's echo after the greeting and before ours settles nothing", async () => {
  const { clock, room, replica, close } = await replicaRoom({ maxMessageLength: 1_000_000, model: { greeting } });
  await clock.advance(0.5);
  room.participant({ userName: "Another" }).send(echoOf(room, noisePcm(6 * rate)));
  await clock.advance(0.1);
  const turn = replica.speak(pcmSource(noisePcm(rate, 2), 5000));
  const seen = say(turn, clock);
  const stops = (): number[] => [...new Set(times(room, "stopped_speaking"))];
  while (stops().length < 2) {
    await clock.advance(0.025);
    expect(turn.state).not.toBe("settled");
  }
  expect(turn.position.seconds).toBeCloseTo((await room.turns())[1]!.seconds, 3);
  await clock.advance(3);
  expect(await turn.outcome).toEqual({ type: "spoken", heardSeconds: 1, sentSeconds: 1, basis: "event" });
  expect(seen.settled).toBeCloseTo(stops()[2]!, 6);
  await close();
});

test("a greeting told again, without its id, in the middle: no start of ours", async () => {
  const { clock, room, replica, close } = await replicaRoom({ model: { greeting } });
  await clock.advance(0.5);
  const turn = replica.speak(pcmSource(noisePcm(rate), 5000));
  const seen = say(turn, clock);
  for (let n = 0; n < 2; n++) {
    await clock.advance(3);
    room.emit(started(undefined));
    await clock.advance(0.01);
    expect([turn.state, turn.position.seconds]).toEqual(["sent", 0]);
  }
  await clock.advance(5);
  expect(await turn.outcome).toMatchObject({ type: "spoken", heardSeconds: 1, basis: "event" });
  expect(seen.started).toBeCloseTo(times(room, "stopped_speaking")[0]!, 6);
  await close();
});

test("a greeting whose stop never comes: our own start ends the wait", async () => {
  const { clock, room, replica, close } = await replicaRoom();
  room.emit(started("greeting"));
  await clock.advance(2);
  const turn = replica.speak(pcmSource(noisePcm(rate), 5000));
  const seen = say(turn, clock);
  await clock.advance(0.6);
  expect(turn.position).toEqual({ seconds: expect.closeTo((await room.turns())[0]!.seconds, 3), basis: "event" });
  await clock.advance(1);
  expect(await turn.outcome).toEqual({ type: "spoken", heardSeconds: 1, sentSeconds: 1, basis: "event" });
  expect(seen.settled - seen.started).toBeCloseTo(1, 6);
  await close();
});

test("a start after which no event comes at all holds a turn for a minute at most", async () => {
  const { clock, room, replica, close } = await replicaRoom({ faults: { silent: true } });
  room.emit(started("greeting"));
  await clock.advance(10);
  const turn = replica.speak(pcmSource(noisePcm(rate), 5000));
  const seen = say(turn, clock);
  await clock.advance(49.9);
  expect([turn.state, turn.position]).toEqual(["sent", { seconds: 0, basis: "estimate" }]);
  await clock.advance(5);
  // A minute after the start; then the turn, and what is waited for events: they arrive, and none is about it.
  expect(await turn.outcome).toMatchObject({
    type: "failed",
    error: { code: "not-heard" },
    heardSeconds: 0,
    sentSeconds: 1,
    basis: "estimate",
  });
  expect(seen.settled).toBeGreaterThan(63);
  expect(seen.settled).toBeLessThan(65);
  // The next one is not held.
  const next = replica.speak(pcmSource(noisePcm(rate), 5000));
  await clock.advance(2.7);
  expect((await next.outcome).type).toBe("spoken");
  await close();
});

test("the stop of a greeting whose stop names another time than ours, without ids", async () => {
  const { clock, room, replica, close } = await replicaRoom({ faults: { silent: true } });
  room.emit(started(undefined));
  await clock.advance(1);
  const turn = replica.speak(pcmSource(noisePcm(rate), 5000));
  const seen = say(turn, clock);
  await clock.advance(5);
  // As long as ours, by chance: it is the end of what was begun before, all the same.
  room.emit(stopped(undefined, 1));
  await clock.advance(0.5);
  expect([turn.state, turn.position]).toEqual(["sent", { seconds: expect.closeTo(0.5, 6), basis: "estimate" }]);
  room.emit(started(undefined));
  await clock.advance(1);
  room.emit(stopped(undefined, 1));
  await clock.advance(0.1);
  expect(await turn.outcome).toEqual({ type: "spoken", heardSeconds: 1, sentSeconds: 1, basis: "event" });
  expect(seen.settled).toBeCloseTo(7.5, 6);
  await close();
});

test("what a turn waited behind a greeting is not taken for the length of the way", async () => {
  const { clock, room, replica, close } = await replicaRoom({ model: { greeting } });
  await clock.advance(0.5);
  const first = replica.speak(pcmSource(noisePcm(rate), 5000));
  await clock.advance(10);
  expect((await first.outcome).basis).toBe("event");
  room.set({ silent: true });
  const second = replica.speak(pcmSource(noisePcm(3 * rate), 5000));
  await clock.advance(2);
  expect(second.position.basis).toBe("estimate");
  expect(second.position.seconds).toBeCloseTo((await room.turns())[1]!.seconds, 1);
  await close();
});

test.each(["started", "never"] as const)(
  "interrupted during the greeting (answered: %s): nothing of it was heard, and the next turn does not wait",
  async (interruptedStops) => {
    const { clock, room, replica, close } = await replicaRoom({
      model: { greeting, interruptedStops, interruptsGreeting: true },
    });
    await clock.advance(0.5);
    const turn = replica.speak(pcmSource(noisePcm(3 * rate), 5000));
    await clock.advance(2);
    replica.interrupt();
    expect(await turn.outcome).toMatchObject({ type: "interrupted", heardSeconds: 0 });
    expect(await turn.started).toBe(false);
    const pcm = noisePcm(rate, 2);
    const next = replica.speak(pcmSource(pcm, 5000));
    await clock.advance(0.9);
    expect(next.position).toEqual({ seconds: expect.closeTo((await room.turns())[1]!.seconds, 3), basis: "event" });
    await clock.advance(2);
    expect(await next.outcome).toMatchObject({ type: "spoken", heardSeconds: 1, basis: "event" });
    expect(same((await room.turns())[1]!.pcm, pcm)).toBe(true);
    await close();
  },
);

test("a position that is withdrawn takes no sample with it: resume() says all that was not heard", async () => {
  const { clock, room, replica, close } = await replicaRoom({
    model: { greeting },
    faults: { eventDelaySeconds: 0.3 },
  });
  room.set({ eventDelaySeconds: 0 });
  const pcm = noisePcm(20 * rate);
  const turn = replica.speak(pcmSource(pcm, 5000));
  // The greeting's start was taken for ours: the position runs, until the greeting's stop takes it back.
  await clock.advance(7);
  expect(turn.position.seconds).toBeGreaterThan(6);
  await clock.advance(1.5);
  const heard = (await room.turns())[0]!.seconds;
  expect(heard).toBeLessThan(1.2);
  turn.interrupt();
  const { heardSeconds } = await turn.outcome;
  expect(heardSeconds).toBeCloseTo(heard, 3);
  const rest = turn.resume();
  await clock.advance(25);
  expect((await rest.outcome).type).toBe("spoken");
  expect(same((await room.turns())[1]!.pcm, pcm.subarray(Math.round(heardSeconds * rate)))).toBe(true);
  await close();
});
