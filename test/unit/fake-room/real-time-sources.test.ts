/** Sources that take real time (a wasm that loads, a fetch) in a test on a virtual clock. */
import { pcm, Replica, VirtualClock } from "tavus-echo";
import { createFakeRoom } from "tavus-echo/fake-room";
import { expect, test } from "vitest";

const tone = (seconds: number, rate: number): Int16Array =>
  Int16Array.from({ length: seconds * rate }, (_, n) => 8000 * Math.sin(n / 10));
const s16 = (sampleRate: number) => ({ encoding: "s16le", sampleRate }) as const;
const late = (ms: number): Promise<Response> =>
  new Promise((resolve) => setTimeout(() => resolve(new Response(tone(2, 24_000).buffer as ArrayBuffer)), ms));

async function world() {
  const clock = new VirtualClock();
  const room = await createFakeRoom({ clock });
  const replica = new Replica({ transport: room.transport(), clock });
  return { clock, room, replica };
}

test.each([
  ["samples at the replica's rate", () => pcm(tone(2, 24_000), s16(24_000))],
  ["samples that are resampled by wasm", () => pcm(tone(2, 22_050), s16(22_050))],
  ["a response", () => pcm(new Response(tone(2, 24_000).buffer as ArrayBuffer), s16(24_000))],
  ["a response after 300 ms", () => pcm(late(300), s16(24_000))],
])("until(turn.outcome): %s", async (_, make) => {
  const { clock, room, replica } = await world();
  const turn = replica.speak(make());
  expect(await clock.until(turn.outcome)).toMatchObject({ type: "spoken" });
  expect((await room.heard([turn.id])).seconds).toBeCloseTo(2, 3);
  room.close();
});

test("hold(fetch): advance() waits for it, and no virtual time passes meanwhile", async () => {
  const { clock, room, replica } = await world();
  const turn = replica.speak(pcm(clock.hold(late(300)), s16(24_000)));
  await clock.advance(0);
  expect(clock.now()).toBe(0);
  await clock.advance(30);
  expect(await turn.outcome).toMatchObject({ type: "spoken", heardSeconds: 2 });
  room.close();
});
