import { expect, test } from "vitest";
import { createFakeRoom, type FakeRoomOptions } from "../../../src/fake-room/index.js";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import { Replica } from "../../../src/replica.js";
import type { Transport } from "../../../src/transport/transport.js";
// Loaded before, so that the import of what needs it takes no time in virtual time.
import "../../../src/playback/level-watch.js";
import type { Turn } from "../../../src/turn/turn.js";
import { noisePcm, pcmSource } from "../../support/pcm-source.js";
import { ScriptedTransport } from "../../support/scripted-transport.js";

const rate = 24_000;

/** A replica in a room whose levels are counted: how often they were asked for, and how many listen now. */
async function levelRoom(options: FakeRoomOptions) {
  const clock = new VirtualClock();
  const room = await createFakeRoom({ clock, maxMessageLength: 26_000, ...options });
  const inner = room.transport();
  const levels = { asked: 0, running: 0, readings: 0 };
  const transport: Transport = {
    get maxMessageLength() {
      return inner.maxMessageLength;
    },
    send: (message) => inner.send(message),
    subscribe: (listener) => inner.subscribe(listener),
    async observeLevel(listener) {
      levels.asked++;
      const stop = await inner.observeLevel!((level) => {
        levels.readings++;
        listener(level);
      });
      levels.running++;
      return () => {
        levels.running--;
        stop();
      };
    },
  };
  const replica = new Replica({ transport, clock });
  const warnings: string[] = [];
  replica.on("warning", ({ code }) => warnings.push(code));
  const close = async (): Promise<void> => {
    await replica.close();
    room.close();
  };
  /** Says a turn to its end; returns by how much the position was off at most, once the replica was heard, in ms. */
  const follow = async (turn: Turn): Promise<number> => {
    let worst = 0;
    const settled = (): boolean => turn.state === "settled";
    while (!settled()) {
      await clock.advance(0.0237);
      const heard = (await room.turns()).find(({ id }) => id === turn.id);
      // From the first sound on, and a reading: before that there is nothing to go by.
      if (heard && heard.seconds > 0.5 && !settled())
        worst = Math.max(worst, Math.abs(turn.position.seconds - heard.seconds) * 1000);
    }
    return worst;
  };
  return { clock, room, replica, levels, warnings, close, follow };
}

/** Noise between silences, as speech has them: 0.3 s before it, 0.4 s behind. */
const speech = (seconds: number, seed: number): Int16Array => {
  const pcm = new Int16Array(seconds * rate);
  pcm.set(noisePcm((seconds - 0.7) * rate, seed), 0.3 * rate);
  return pcm;
};

test("no events: the replica's own sound places turns to 100 ms, where an estimate is off by the way", async () => {
  const found: Record<string, { basis: string[]; worst: number[] }> = {};
  for (const audioLevels of [true, false]) {
    const { clock, room, replica, levels, warnings, close, follow } = await levelRoom({
      faults: { silent: true, audioLevels, latencySeconds: 0.4 },
    });
    const turns: Turn[] = [];
    const worst: number[] = [];
    for (const seconds of [2.5, 4, 3]) {
      const turn = replica.speak(pcmSource(speech(seconds, seconds), 5000));
      turns.push(turn);
      worst.push(await follow(turn));
    }
    const outcomes = await Promise.all(turns.map(({ outcome }) => outcome));
    expect(outcomes.map(({ type, heardSeconds }) => [type, heardSeconds])).toEqual([
      ["spoken", 2.5],
      ["spoken", 4],
      ["spoken", 3],
    ]);
    found[audioLevels ? "observed" : "not observed"] = { basis: outcomes.map(({ basis }) => basis), worst };
    expect(warnings).toEqual(audioLevels ? [] : ["level-not-observed", "heard-unconfirmed"]);
    expect([levels.asked, levels.running]).toEqual([1, audioLevels ? 1 : 0]);
    // Not before it was over; an estimate may be.
    if (audioLevels) expect((await room.turns()).map(({ outcome }) => outcome)).toEqual(["spoken", "spoken", "spoken"]);
    // The observer ends with the turns.
    await clock.advance(6);
    expect(levels.running).toBe(0);
    const { readings } = levels;
    await clock.advance(20);
    expect(levels.readings).toBe(readings);
    await close();
  }
  const shown = Object.entries(found).map(([name, { basis, worst }]) =>
    [name, ...basis.map((of, n) => `${of} ${worst[n]!.toFixed(0)} ms`)].join(", "),
  );
  console.log(`position off at most, no events, turns 1 to 3: ${shown.join("; ")}`);
  // The first turn shows that no events come; its end is heard.
  expect(found.observed!.basis).toEqual(["media", "media", "media"]);
  expect(found["not observed"]!.basis).toEqual(["estimate", "estimate", "estimate"]);
  for (const worst of found.observed!.worst.slice(1)) expect(worst).toBeLessThanOrEqual(100);
  for (const worst of found["not observed"]!.worst) expect(worst).toBeGreaterThan(250);
});

