import { pcm, Replica, VirtualClock } from "tavus-echo";
import { createFakeRoom } from "tavus-echo/fake-room";
import { expect, test } from "vitest";

const second = new Int16Array(24_000).fill(1000);
const voice = { encoding: "s16le", sampleRate: 24_000 } as const;

test("a minute is heard to its end, in no time", async () => {
  const clock = new VirtualClock();
  const room = await createFakeRoom({ clock });
  const replica = new Replica({ transport: room.transport(), clock });
  const turn = replica.speak(pcm(new Int16Array(60 * 24_000).fill(1000), voice));
  await clock.advance(90);

  expect(await turn.outcome).toMatchObject({ type: "spoken", heardSeconds: 60 });
  expect(await room.turns()).toMatchObject([{ id: turn.id, seconds: 60, gaps: 0, outcome: "spoken" }]);
});

test("what is said on a call that breaks off can be said again", async () => {
  const clock = new VirtualClock();
  const room = await createFakeRoom({ clock });
  const replica = new Replica({ transport: room.transport(), clock });
  replica.on("error", () => {});
  const turn = replica.speak(pcm(second, voice));
  await clock.advance(0.5);
  room.set({ ejected: true });
  await clock.advance(1);

  expect(await turn.outcome).toMatchObject({ type: "failed", error: { code: "call-left" } });
});
