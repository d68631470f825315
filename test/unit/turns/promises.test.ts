import { expect, test } from "vitest";
import type { EchoError } from "../../../src/errors.js";
import type { Source } from "../../../src/source/source.js";
import { echoesOf, samplesOf } from "../../support/echo-turn.js";
import { liveSource, noisePcm, pcmSource, same } from "../../support/pcm-source.js";
import { replicaRoom } from "../../support/replica-room.js";

const rate = 24_000;
const typeOf = ({ data }: { data: unknown }): string => (data as { event_type: string }).event_type;
const idOf = ({ data }: { data: unknown }): string =>
  (data as { properties: { inference_id: string } }).properties.inference_id;

test("a greeting spoken before the replica is there is not lost: it waits, and every sample is heard", async () => {
  const { clock, room, replica, close } = await replicaRoom({ replica: "late", lateSeconds: 7 });
  const pcm = noisePcm(rate);
  const source = pcmSource(pcm, 2400);
  const turn = replica.speak(source);
  expect(replica.state).toBe("waiting");
  await clock.advance(6.9);
  expect([turn.state, source.opened]).toEqual(["queued", 0]);
  await clock.advance(4);
  await replica.ready;
  expect((await turn.outcome).type).toBe("spoken");
  expect(same((await room.turns())[0]!.pcm, pcm)).toBe(true);
  await close();
});

test("a live source opens at speak() and is buffered while the replica is awaited", async () => {
  const { clock, room, replica, close } = await replicaRoom({ replica: "late", lateSeconds: 5 });
  const pcm = noisePcm(8 * rate);
  const source = liveSource(clock, pcm);
  const turn = replica.speak(source);
  await clock.advance(0.1);
  expect(source.opened).toBe(1);
  await clock.advance(20);
  expect((await turn.outcome).type).toBe("spoken");
  const [heard] = await room.turns();
  expect(same(heard!.pcm, pcm)).toBe(true);
  expect(heard!.gaps).toBe(0);
  await close();
});

test("what never comes ends the turn: replica-absent, after the timeout that was set, and the error event tells it", async () => {
  const { clock, replica, of, sent, close } = await replicaRoom({ replica: "absent" }, { readyTimeoutSeconds: 3 });
  const turn = replica.speak(pcmSource(noisePcm(rate)));
  await clock.advance(2.9);
  expect(turn.state).toBe("queued");
  await clock.advance(0.2);
  const outcome = await turn.outcome;
  expect(outcome).toMatchObject({ type: "failed", heardSeconds: 0, sentSeconds: 0 });
  expect(outcome.type === "failed" && outcome.error.code).toBe("replica-absent");
  expect(of("error").map((error) => (error as EchoError).code)).toEqual(["replica-absent"]);
  expect(await turn.started).toBe(false);
  expect(sent()).toEqual([]);
  await close();
});

test("turns queue: the second says nothing until the first was spoken", async () => {
  const { clock, room, replica, problems, close } = await replicaRoom();
  const [one, two] = [noisePcm(2 * rate, 1), noisePcm(rate, 2)];
  const first = replica.speak(pcmSource(one, 5000));
  const second = replica.speak(pcmSource(two, 5000));
  await clock.advance(1.9);
  expect([first.state, second.state]).toEqual(["speaking", "queued"]);
  await clock.advance(5);
  expect([(await first.outcome).type, (await second.outcome).type]).toEqual(["spoken", "spoken"]);
  expect((await room.turns()).map(({ pcm }) => pcm)).toEqual([one, two]);
  expect(problems()).toEqual([]);
  await close();
});

test("replace cuts what is said and what waits, with one interrupt, and goes first", async () => {
  const { clock, room, replica, sent, close } = await replicaRoom();
  const first = replica.speak(pcmSource(noisePcm(5 * rate, 1), 5000));
  const second = replica.speak(pcmSource(noisePcm(rate, 2), 5000));
  await clock.advance(1);
  const third = replica.speak(pcmSource(noisePcm(rate, 3), 5000), { mode: "replace" });
  expect(await first.outcome).toMatchObject({ type: "interrupted", by: "replaced", basis: "event" });
  expect(await second.outcome).toEqual({
    type: "interrupted",
    by: "replaced",
    heardSeconds: 0,
    sentSeconds: 0,
    basis: "estimate",
  });
  await clock.advance(5);
  expect((await third.outcome).type).toBe("spoken");
  expect(sent().filter((message) => typeOf(message) === "conversation.interrupt")).toHaveLength(1);
  expect((await room.turns()).map(({ id, outcome }) => [id, outcome])).toEqual([
    [first.id, "interrupted"],
    [third.id, "spoken"],
  ]);
  await close();
});

