import { expect, test } from "vitest";
import type { FakeRoomOptions } from "../../../src/fake-room/index.js";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import { Replica } from "../../../src/replica.js";
import { base64Pcm } from "../../../src/tavus/base64.js";
import { noisePcm, pcmSource } from "../../support/pcm-source.js";
import { replicaRoom } from "../../support/replica-room.js";
import { ScriptedTransport } from "../../support/scripted-transport.js";
import { settling, started as start, stopped as stop } from "../../support/speech-events.js";

const rate = 24_000;

// Readings of Tavus under which a turn must end as spoken, when its sound ends, with the basis named.
const readings: Record<string, [FakeRoomOptions, "event" | "estimate"]> = {
  "both generations, ids by MD5": [{}, "event"],
  "ids kept": [{ model: { ids: "kept" } }, "event"],
  "older names only": [{ model: { generations: "older" } }, "event"],
  "unified names only": [{ model: { generations: "unified" } }, "event"],
  "a hidden sender": [{ model: { eventsFrom: "hidden" } }, "event"],
  "durations null": [{ model: { durations: "null" } }, "event"],
  "no conversation ids": [{ model: { conversationIds: false } }, "event"],
  "every event three times": [{ faults: { eventCopies: 3 } }, "event"],
  "unknown events between": [{ faults: { unknownEvents: true } }, "event"],
  "starts missing": [
    { faults: { eventsMissing: ["conversation.replica.started_speaking", "conversation.started_speaking"] } },
    "event",
  ],
  "out of order": [{ faults: { eventReordering: 0.5 }, seed: 3 }, "event"],
  "late by 0.8 s": [{ faults: { eventDelaySeconds: 0.8 } }, "event"],
  "a replica ten times as fast": [{ speed: 10 }, "event"],
  "no events at all": [{ faults: { silent: true, audioLevels: false } }, "estimate"],
};
test.each(Object.entries(readings))("settled rightly: %s", async (_name, [options, basis]) => {
  const { clock, room, replica, close } = await replicaRoom(options);
  for (let n = 1; n <= 3; n++) {
    const turn = replica.speak(pcmSource(noisePcm(2 * rate, n), 5000));
    let settledAt = Number.NaN;
    const begun = clock.now();
    void turn.outcome.then(() => {
      settledAt = clock.now();
    });
    await clock.advance(8);
    const outcome = await turn.outcome;
    expect(outcome).toEqual({ type: "spoken", heardSeconds: 2, sentSeconds: 2, basis });
    expect(await turn.started).toBe(true);
    expect((await room.turns()).map(({ outcome }) => outcome)).toEqual(Array.from({ length: n }, () => "spoken"));
    // Not before the sound was over, and not long after.
    expect(settledAt - begun).toBeGreaterThan(options.speed === 10 ? 0.1 : 1.99);
    expect(settledAt - begun).toBeLessThan(basis === "estimate" ? 4 : 3.4);
  }
  await close();
});

test("stops missing: settled all the same, as an estimate of the end, and sooner once that is known", async () => {
  const { clock, replica, close } = await replicaRoom({
    faults: { eventsMissing: ["conversation.replica.stopped_speaking", "conversation.stopped_speaking"] },
  });
  // What has begun may be a greeting: that its stop is overdue says little at first.
  for (const grace of [10, 3]) {
    const turn = replica.speak(pcmSource(noisePcm(2 * rate), 5000));
    await clock.advance(2 + grace);
    expect(turn.state).toBe("speaking");
    await clock.advance(0.5);
    expect(turn.state).toBe("settled");
    expect(await turn.outcome).toMatchObject({ type: "spoken", heardSeconds: 2 });
  }
  await close();
});

