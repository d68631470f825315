import { afterAll, expect, test } from "vitest";
import { createFakeRoom, type FakeRoom, type FakeRoomOptions } from "../../../src/fake-room/index.js";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import { Replica } from "../../../src/replica.js";
import { pcm } from "../../../src/source/pcm.js";
import type { Transport } from "../../../src/transport/transport.js";
import type { Turn } from "../../../src/turn/turn.js";
import { noisePcm, pcmSource } from "../../support/pcm-source.js";

// What a turn reports when something goes wrong, beside what the room heard: the table of docs/hearing.md. `npx vitest run test/unit/playback/table` prints it.
const rate = 24_000;
const rows: string[] = [];
afterAll(() => console.log(`\n| what happened | reported | replica heard |\n|---|---|---|\n${rows.join("\n")}\n`));

interface Scene {
  clock: VirtualClock;
  room: FakeRoom;
  replica: Replica;
  codes: string[];
  speaking: (Turn | undefined)[];
  say(seconds: number, seed?: number): Turn;
  heard(turn: Turn): Promise<number>;
}

async function scene(
  options: FakeRoomOptions,
  wrap: (inner: Transport) => Transport = (inner) => inner,
): Promise<Scene> {
  const clock = new VirtualClock();
  const room = await createFakeRoom({ clock, ...options });
  const replica = new Replica({ transport: wrap(room.transport()), clock });
  const codes: string[] = [];
  for (const type of ["warning", "error"] as const) replica.on(type, ({ code }) => codes.push(code));
  const speaking: (Turn | undefined)[] = [];
  replica.on("speaking", ({ turn }) => speaking.push(turn));
  return {
    clock,
    room,
    replica,
    codes,
    speaking,
    say: (seconds, seed = 1) => replica.speak(pcmSource(noisePcm(Math.round(seconds * rate), seed), 5000)),
    heard: async (turn) => {
      const ids = new Set(turn.inferenceIds);
      return (await room.turns()).filter(({ id }) => ids.has(id)).reduce((sum, { seconds }) => sum + seconds, 0);
    },
  };
}

/** Waits for the outcome, at most `seconds`, and writes the row. */
async function row(name: string, { clock, heard, codes }: Scene, turn: Turn, seconds = 120) {
  const begun = clock.now();
  let settledAt = Number.NaN;
  void turn.outcome.then(() => {
    settledAt = clock.now();
  });
  await clock.advance(seconds);
  const outcome = await turn.outcome;
  const seen = await heard(turn);
  const what =
    outcome.type === "failed"
      ? `failed, \`${outcome.error.code}\``
      : outcome.type === "interrupted"
        ? `interrupted by ${outcome.by}`
        : outcome.type;
  const warned = codes.filter(
    (code) => code.startsWith("heard") || code.startsWith("replica") || code.startsWith("not-echo"),
  );
  rows.push(
    `| ${name} | ${what} ${outcome.heardSeconds.toFixed(2)} ${outcome.basis}${warned.length > 0 ? `, warned: ${[...new Set(warned)].map((code) => `\`${code}\``).join(" ")}` : ""} | ${seen.toFixed(2)} |`,
  );
  return { outcome, heard: seen, settledAfter: settledAt - begun };
}

const lossToReplica = (loss: number) => ({ loss, direction: "toReplica" as const });

test.each([
  ["10 % of the messages lost", lossToReplica(0.1)],
  ["50 % of the messages lost", lossToReplica(0.5)],
])("%s: audio-lost, and as many seconds as the room heard", async (name, faults) => {
  const one = await scene({});
  const turn = one.say(20);
  await one.clock.advance(1.5);
  one.room.set(faults);
  const { outcome, heard } = await row(name, one, turn);
  expect(outcome).toMatchObject({ type: "failed", error: { code: "audio-lost" }, basis: "event" });
  expect(outcome.heardSeconds).toBeCloseTo(heard, 2);
  expect(heard).toBeLessThan(18);
});

test("a room that drops above 10 messages a second: as many seconds as it heard, and a doubt where no stop has agreed before", async () => {
  const one = await scene({});
  const turn = one.say(20);
  await one.clock.advance(1.5);
  one.room.set({ messagesPerSecond: 10, rateLimit: "drop" });
  const { outcome, heard } = await row("the room drops above 10 messages a second", one, turn);
  expect(outcome.heardSeconds).toBeCloseTo(heard, 2);
  // Its pauses make the sound as long as what was sent: what the duration measures is not known yet.
  expect([outcome.type, outcome.basis, one.codes]).toEqual(["spoken", "estimate", ["heard-doubtful"]]);
});