test("end() finishes with what was captured, done on the last of it", async () => {
  const { clock, room, replica, problems, close } = await replicaRoom();
  const pcm = noisePcm(60 * rate);
  const source = liveSource(clock, pcm);
  const turn = replica.speak(source);
  await clock.advance(2.035);
  turn.end();
  await clock.advance(3);
  expect((await turn.outcome).type).toBe("spoken");
  const [heard] = await room.turns();
  expect(heard!.pcm.length).toBe(source.captured);
  expect(source.captured).toBe(Math.round(2.035 * rate));
  expect(same(heard!.pcm, pcm.subarray(0, source.captured))).toBe(true);
  expect(problems()).toEqual([]);
  await close();
});

test("a queued turn leaves without a message", async () => {
  const { clock, replica, sent, close } = await replicaRoom();
  const first = replica.speak(pcmSource(noisePcm(3 * rate)));
  const source = pcmSource(noisePcm(rate));
  const second = replica.speak(source);
  await clock.advance(1);
  const before = sent().length;
  second.interrupt();
  expect(await second.outcome).toMatchObject({ type: "interrupted", by: "app", heardSeconds: 0 });
  await clock.advance(5);
  expect((await first.outcome).type).toBe("spoken");
  expect(source.opened).toBe(0);
  expect(
    sent()
      .slice(before)
      .filter((message) => typeOf(message) === "conversation.interrupt"),
  ).toEqual([]);
  expect(new Set(echoesOf(sent()).map(idOf))).toEqual(new Set([first.id]));
  await close();
});

test("an AbortSignal resolves the outcome as interrupted by signal; nothing rejects", async () => {
  const { clock, replica, close } = await replicaRoom();
  const abort = new AbortController();
  const turn = replica.speak(pcmSource(noisePcm(5 * rate)), { signal: abort.signal });
  const late = replica.speak(pcmSource(noisePcm(5 * rate)), { signal: AbortSignal.abort() });
  await clock.advance(1);
  abort.abort();
  expect(await turn.outcome).toMatchObject({ type: "interrupted", by: "signal" });
  expect(await late.outcome).toMatchObject({ type: "interrupted", by: "signal", sentSeconds: 0 });
  await close();
});

test("an interrupt is fenced: no message of the old id after it, the next turn waits for the stop event", async () => {
  const { clock, room, replica, sent, close } = await replicaRoom({ faults: { latencySeconds: 0.1 } });
  const first = replica.speak(pcmSource(noisePcm(30 * rate), 5000));
  await clock.advance(2);
  const cut = replica.interrupt();
  expect(cut).toEqual([first]);
  const interruptedAt = clock.now();
  const second = replica.speak(pcmSource(noisePcm(rate, 2), 5000));
  await clock.advance(10);
  const messages = sent();
  const at = messages.findIndex((message) => typeOf(message) === "conversation.interrupt");
  expect(messages[at]!.data).toEqual({
    message_type: "conversation",
    event_type: "conversation.interrupt",
    conversation_id: room.conversationId,
  });
  expect(
    messages
      .slice(at + 1)
      .every((message) => typeOf(message) === "conversation.interrupt" || idOf(message) === second.id),
  ).toBe(true);
  // There and back: 0.1 s each way.
  expect(messages[at + 1]!.at - interruptedAt).toBeCloseTo(0.2, 6);
  expect((await second.outcome).type).toBe("spoken");
  expect(room.refused).toEqual([]);
  await close();
});

test("without a stop event the next turn waits half a second, not for ever", async () => {
  const { clock, replica, sent, close } = await replicaRoom({ model: { interruptedStops: "never" } });
  replica.speak(pcmSource(noisePcm(30 * rate), 5000));
  await clock.advance(2);
  replica.interrupt();
  const at = clock.now();
  const before = sent().length;
  replica.speak(pcmSource(noisePcm(rate, 2), 5000));
  await clock.advance(3);
  expect(sent()[before]!.at - at).toBeCloseTo(0.5, 2);
  await close();
});