test("a greeting settles nothing: not the turn that waits behind it, nor its position", async () => {
  const { clock, room, replica, told, close } = await replicaRoom({
    model: { greeting: "Hello, I am here to help you." },
  });
  const turn = replica.speak(pcmSource(noisePcm(6 * rate), 5000));
  const starts = (): number[] =>
    told
      .filter(({ type, event }) => type === "speaking" && (event as { turn?: unknown }).turn === turn)
      .map(({ at }) => at);
  await clock.advance(15);
  expect(await turn.outcome).toMatchObject({ type: "spoken", heardSeconds: 6, basis: "event" });
  const greeted = room.messages.find(
    ({ data }) => (data as { event_type: string }).event_type === "conversation.replica.stopped_speaking",
  )!;
  const duration = (greeted.data as { properties: { duration: number } }).properties.duration;
  expect(duration).toBeGreaterThan(1);
  expect(duration).toBeLessThan(5);
  // It is said to speak when it really does: after the greeting.
  expect(starts().at(-1)).toBeCloseTo(greeted.at, 2);
  await close();
});

test("another client's echo settles nothing", async () => {
  const { clock, room, replica, close } = await replicaRoom({ maxMessageLength: 100_000 });
  const other = room.participant({ userName: "Another" });
  const echo = (pcm: Int16Array): void =>
    other.send({
      message_type: "conversation",
      event_type: "conversation.echo",
      conversation_id: room.conversationId,
      properties: { modality: "audio", audio: base64Pcm(pcm), sample_rate: rate, inference_id: "theirs", done: true },
    });
  echo(noisePcm(rate));
  await clock.advance(0.5);
  // Ours is sent while theirs plays; their stop comes while ours is done and waits.
  const turn = replica.speak(pcmSource(noisePcm(3 * rate), 5000));
  await clock.advance(2);
  expect(turn.state).not.toBe("settled");
  await clock.advance(10);
  const outcome = await turn.outcome;
  expect(outcome).toMatchObject({ type: "spoken", heardSeconds: 3, basis: "event" });
  expect((await room.turns()).map(({ outcome }) => outcome)).toEqual(["spoken", "spoken"]);
  await close();
});

test.each([0.02, 0.1, 0.2])(
  "another client's echo as long as ours, begun %d s before it: its stop is not ours",
  async (before) => {
    const { clock, room, replica, close } = await replicaRoom({ maxMessageLength: 1_000_000 });
    room.participant({ userName: "Another" }).send({
      message_type: "conversation",
      event_type: "conversation.echo",
      conversation_id: room.conversationId,
      properties: {
        ...{ modality: "audio", audio: base64Pcm(noisePcm(3 * rate)), sample_rate: rate },
        ...{ inference_id: "theirs", done: true },
      },
    });
    await clock.advance(before);
    const begun = clock.now();
    const turn = replica.speak(pcmSource(noisePcm(3 * rate, 2), 5000));
    let settledAt = Number.NaN;
    void turn.outcome.then(() => {
      settledAt = clock.now();
    });
    await clock.advance(10);
    expect(await turn.outcome).toEqual({ type: "spoken", heardSeconds: 3, sentSeconds: 3, basis: "event" });
    // Theirs is heard to its end, then ours.
    expect(settledAt - begun).toBeCloseTo(6 - before, 2);
    await close();
  },
);

test("a transport that answers from within send(): the start is not taken for another's", async () => {
  const clock = new VirtualClock();
  const transport = new ScriptedTransport();
  const replica = new Replica({ transport, clock });
  transport.ready();
  let answered = false;
  transport.onsend = () => {
    if (!answered) transport.message(start("rewritten"));
    answered = true;
  };
  const turn = replica.speak(pcmSource(noisePcm(3 * rate), 5000));
  await clock.advance(3.1);
  transport.message(stop("rewritten", 3));
  expect(turn.state).toBe("settled");
  expect(await turn.outcome).toEqual({ type: "spoken", heardSeconds: 3, sentSeconds: 3, basis: "event" });
  await replica.close();
});

