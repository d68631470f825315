import { expect, test } from "vitest";
import { liveSource, noisePcm, pcmSource, same } from "../../support/pcm-source.js";
import { replicaRoom } from "../../support/replica-room.js";

const rate = 24_000;

test("on a slow way the answer to an interrupt comes after the next turn has begun: it is not about that turn", async () => {
  // 0.6 s each way: the gate's half second is long over, the start of the first turn comes late too.
  const { clock, room, replica, close } = await replicaRoom({ faults: { latencySeconds: 0.6 } });
  const first = replica.speak(pcmSource(noisePcm(20 * rate), 5000));
  await clock.advance(0.8);
  replica.interrupt();
  const pcm = noisePcm(5 * rate, 2);
  const second = replica.speak(pcmSource(pcm, 5000));
  await clock.advance(20);
  expect(await first.outcome).toMatchObject({ type: "interrupted", by: "app" });
  expect(await second.outcome).toMatchObject({ type: "spoken", heardSeconds: 5, basis: "event" });
  expect(same((await room.turns())[1]!.pcm, pcm)).toBe(true);
  await close();
});

test("a live source that waits in the queue loses nothing, and says the backlog as fast as it may", async () => {
  const { clock, room, replica, close } = await replicaRoom();
  replica.speak(pcmSource(noisePcm(4 * rate), 5000));
  const pcm = noisePcm(10 * rate, 2);
  const turn = replica.speak(liveSource(clock, pcm), { mode: "queue" });
  await clock.advance(30);
  expect((await turn.outcome).type).toBe("spoken");
  expect(same((await room.turns())[1]!.pcm, pcm)).toBe(true);
  await close();
});

test("interrupting a live turn ends its capture, and resume() says what was captured and not heard", async () => {
  const { clock, room, replica, close } = await replicaRoom();
  const pcm = noisePcm(60 * rate);
  const source = liveSource(clock, pcm);
  const turn = replica.speak(source);
  await clock.advance(3.01);
  const [cut] = replica.interrupt();
  await clock.advance(0.5);
  expect([source.ended, source.dropped]).toEqual([true, false]);
  const captured = source.captured;
  const rest = cut!.resume();
  await clock.advance(5);
  expect((await rest.outcome).type).toBe("spoken");
  const { heardSeconds } = await turn.outcome;
  expect(same((await room.turns())[1]!.pcm, pcm.subarray(Math.round(heardSeconds * rate), captured))).toBe(true);
  await close();
});

test("a source that ignores `ended` is cut off, and that is said", async () => {
  const { clock, replica, of, close } = await replicaRoom();
  let cancelled = false;
  const turn = replica.speak({
    live: true,
    open: async () =>
      new ReadableStream<Int16Array>({
        async pull(controller) {
          await clock.sleep(0.06);
          controller.enqueue(new Int16Array(1440).fill(700));
        },
        cancel() {
          cancelled = true;
        },
      }),
  });
  await clock.advance(1);
  turn.end();
  await clock.advance(6);
  expect((await turn.outcome).type).toBe("spoken");
  expect(of("warning")).toMatchObject([{ code: "source-did-not-end" }]);
  expect(cancelled).toBe(true);
  await close();
});

test("end() does not cut what a source that can wait still holds", async () => {
  const { clock, room, replica, close } = await replicaRoom({}, { leadSeconds: 2 });
  const pcm = noisePcm(12 * rate);
  const turn = replica.speak(pcmSource(pcm, 5000));
  await clock.advance(1);
  turn.end();
  await clock.advance(20);
  expect((await turn.outcome).type).toBe("spoken");
  expect(same((await room.turns())[0]!.pcm, pcm)).toBe(true);
  await close();
});

test("a source that gives something else than Int16Array fails, and says what", async () => {
  const { clock, replica, close } = await replicaRoom();
  const turn = replica.speak({
    open: async () => new ReadableStream({ start: (controller) => controller.enqueue(new Float32Array(10) as never) }),
  });
  await clock.advance(1);
  const outcome = await turn.outcome;
  expect(outcome.type === "failed" && [outcome.error.code, outcome.error.message]).toEqual([
    "source-failed",
    expect.stringContaining("Float32Array"),
  ]);
  await close();
});

test("the replica leaves in the middle: failed with replica-absent; it comes back, and the rest is resumed", async () => {
  const { clock, room, replica, close } = await replicaRoom();
  const pcm = noisePcm(10 * rate);
  const turn = replica.speak(pcmSource(pcm, 5000));
  const waiting = replica.speak(pcmSource(noisePcm(rate, 2), 5000));
  await clock.advance(3);
  room.set({ replica: "absent" });
  const outcome = await turn.outcome;
  expect(outcome.type === "failed" && outcome.error.code).toBe("replica-absent");
  expect([replica.state, waiting.state]).toEqual(["waiting", "queued"]);
  await clock.advance(2);
  room.set({ replica: "ready" });
  const rest = turn.resume();
  await clock.advance(20);
  expect([(await waiting.outcome).type, (await rest.outcome).type]).toEqual(["spoken", "spoken"]);
  expect(same((await room.turns()).at(-1)!.pcm, pcm.subarray(Math.round(outcome.heardSeconds * rate)))).toBe(true);
  await close();
});

test("lead 0: messages of 60 ms, as fast as speech, from a source that gave all at once", async () => {
  const { clock, room, replica, sent, close } = await replicaRoom({ maxMessageLength: 26_000 }, { leadSeconds: 0 });
  const pcm = noisePcm(5 * rate);
  const turn = replica.speak(pcmSource(pcm));
  await clock.advance(10);
  expect((await turn.outcome).type).toBe("spoken");
  expect((await room.turns())[0]!.gaps).toBe(0);
  const at = sent().map((message) => message.at);
  expect(at.length).toBeGreaterThan(80);
  expect(at.at(-1)! - at[0]!).toBeGreaterThan(4.8);
  await close();
});

test("what send() is given while the network is down leaves when it is back", async () => {
  const { room, replica, close } = await replicaRoom();
  room.set({ signalling: "drop" });
  replica.send({ event_type: "conversation.respond", properties: { text: "Later." } });
  const said = () =>
    room.messages.filter(({ data }) => (data as { event_type: string }).event_type === "conversation.respond");
  expect(said()).toEqual([]);
  room.set({ signalling: "up" });
  expect(said()).toMatchObject([{ fate: "carried" }]);
  await close();
});
