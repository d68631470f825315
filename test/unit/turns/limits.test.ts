import { expect, test } from "vitest";
import { echoesOf } from "../../support/echo-turn.js";
import { liveSource, noisePcm, pcmSource, same } from "../../support/pcm-source.js";
import { replicaRoom } from "../../support/replica-room.js";

const rate = 24_000;
interface Echo {
  audio: string;
  done: boolean;
}
const secondsOf = ({ data }: { data: unknown }): number =>
  Buffer.from((data as { properties: Echo }).properties.audio, "base64").length / 2 / rate;
const lengthOf = ({ data }: { data: unknown }): number => JSON.stringify(data).length;

test.each([1200, 4096, 26_000, 1_000_000])(
  "a limit of %i characters: full use, no padding but at the end, every sample",
  async (limit) => {
    const { clock, room, replica, problems, close } = await replicaRoom(
      { maxMessageLength: limit },
      { messagesPerSecond: Number.POSITIVE_INFINITY },
    );
    const pcm = noisePcm(5 * rate + 11);
    const turn = replica.speak(pcmSource(pcm, 7001));
    await clock.advance(12);
    expect((await turn.outcome).type).toBe("spoken");
    const [heard] = await room.turns();
    expect(same(heard!.pcm, pcm)).toBe(true);
    expect(heard).toMatchObject({ gaps: 0, underrunFrames: 0 });
    expect(problems()).toEqual([]);
    const messages = echoesOf(room.messages);
    const lengths = messages.map(lengthOf);
    const seconds = messages.map(secondsOf);
    const full = Math.max(...lengths);
    // Below 8 characters of a group are left free, or a streamed message has its 400 ms.
    if (limit < 26_000) expect(limit - full).toBeLessThan(8);
    else expect(Math.max(...seconds)).toBeCloseTo(Math.min(0.4, ((26_000 - 300) * 3) / 8 / rate), 1);
    expect(Math.max(...seconds)).toBeLessThanOrEqual(0.4);
    // A small first chunk for a fast start.
    expect(seconds[0]).toBeLessThanOrEqual(0.06);
    for (const { data } of messages.slice(0, -1))
      expect((data as { properties: Echo }).properties.audio).not.toContain("=");
    await close();
  },
);

test("the limit falls and rises in the middle of turns: nothing is lost, doubled or reordered", async () => {
  const { clock, room, replica, close } = await replicaRoom(
    {},
    { messagesPerSecond: Number.POSITIVE_INFINITY, leadSeconds: 1 },
  );
  const pcm = noisePcm(20 * rate);
  const turn = replica.speak(pcmSource(pcm, 7001));
  const limits = [26_000, 1200, 1_000_000, 4096, 1200, 26_000];
  for (const maxMessageLength of limits) {
    await clock.advance(2.5);
    room.set({ maxMessageLength });
  }
  await clock.advance(15);
  expect((await turn.outcome).type).toBe("spoken");
  const [heard] = await room.turns();
  expect(same(heard!.pcm, pcm)).toBe(true);
  expect(heard!.gaps).toBe(0);
  expect(room.messages.filter(({ fate }) => fate === "refused")).toEqual([]);
  await close();
});

test("live sources use 60 ms, and the first leaves with the first chunk", async () => {
  const { clock, room, replica, close } = await replicaRoom();
  await clock.advance(1);
  const begun = clock.now();
  const turn = replica.speak(liveSource(clock, noisePcm(6 * rate)));
  await clock.advance(12);
  expect((await turn.outcome).type).toBe("spoken");
  const messages = echoesOf(room.messages);
  expect(messages[0]!.at - begun).toBeCloseTo(0.06, 6);
  expect(secondsOf(messages[0]!)).toBeCloseTo(0.05, 6);
  for (const message of messages.slice(1, -1)) expect(secondsOf(message)).toBeCloseTo(0.06, 6);
  // The last 10 ms are what the turn holds back to have something for `done: true`.
  expect(secondsOf(messages.at(-1)!)).toBeCloseTo(0.01, 6);
  // One message per chunk, the moment it is there.
  messages.slice(0, -1).forEach((message, n) => {
    expect(message.at - begun).toBeCloseTo(0.06 * (n + 1), 6);
  });
  await close();
});

// The fake's bucket: as many messages as a second takes may leave at once, then one at a time.
test.each(["drop", "delay"] as const)(
  "a room that takes 20 messages/s and lets the rest %s: all is heard without a gap",
  async (rateLimit) => {
    const { clock, room, replica, close } = await replicaRoom({ faults: { messagesPerSecond: 20, rateLimit } });
    const pcms = [noisePcm(20 * rate, 1), noisePcm(rate, 2), noisePcm(5 * rate, 3)];
    for (const pcm of pcms) replica.speak(pcmSource(pcm, 7001));
    await clock.advance(40);
    const turns = await room.turns();
    expect(turns.map(({ outcome, gaps }) => [outcome, gaps])).toEqual([
      ["spoken", 0],
      ["spoken", 0],
      ["spoken", 0],
    ]);
    turns.forEach(({ pcm }, n) => {
      expect(same(pcm, pcms[n]!)).toBe(true);
    });
    expect(room.messages.filter(({ fate }) => fate === "lost")).toEqual([]);
    await close();
  },
);

test("below real time: warned at the start, and a live turn fails with that code when its backlog is full", async () => {
  const { clock, room, replica, of, close } = await replicaRoom({ maxMessageLength: 1200 });
  const pcm = noisePcm(60 * rate);
  const source = liveSource(clock, pcm);
  const turn = replica.speak(source);
  await clock.advance(0.2);
  expect(of("warning")).toMatchObject([{ code: "throughput-too-low" }]);
  await clock.advance(40);
  const outcome = await turn.outcome;
  expect(outcome.type === "failed" && outcome.error.code).toBe("throughput-too-low");
  expect(source.ended).toBe(true);
  // What was sent is closed, so that the replica does not wait for more.
  const messages = echoesOf(room.messages);
  expect((messages.at(-1)!.data as { properties: Echo }).properties.done).toBe(true);
  const seconds = messages.reduce((sum, message) => sum + secondsOf(message), 0);
  expect(outcome.sentSeconds).toBeCloseTo(seconds, 9);
  expect(same((await room.turns())[0]!.pcm, pcm.subarray(0, Math.round(seconds * rate)))).toBe(true);
  expect(of("warning")).toHaveLength(1);
  await close();
});

test("a limit with no room for a sample fails with message-too-long", async () => {
  const { clock, replica, close } = await replicaRoom({ maxMessageLength: 200 });
  const turn = replica.speak(pcmSource(noisePcm(rate)));
  await clock.advance(2);
  const outcome = await turn.outcome;
  expect(outcome.type === "failed" && outcome.error.code).toBe("message-too-long");
  expect(outcome.sentSeconds).toBe(0);
  await close();
});

test("text that is too long for a message is cut between words, and arrives whole", async () => {
  const { clock, room, replica, close } = await replicaRoom({ maxMessageLength: 1200 });
  const text = Array.from({ length: 400 }, (_, n) => `wörd"${n}\n😀`).join(" ");
  const turn = replica.say(text);
  await clock.advance(600);
  expect((await turn.outcome).type).toBe("spoken");
  const messages = echoesOf(room.messages);
  expect(messages.length).toBeGreaterThan(3);
  expect(Math.max(...messages.map(lengthOf))).toBeLessThanOrEqual(1200);
  expect(messages.map(({ data }) => (data as { properties: { text: string } }).properties.text).join("")).toBe(text);
  expect((await room.turns())[0]!.text).toBe(text);
  await close();
});