test("a visible participant that is not the replica settles nothing, whatever it sends", async () => {
  const { clock, room, replica, of, close } = await replicaRoom({
    faults: { silent: true, audioLevels: false, hostile: true },
  });
  const mallory = room.participant({ userName: "Mallory" });
  const raw: { fromReplica: boolean }[] = [];
  replica.on("raw", (event) => raw.push(event));
  const turn = replica.speak(pcmSource(noisePcm(4 * rate), 5000));
  await clock.advance(2.5);
  for (const message of settling(turn.id, 4)) mallory.send(message);
  await clock.advance(0.1);
  expect(turn.state).not.toBe("settled");
  expect(turn.position.basis).toBe("estimate");
  expect(raw.length).toBeGreaterThanOrEqual(5);
  expect(raw.every(({ fromReplica }) => !fromReplica)).toBe(true);
  await clock.advance(10);
  expect(await turn.outcome).toMatchObject({ type: "spoken", basis: "estimate" });
  expect(of("error")).toEqual([]);
  await close();
});

test("the trusted replica: a stop before done, or whose duration does not fit, settles nothing", async () => {
  const { clock, room, replica, close } = await replicaRoom(
    { faults: { silent: true, audioLevels: false } },
    { leadSeconds: 2 },
  );
  const turn = replica.speak(pcmSource(noisePcm(8 * rate), 5000));
  await clock.advance(1);
  for (const event of [stop(undefined, 1), stop("foreign", 2), stop(undefined, undefined), stop("foreign", 8, true)])
    room.emit(event);
  await clock.advance(7);
  expect(turn.state).not.toBe("settled");
  for (const event of [stop(undefined, 3), stop("foreign", 20), stop(undefined, undefined)]) room.emit(event);
  await clock.advance(0);
  expect(turn.state).not.toBe("settled");
  await clock.advance(10);
  expect((await turn.outcome).basis).toBe("estimate");
  await close();
});

test("interrupted by the replica itself: said so, with what was heard", async () => {
  const { clock, room, replica, close } = await replicaRoom();
  const turn = replica.speak(pcmSource(noisePcm(8 * rate), 5000));
  await clock.advance(3);
  // Somebody else in the room interrupts.
  room.participant().send({
    message_type: "conversation",
    event_type: "conversation.interrupt",
    conversation_id: room.conversationId,
  });
  await clock.advance(0.1);
  const outcome = await turn.outcome;
  expect(outcome).toMatchObject({ type: "interrupted", by: "replica", basis: "event" });
  expect(outcome.heardSeconds).toBeCloseTo((await room.turns())[0]!.seconds, 6);
  await close();
});

test("speaking and silent come once each, however often Tavus says it", async () => {
  const { clock, replica, told, close } = await replicaRoom({ faults: { eventCopies: 3 } });
  const turns = [1, 2].map((n) => replica.speak(pcmSource(noisePcm(rate, n), 5000)));
  await clock.advance(6);
  const sound = told.filter(({ type }) => type === "speaking" || type === "silent");
  expect(sound.map(({ type, event }) => [type, (event as { turn?: unknown }).turn === turns[0] ? 0 : 1])).toEqual([
    ["speaking", 0],
    ["silent", 0],
    ["speaking", 1],
    ["silent", 1],
  ]);
  await close();
});

test("a replica that runs dry and goes on is one turn", async () => {
  const { clock, room, replica, close } = await replicaRoom();
  const pcm = noisePcm(4 * rate);
  // Speech synthesis that pauses for two seconds in the middle of a sentence.
  const turn = replica.speak({
    open: async () =>
      new ReadableStream<Int16Array>({
        async start(controller) {
          controller.enqueue(pcm.slice(0, 2 * rate));
          await clock.sleep(4);
          controller.enqueue(pcm.slice(2 * rate));
          controller.close();
        },
      }),
  });
  await clock.advance(3.5);
  // All but the 10 ms that are held back.
  expect(turn.position.seconds).toBeCloseTo(1.99, 6);
  await clock.advance(10);
  expect(await turn.outcome).toMatchObject({ type: "spoken", heardSeconds: 4, basis: "event" });
  expect((await room.turns())[0]).toMatchObject({ gaps: 1, outcome: "spoken" });
  await close();
});