test("fifty interrupts in a row leave a replica that still speaks", async () => {
  const { clock, room, replica, sent, close } = await replicaRoom({
    faults: { messagesPerSecond: 20, rateLimit: "drop", latencySeconds: 0.05 },
  });
  const outcomes: string[] = [];
  for (let n = 0; n < 50; n++) {
    void replica.speak(pcmSource(noisePcm(5 * rate, n), 5000)).outcome.then(({ type }) => outcomes.push(type));
    await clock.advance(0.35);
    replica.interrupt();
  }
  const last = noisePcm(2 * rate, 99);
  const turn = replica.speak(pcmSource(last, 5000));
  await clock.advance(10);
  expect((await turn.outcome).type).toBe("spoken");
  expect(outcomes).toEqual(Array.from({ length: 50 }, () => "interrupted"));
  expect(same((await room.turns()).at(-1)!.pcm, last)).toBe(true);
  expect(room.refused).toEqual([]);
  const ids = echoesOf(sent()).map(idOf);
  // No id comes back once another has followed it.
  expect(ids.filter((id, n) => id !== ids[n - 1]).length).toBe(new Set(ids).size);
  await close();
});

test("resume says the rest from the position on: together exactly the whole", async () => {
  const { clock, room, replica, close } = await replicaRoom();
  const pcm = noisePcm(12 * rate);
  const source = pcmSource(pcm, 5000);
  const turn = replica.speak(source);
  await clock.advance(4);
  const [cut] = replica.interrupt();
  await clock.advance(1);
  const rest = cut!.resume();
  expect(rest.id).not.toBe(turn.id);
  expect(() => cut!.resume()).toThrow(TypeError);
  await clock.advance(20);
  expect((await rest.outcome).type).toBe("spoken");
  const [before, after] = await room.turns();
  const { heardSeconds } = await turn.outcome;
  // What the replica played, by its own clock, and what it was given after: sample for sample the source.
  expect(Math.abs(before!.pcm.length - heardSeconds * rate)).toBeLessThan(0.05 * rate);
  expect(same(after!.pcm, pcm.subarray(Math.round(heardSeconds * rate)))).toBe(true);
  expect(source.opened).toBe(1);
  await close();
});

test("after resumeWindowSeconds the source is cancelled, and resume() throws", async () => {
  const { clock, replica, close } = await replicaRoom({}, { resumeWindowSeconds: 2 });
  const source = pcmSource(noisePcm(60 * rate), 5000);
  const turn = replica.speak(source);
  await clock.advance(1);
  replica.interrupt();
  await clock.advance(1.9);
  expect(source.cancelled).toBe(0);
  await clock.advance(0.2);
  expect(source.cancelled).toBe(1);
  expect(() => turn.resume()).toThrow(TypeError);
  await close();
});

test("a queued turn that was cut can be resumed: it is said whole", async () => {
  const { clock, room, replica, close } = await replicaRoom();
  replica.speak(pcmSource(noisePcm(5 * rate), 5000));
  const pcm = noisePcm(rate, 2);
  replica.speak(pcmSource(pcm, 5000));
  await clock.advance(1);
  const cut = replica.interrupt();
  expect(cut).toHaveLength(2);
  const rest = cut[1]!.resume();
  await clock.advance(5);
  expect((await rest.outcome).type).toBe("spoken");
  expect(same((await room.turns()).at(-1)!.pcm, pcm)).toBe(true);
  await close();
});

test("a source that breaks off: what it gave is said, with done, and the outcome is failed", async () => {
  const { clock, room, replica, problems, of, close } = await replicaRoom();
  const pcm = noisePcm(rate);
  const broken: Source = {
    open: async () =>
      new ReadableStream<Int16Array>({
        start: (controller) => controller.enqueue(pcm.slice()),
        pull: (controller) => controller.error(new Error("the wire was cut")),
      }),
  };
  const turn = replica.speak(broken);
  await clock.advance(5);
  const outcome = await turn.outcome;
  expect(outcome).toMatchObject({ type: "failed", heardSeconds: 1, sentSeconds: 1 });
  const error = outcome.type === "failed" ? outcome.error : undefined;
  expect(error).toMatchObject({
    code: "source-failed",
    cause: expect.objectContaining({ message: "the wire was cut" }),
  });
  expect(of("error")).toEqual([error]);
  expect(same((await room.turns())[0]!.pcm, pcm)).toBe(true);
  expect(problems()).toEqual([]);
  await close();
});

test("a turn without a sample sends nothing and fails with no-audio", async () => {
  const { clock, replica, sent, close } = await replicaRoom();
  const turn = replica.speak(pcmSource(new Int16Array(0)));
  const text = replica.say("");
  await clock.advance(2);
  for (const { outcome } of [turn, text]) {
    const settled = await outcome;
    expect(settled.type === "failed" && settled.error.code).toBe("no-audio");
  }
  expect(sent()).toEqual([]);
  await close();
});

