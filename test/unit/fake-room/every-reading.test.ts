/** The library's own client in the room, under every reading of what is likely or unknown, and under every fault that it must survive. */
import { type Outcome, pcm, Replica, VirtualClock } from "tavus-echo";
import { createFakeRoom, type FakeRoomOptions } from "tavus-echo/fake-room";
import { expect, test } from "vitest";
import { noisePcm } from "../../support/pcm-source.js";
import { identical } from "./support.js";

const sound = noisePcm(72_000, 5);

async function say(options: FakeRoomOptions, act?: (room: Awaited<ReturnType<typeof createFakeRoom>>) => void) {
  const clock = new VirtualClock();
  const room = await createFakeRoom({ clock, ...options });
  const replica = new Replica({ transport: room.transport(), clock });
  const failures: unknown[] = [];
  replica.on("error", (error) => failures.push(error.code));
  const turn = replica.speak(pcm(sound, { encoding: "s16le", sampleRate: 24_000 }));
  let outcome: Outcome | undefined;
  void turn.outcome.then((settled) => {
    outcome = settled;
  });
  await clock.advance(0.7);
  act?.(room);
  await clock.advance(60);
  const heard = await room.turns();
  room.close();
  return { outcome, heard, failures, refused: room.refused };
}

const readings: Record<string, FakeRoomOptions> = {
  "as it is": {},
  "ids kept": { model: { ids: "kept" } },
  "an empty last chunk is ignored": { model: { emptyLastChunk: "ignored" } },
  "events from a hidden session": { model: { eventsFrom: "hidden" } },
  "older names": { model: { generations: "older" } },
  "unified names": { model: { generations: "unified" } },
  "durations of null": { model: { durations: "null" } },
  "durations of the wall clock": { model: { durations: "wall" } },
  "durations in whole frames": { model: { durations: "frames" } },
  "durations that are padded": { model: { durations: "padded" } },
  "a second id replaces the first": { model: { secondId: "replaces" } },
  "given up 3 s after its last message": { model: { abandonSeconds: 3, abandonFrom: "arrival" } },
  "given up 3 s after it ran dry": { model: { abandonSeconds: 3, abandonFrom: "dry" } },
  "stops for all that was interrupted": { model: { interruptedStops: "always" } },
  "a greeting that can be cut": { model: { greeting: "Hello, I am your replica", interruptsGreeting: true } },
  "a replica without a face": { audioOnly: true },
  "an outage that nobody notices": { faults: { noticedAfterSeconds: 5 } },
  "no conversation ids in events": { model: { conversationIds: false } },
  "no heartbeats": { model: { heartbeatSeconds: Number.POSITIVE_INFINITY } },
  "no pre-buffer": { model: { prebufferSeconds: 0 } },
  "a greeting first": { model: { greeting: "Hello, I am your replica" } },
  "a small limit": { maxMessageLength: 1000 },
  "a large limit": { maxMessageLength: 1_000_000 },
  "a late replica": { replica: "late" },
  "20 messages a second, dropped above": { faults: { messagesPerSecond: 21, rateLimit: "drop" } },
  "latency and jitter": { faults: { latencySeconds: 0.15, jitterSeconds: 0.1 } },
  "events late": { faults: { eventDelaySeconds: 1 } },
  "events three times": { faults: { eventCopies: 3 } },
  "events out of order": { faults: { eventReordering: 0.5 } },
  "unknown events": { faults: { unknownEvents: true } },
  "no start events": {
    faults: { eventsMissing: ["conversation.started_speaking", "conversation.replica.started_speaking"] },
  },
  "no events at all": { faults: { silent: true } },
  "a hostile participant": { faults: { hostile: true } },
};

for (const [name, options] of Object.entries(readings))
  test(`a turn is heard sample for sample: ${name}`, async () => {
    const { outcome, heard, failures, refused } = await say(options);
    expect(failures).toEqual([]);
    expect(refused.filter(({ reason }) => !/not an object|message_type|properties are missing/.test(reason))).toEqual(
      [],
    );
    expect(outcome).toMatchObject({ type: "spoken", sentSeconds: 3 });
    expect(heard).toMatchObject([{ seconds: 3, outcome: "spoken" }]);
    expect(identical(heard[0]!.pcm, sound)).toBe(true);
  });

test("the limit falls in the middle of a turn: nothing is lost", async () => {
  const { outcome, heard } = await say({}, (room) => room.set({ maxMessageLength: 900 }));
  expect(outcome).toMatchObject({ type: "spoken" });
  expect(identical(heard[0]!.pcm, sound)).toBe(true);
});
