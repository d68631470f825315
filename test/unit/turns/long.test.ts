import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { Replica } from "../../../src/replica.js";
import type { Source } from "../../../src/source/source.js";
// Loaded before, so that the import of what needs it takes no time in virtual time.
import "../../../src/playback/level-watch.js";
import { noisePcm, pcmSource } from "../../support/pcm-source.js";
import { pseudoRandom } from "../../support/pseudo-random.js";
import { replicaRoom } from "../../support/replica-room.js";

const rate = 24_000;
const minutes = 10;

/** Ten minutes of speech in pieces of 50 ms to 2 s, each made when it is asked for; counts what was asked for. */
function speech(seed: number): Source & { given: number } {
  const random = pseudoRandom(seed);
  const source = {
    given: 0,
    async open() {
      return new ReadableStream<Int16Array>(
        {
          pull(controller) {
            const count = Math.min(minutes * 60 * rate - source.given, Math.round(rate * (0.05 + 1.95 * random())));
            if (count === 0) return controller.close();
            source.given += count;
            controller.enqueue(new Int16Array(count).fill(8000));
          },
        },
        { highWaterMark: 0 },
      );
    },
  };
  return source;
}

test.each([
  { name: "events", silent: false, basis: "event", within: 0.05 },
  { name: "no events: an estimate", silent: true, basis: "estimate", within: 0.25 },
  { name: "no events: its sound", silent: true, basis: "media", within: 0.1 },
])(
  "ten minutes, faster than real time, lead 20 s ($name)",
  async ({ silent, basis, within }) => {
    const seed = 20_261_120;
    const { clock, room, replica, of, close } = await replicaRoom({
      seed,
      maxMessageLength: silent ? 26_000 : 4096,
      faults: { silent, audioLevels: basis === "media", latencySeconds: 0.04 },
    });
    if (basis === "media") {
      // A short turn shows that no events come.
      replica.speak(pcmSource(noisePcm(rate)));
      await clock.advance(4);
    }
    const begun = clock.now();
    const source = speech(seed);
    const turn = replica.speak(source);
    const worst = { lead: 0, position: 0, ahead: 0, gathered: 0 };
    // The replica's own playback clock, read from what it has heard by now.
    while (turn.state !== "settled" && clock.now() < begun + minutes * 60 + 30) {
      await clock.advance(4.37);
      const heard = (await room.turns()).at(-1);
      if (!heard?.playing) continue;
      const received = heard.receivedFrames / rate;
      worst.lead = Math.max(worst.lead, received - heard.seconds);
      worst.position = Math.max(worst.position, Math.abs(turn.position.seconds - heard.seconds));
      worst.ahead = Math.max(worst.ahead, replica.stats().leadSeconds);
      worst.gathered = Math.max(worst.gathered, source.given / rate - received);
    }
    console.log(`${basis}, seed ${seed}:`, worst);
    const outcome = await turn.outcome;
    expect(outcome).toEqual({
      type: "spoken",
      heardSeconds: minutes * 60,
      sentSeconds: minutes * 60,
      basis,
    });
    const heard = (await room.turns()).at(-1);
    expect(heard).toMatchObject({ gaps: 0, underrunFrames: 0, outcome: "spoken", receivedFrames: minutes * 60 * rate });
    expect(worst.lead).toBeLessThanOrEqual(20);
    // The lead is used: faster than real time.
    expect(worst.lead).toBeGreaterThan(15);
    expect(worst.position).toBeLessThanOrEqual(within);
    // Real back-pressure: no more than a second and a piece is read ahead, of ten minutes.
    expect(worst.gathered).toBeLessThan(1 + 2 + 0.5);
    expect(of("error")).toEqual([]);
    await close();
  },
  120_000,
);

test("memory does not grow with the length of the turn", async () => {
  setFlagsFromString("--expose-gc");
  const gc = runInNewContext("gc") as () => void;
  const { clock, replica, close } = await replicaRoom();
  expect(replica).toBeInstanceOf(Replica);
  await close();
  // Without the fake room, whose messages are its log: a transport that keeps nothing.
  const listeners = new Set<(event: { type: string; [field: string]: unknown }) => void>();
  const quiet = new Replica({
    clock,
    transport: {
      maxMessageLength: 26_000,
      send: () => {},
      subscribe: (listener) => {
        listeners.add(listener as never);
        listener({ type: "joined", conversationId: "c1" });
        listener({ type: "replica", present: true });
        return () => {};
      },
    },
  });
  const turn = quiet.speak(speech(1));
  const kept: number[] = [];
  for (let minute = 0; minute < minutes; minute++) {
    await clock.advance(60);
    // Buffers are freed a turn of the event loop after their views.
    for (let n = 0; n < 3; n++) {
      gc();
      await new Promise((resolve) => setImmediate(resolve));
    }
    kept.push(process.memoryUsage().arrayBuffers);
  }
  await clock.advance(30);
  expect((await turn.outcome).type).toBe("spoken");
  console.log("array buffers by minute, MB:", kept.map((bytes) => (bytes / 1e6).toFixed(1)).join(" "));
  // 20 s of lead, 2 s behind, a second ahead: about 1.1 MB of samples, whatever the minute. Ten minutes are 29 MB.
  expect(Math.max(...kept.slice(2)) - kept[1]!).toBeLessThan(3e6);
  await quiet.close();
});