test("a source that cannot open fails with its own error", async () => {
  const { clock, replica, close } = await replicaRoom();
  const { EchoError } = await import("../../../src/errors.js");
  const denied = new EchoError("microphone-denied", "No.");
  const turn = replica.speak({ live: true, open: () => Promise.reject(denied) });
  await clock.advance(1);
  const outcome = await turn.outcome;
  expect(outcome.type === "failed" && outcome.error).toBe(denied);
  await close();
});

test("the call is left in the middle: failed with call-left and what was sent; speak() then fails at once", async () => {
  const { clock, room, replica, close } = await replicaRoom();
  const turn = replica.speak(pcmSource(noisePcm(30 * rate), 5000));
  const queued = replica.speak(pcmSource(noisePcm(rate)));
  await clock.advance(3);
  room.set({ ejected: true });
  const outcome = await turn.outcome;
  expect(outcome.type === "failed" && outcome.error.code).toBe("call-left");
  expect(outcome.sentSeconds).toBeGreaterThan(3);
  expect(Math.abs(outcome.heardSeconds - 3)).toBeLessThan(0.1);
  expect(replica.state).toBe("left");
  const late = replica.speak(pcmSource(noisePcm(rate)));
  for (const { outcome } of [queued, late]) {
    const settled = await outcome;
    expect(settled.type === "failed" && settled.error.code).toBe("call-left");
  }
  await close();
});

test("network interruption: held, then on from where it was; nothing lost when Daily queues", async () => {
  const { clock, room, replica, of, close } = await replicaRoom();
  const pcm = noisePcm(40 * rate);
  const turn = replica.speak(pcmSource(pcm, 5000));
  await clock.advance(1);
  room.set({ signalling: "queue" });
  expect(replica.state).toBe("held");
  const sentBefore = replica.stats().messages;
  await clock.advance(8);
  expect(replica.stats().messages).toBe(sentBefore);
  room.set({ signalling: "up" });
  expect(replica.state).toBe("ready");
  await clock.advance(60);
  expect((await turn.outcome).type).toBe("spoken");
  // The id may have been given up in 8 s: the turn continues under another one, and 3 samples that closed the first are said twice.
  const [first, second] = await room.turns();
  expect(turn.inferenceIds).toEqual([first!.id, second!.id]);
  expect(same(second!.pcm, pcm.subarray(first!.pcm.length - 3))).toBe(true);
  expect(same(first!.pcm, pcm.subarray(0, first!.pcm.length))).toBe(true);
  expect(replica.stats().heldSeconds).toBeCloseTo(8, 6);
  expect(of("state").map((event) => (event as { state: string }).state)).toEqual(["held", "ready"]);
  await close();
});

test("an interrupt during a network interruption goes first when it is back", async () => {
  const { clock, room, replica, sent, close } = await replicaRoom();
  const turn = replica.speak(pcmSource(noisePcm(40 * rate), 5000));
  await clock.advance(2);
  room.set({ signalling: "drop" });
  await clock.advance(1);
  const before = sent().length;
  replica.interrupt();
  const next = replica.speak(pcmSource(noisePcm(rate, 2), 5000));
  expect(await turn.outcome).toMatchObject({ type: "interrupted", by: "app" });
  await clock.advance(1);
  expect(sent().length).toBe(before);
  room.set({ signalling: "up" });
  await clock.advance(5);
  expect(sent().slice(before).map(typeOf).slice(0, 2)).toEqual(["conversation.interrupt", "conversation.echo"]);
  expect((await next.outcome).type).toBe("spoken");
  await close();
});

test("a live source longer than the hold can buffer fails with hold-exceeded, and says what was sent", async () => {
  const { clock, room, replica, close } = await replicaRoom({ faults: { signallingTimeoutSeconds: 60 } });
  const turn = replica.speak(liveSource(clock, noisePcm(60 * rate)));
  await clock.advance(3);
  room.set({ signalling: "drop" });
  await clock.advance(25);
  const outcome = await turn.outcome;
  expect(outcome.type === "failed" && outcome.error.code).toBe("hold-exceeded");
  expect(outcome.sentSeconds).toBeCloseTo(3, 0);
  await close();
});