test("where events come nobody asks for levels", async () => {
  const { replica, levels, close, follow } = await levelRoom({});
  for (let n = 0; n < 3; n++) await follow(replica.speak(pcmSource(speech(2, n), 5000)));
  expect(levels.asked).toBe(0);
  await close();
});

test("the first event ends it: an event says more than a level", async () => {
  const { clock, room, replica, levels, close, follow } = await levelRoom({ faults: { silent: true } });
  await follow(replica.speak(pcmSource(speech(2, 1), 5000)));
  const turn = replica.speak(pcmSource(speech(6, 2), 5000));
  await clock.advance(2);
  expect([levels.running, turn.position.basis]).toEqual([1, "media"]);
  room.set({ silent: false });
  await clock.advance(4.2);
  expect(await turn.outcome).toEqual({ type: "spoken", heardSeconds: 6, sentSeconds: 6, basis: "event" });
  await follow(replica.speak(pcmSource(speech(2, 3), 5000)));
  await clock.advance(5.5);
  expect([levels.asked, levels.running]).toEqual([1, 0]);
  await close();
});

test("after the call was lost and joined again, the observer is started again", async () => {
  const clock = new VirtualClock();
  const transport = new ScriptedTransport();
  let hear: (level: number) => void = () => {};
  const started: number[] = [];
  const stopped: number[] = [];
  const observeLevel = async (listener: (level: number) => void): Promise<() => void> => {
    hear = listener;
    started.push(clock.now());
    return () => stopped.push(clock.now());
  };
  const replica = new Replica({ transport: Object.assign(transport, { observeLevel }), clock });
  replica.on("error", () => {});
  transport.maxMessageLength = 26_000;
  transport.ready();
  const first = replica.speak(pcmSource(noisePcm(4 * rate), 5000));
  await clock.advance(2);
  expect([started.length, stopped.length]).toEqual([1, 0]);
  transport.tell({ type: "left" });
  expect((await first.outcome).type).toBe("failed");
  await clock.advance(0.1);
  expect(stopped).toHaveLength(1);
  transport.ready();
  const second = replica.speak(pcmSource(noisePcm(4 * rate), 5000));
  // A start is overdue again: another call has its own evidence.
  await clock.advance(1.2);
  expect(started).toHaveLength(2);
  // A sound from the start on is no onset.
  hear(0.5);
  await clock.advance(0.1);
  hear(0);
  hear(0.5);
  expect(second.position.basis).toBe("estimate");
  // Nonsense is silence.
  for (const level of [Number.NaN, -1, Number.NEGATIVE_INFINITY]) hear(level);
  await clock.advance(8);
  expect((await second.outcome).type).toBe("spoken");
  await replica.close();
  await clock.advance(0);
  expect(stopped).toHaveLength(2);
});

test("sound that was there when a turn was sent places nothing", async () => {
  const { clock, room, replica, levels, close, follow } = await levelRoom({ faults: { silent: true } });
  await follow(replica.speak(pcmSource(speech(2, 1), 5000)));
  // Another client's words, of which nothing is told.
  const other = room.transport();
  const bytes = Buffer.from(noisePcm(3 * rate, 9).buffer);
  for (let at = 0; at < bytes.length; at += 18_000)
    other.send({
      message_type: "conversation",
      event_type: "conversation.echo",
      properties: {
        ...{ modality: "audio", audio: bytes.subarray(at, at + 18_000).toString("base64"), sample_rate: rate },
        ...{ inference_id: "theirs", done: at + 18_000 >= bytes.length },
      },
    });
  await clock.advance(0.5);
  const turn = replica.speak(pcmSource(speech(8, 2), 5000));
  while (turn.position.seconds < 4) {
    await clock.advance(0.1);
    expect(turn.position.basis).toBe("estimate");
  }
  expect(levels.running).toBe(1);
  await follow(turn);
  // It is over when it has ceased to sound, not when the estimate says so: 2.5 s of their words came first.
  const heard = (await room.turns()).find(({ id }) => id === turn.id)!;
  expect([heard.outcome, heard.seconds]).toEqual(["spoken", 8]);
  expect(await turn.outcome).toMatchObject({ type: "spoken", heardSeconds: 8, basis: "media" });
  await close();
});

test("interrupted, the position is that of the sound; the rest begins there", async () => {
  const { clock, room, replica, close, follow } = await levelRoom({
    faults: { silent: true, latencySeconds: 0.3 },
  });
  await follow(replica.speak(pcmSource(speech(2, 1), 5000)));
  const turn = replica.speak(pcmSource(speech(8, 2), 5000));
  await clock.advance(3);
  turn.interrupt();
  const heard = (await room.turns()).at(-1)!.seconds;
  const outcome = await turn.outcome;
  expect(outcome).toMatchObject({ type: "interrupted", basis: "media" });
  expect(Math.abs(outcome.heardSeconds - heard)).toBeLessThanOrEqual(0.1);
  await close();
});