test("everything lost from 1.5 s on: as much as was heard until then", async () => {
  const one = await scene({});
  const turn = one.say(20);
  await one.clock.advance(1.5);
  one.room.set(lossToReplica(1));
  const { outcome, heard } = await row("all lost from 1.5 s on", one, turn);
  expect(outcome).toMatchObject({ type: "failed", error: { code: "audio-lost" } });
  expect(outcome.heardSeconds).toBeCloseTo(heard, 2);
});

test("ids kept, so that the stop is certainly ours: settled by it at once", async () => {
  const one = await scene({ model: { ids: "kept" }, faults: lossToReplica(0.1) });
  const { outcome, heard, settledAfter } = await row("ids kept, 10 % lost", one, one.say(20));
  expect(outcome).toMatchObject({ type: "failed", error: { code: "audio-lost" }, basis: "event" });
  expect(outcome.heardSeconds).toBeCloseTo(heard, 2);
  expect(settledAfter).toBeLessThan(20.2);
});

test("a second turn wholly lost where events were arriving: not-heard, 3 s after its computed end", async () => {
  const one = await scene({});
  const first = one.say(2);
  await one.clock.advance(4);
  expect((await first.outcome).type).toBe("spoken");
  one.room.set(lossToReplica(1));
  const { outcome, heard, settledAfter } = await row(
    "a second turn wholly lost, events were arriving",
    one,
    one.say(20, 2),
  );
  expect(outcome).toMatchObject({ type: "failed", error: { code: "not-heard" }, heardSeconds: 0 });
  expect([heard, settledAfter < 23.5, one.speaking]).toEqual([0, true, [first]]);
});

test("the network down for 11 s: the turn continues under another id, nothing is claimed of what nothing shows", async () => {
  const one = await scene({});
  const turn = one.say(60);
  await one.clock.advance(1.5);
  one.room.set({ signalling: "drop" });
  await one.clock.advance(11);
  one.room.set({ signalling: "up" });
  const { outcome, heard } = await row("network down 11 s, dropped, within what the room allows", one, turn, 150);
  expect(turn.inferenceIds).toHaveLength(2);
  expect(heard).toBeCloseTo(60, 2);
  expect(outcome).toMatchObject({ type: "spoken", basis: "estimate" });
  expect(outcome.heardSeconds).toBeGreaterThan(59);
  expect(outcome.heardSeconds).toBeLessThanOrEqual(60);
  expect(one.codes).toEqual(["heard-doubtful"]);
});

test("a source that pauses for 15 s: both parts are heard", async () => {
  const one = await scene({});
  const { clock } = one;
  const turn = one.replica.speak(
    pcm(
      async function* () {
        yield noisePcm(rate, 1);
        await clock.sleep(15);
        yield noisePcm(5 * rate, 2);
      },
      { encoding: "s16le", sampleRate: rate },
    ),
  );
  const { outcome, heard } = await row("a source that pauses 15 s", one, turn);
  expect(outcome).toMatchObject({ type: "spoken", heardSeconds: 6, basis: "event" });
  expect([heard, turn.inferenceIds.length, one.codes]).toEqual([6, 2, ["source-stalled"]]);
});

test("a persona that is no echo persona, its level readable and silent: not-heard, and speaking is not raised", async () => {
  const one = await scene({ faults: lossToReplica(1) });
  const { outcome } = await row("no echo persona: nothing is said, its level is readable and silent", one, one.say(20));
  expect(outcome).toMatchObject({ type: "failed", error: { code: "not-heard" }, heardSeconds: 0 });
  expect(one.speaking).toEqual([]);
});

test("a replica that says something else than it was sent: probably no echo persona", async () => {
  const one = await scene({ model: { ids: "kept" }, faults: lossToReplica(1) });
  for (const n of [1, 2]) {
    const turn = one.say(5, n);
    await one.clock.advance(2);
    for (const event of ["started", "stopped"]) {
      one.room.emit({
        event_type: `conversation.replica.${event}_speaking`,
        inference_id: `other-${n}`,
        properties: { duration: 1, interrupted: false },
      });
      await one.clock.advance(1);
    }
    const { outcome } = await row(`the replica says something else, turn ${n}`, one, turn, 60);
    expect(outcome).toMatchObject({ type: "failed", error: { code: "not-heard" } });
  }
  expect(one.codes.filter((code) => code === "not-echo-persona")).toHaveLength(1);
});