test("text echo: whole and streamed text, done on the last piece, spoken by event", async () => {
  const { clock, room, replica, sent, of, close } = await replicaRoom();
  const whole = replica.say("Welcome back.");
  const streamed = replica.say(
    (async function* () {
      for (const word of ["One ", "two ", "three."]) {
        await clock.sleep(0.2);
        yield word;
      }
    })(),
  );
  await clock.advance(20);
  expect((await whole.outcome).type).toBe("spoken");
  const outcome = await streamed.outcome;
  expect(outcome).toMatchObject({ type: "spoken", basis: "event" });
  const turns = await room.turns();
  expect(turns.map(({ text }) => text)).toEqual(["Welcome back.", "One two three."]);
  expect(outcome.heardSeconds).toBeCloseTo(turns[1]!.seconds, 6);
  const done = sent().map(({ data }) => (data as { properties: { done: boolean } }).properties.done);
  // The second turn's text was gathered while the first was said.
  expect(done).toEqual([true, true]);
  expect(() => whole.resume()).toThrow(TypeError);
  expect(of("utterance").length).toBeGreaterThan(0);
  await close();
});

test("send() fills in the envelope; what is no interaction is refused", async () => {
  const { room, replica, close } = await replicaRoom();
  replica.send({ event_type: "conversation.respond", properties: { text: "Hello?" } });
  expect(room.messages.at(-1)!.data).toEqual({
    message_type: "conversation",
    event_type: "conversation.respond",
    conversation_id: room.conversationId,
    properties: { text: "Hello?" },
  });
  expect(() => replica.send({ event_type: "conversation.realtime_api", properties: {} } as never)).toThrow(TypeError);
  await close();
});

test("close() interrupts, settles, and frees the call at once; drain finishes first", async () => {
  const { clock, room, transport, replica } = await replicaRoom();
  const { Replica } = await import("../../../src/replica.js");
  const turn = replica.speak(pcmSource(noisePcm(30 * rate), 5000));
  await clock.advance(1);
  expect(() => new Replica({ transport, clock })).toThrow(TypeError);
  const closing = replica.close();
  const next = new Replica({ transport, clock });
  await closing;
  expect(await turn.outcome).toMatchObject({ type: "interrupted", by: "close" });
  expect(replica.state).toBe("closed");
  expect(() => replica.speak(pcmSource(noisePcm(rate)))).toThrow(TypeError);
  expect(() => turn.resume()).toThrow(TypeError);
  const pcm = noisePcm(2 * rate, 2);
  const last = next.speak(pcmSource(pcm, 5000));
  let drained = false;
  void next.close({ drain: true }).then(() => {
    drained = true;
  });
  expect(() => next.speak(pcmSource(pcm))).toThrow(TypeError);
  await clock.advance(1);
  expect(drained).toBe(false);
  await clock.advance(5);
  expect(drained).toBe(true);
  expect((await last.outcome).type).toBe("spoken");
  expect(same((await room.turns()).at(-1)!.pcm, pcm)).toBe(true);
  room.close();
});

test("cues fire when their second is heard, past ones at once, none after an interruption", async () => {
  const { clock, replica, close } = await replicaRoom();
  const turn = replica.speak(pcmSource(noisePcm(6 * rate), 5000));
  const fired: [number, number][] = [];
  let startedAt = Number.NaN;
  void turn.started.then(() => {
    startedAt = clock.now();
  });
  for (const seconds of [0, 1, 2.5, 5]) turn.at(seconds, () => fired.push([seconds, clock.now()]));
  const off = turn.at(2, () => fired.push([-1, 0]));
  off();
  await clock.advance(3);
  turn.at(1.5, () => fired.push([1.5, clock.now()]));
  for (const [seconds, at] of fired.slice(0, 3)) expect(Math.abs(at - startedAt - seconds)).toBeLessThan(0.05);
  expect(fired.map(([seconds]) => seconds)).toEqual([0, 1, 2.5, 1.5]);
  turn.interrupt();
  await clock.advance(5);
  turn.at(0.5, () => fired.push([-2, 0]));
  expect(fired).toHaveLength(4);
  await close();
});

test("16 kHz: the messages say so, and every sample is heard", async () => {
  const { clock, room, replica, problems, close } = await replicaRoom({}, { sampleRate: 16000 });
  const pcm = noisePcm(3 * 16_000 + 1);
  const turn = replica.speak(pcmSource(pcm, 1000));
  await clock.advance(6);
  expect((await turn.outcome).sentSeconds).toBe(pcm.length / 16_000);
  expect((await room.turns())[0]).toMatchObject({ sampleRate: 16_000, outcome: "spoken", gaps: 0 });
  expect(samplesOf(room.messages)).toEqual(pcm);
  expect(problems()).toEqual([]);
  await close();
});