test.each(["kept", "md5"] as const)(
  "an interrupt that found nothing sounding waits for no stop (ids %s)",
  async (ids) => {
    const one = await scene({ model: { ids } });
    const other = one.room.participant({ userId: "other" });
    await one.clock.advance(1);
    one.replica.interrupt();
    await one.clock.advance(1);
    const turn = one.say(6);
    await one.clock.advance(2);
    other.send({ message_type: "conversation", event_type: "conversation.interrupt" });
    const { outcome, heard, settledAfter } = await row(
      `interrupt() while nothing is said, then somebody else's, 2 s into the next turn (ids ${ids})`,
      one,
      turn,
      40,
    );
    expect(outcome).toMatchObject({ type: "interrupted", by: "replica", basis: "event" });
    expect(outcome.heardSeconds).toBeCloseTo(heard, 3);
    expect(settledAfter).toBeLessThan(0.01);
  },
);

test("push to talk three times, 0.7 s apart, 0.4 s each way: the third is spoken whole", async () => {
  const one = await scene({ faults: { latencySeconds: 0.4 } });
  for (const n of [1, 2]) {
    one.replica.speak(pcmSource(noisePcm(6 * rate, n), 4000), { mode: "replace" });
    await one.clock.advance(0.7);
  }
  const turn = one.replica.speak(pcmSource(noisePcm(3 * rate, 3), 4000), { mode: "replace" });
  const { outcome, heard } = await row("two interrupts within one round trip, the third turn", one, turn, 30);
  expect([outcome.type, outcome.heardSeconds, heard]).toEqual(["spoken", 3, 3]);
});

test.each([1, 6])("a transport that refuses %d times in a row, 3 s in", async (times) => {
  let refusals = 0;
  const one = await scene({ maxMessageLength: 65_536 }, (inner) =>
    Object.assign(Object.create(inner) as Transport, {
      send(message: object) {
        if (refusals > 0) {
          refusals--;
          throw new Error("busy");
        }
        inner.send(message);
      },
    }),
  );
  const turn = one.say(40);
  const queued = one.say(2, 2);
  let queuedAt = Number.NaN;
  void queued.started.then(() => {
    queuedAt = one.clock.now();
  });
  await one.clock.advance(3);
  refusals = times;
  const { outcome, heard } = await row(`${times} refused messages in a row, 3 s in`, one, turn, 90);
  const second = await queued.outcome;
  const room = (await one.room.turns()).find(({ id }) => id === queued.id);
  expect([second.type, second.heardSeconds, room?.seconds]).toEqual(["spoken", 2, 2]);
  if (times === 1) expect([outcome.type, outcome.heardSeconds, heard]).toEqual(["spoken", 40, 40]);
  else {
    expect(outcome).toMatchObject({ type: "failed", error: { code: "send-failed" } });
    // What had left and was not heard is interrupted: the queued turn is not told of it.
    expect(heard).toBeLessThan(8);
    expect(outcome.heardSeconds).toBeLessThanOrEqual(heard + 0.05);
    expect(queuedAt).toBeGreaterThan(6);
  }
});

test("300 s of which 5 % are lost: settled 3 s after the room's stop, and the queue goes on", async () => {
  const one = await scene({});
  const first = one.say(1);
  await one.clock.advance(3);
  await first.outcome;
  one.room.set(lossToReplica(0.05));
  const turn = one.say(300, 2);
  const next = one.say(1, 3);
  let nextAt = Number.NaN;
  void next.outcome.then(() => {
    nextAt = one.clock.now();
  });
  const { outcome, heard, settledAfter } = await row("300 s, 5 % lost", one, turn, 320);
  expect(outcome).toMatchObject({ type: "failed", error: { code: "audio-lost" } });
  expect(outcome.heardSeconds).toBeCloseTo(heard, 2);
  expect(settledAfter).toBeLessThan(heard + 3.5);
  expect(nextAt).toBeLessThan(300);
}, 120_000);
