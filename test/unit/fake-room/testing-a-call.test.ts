import { dailyTransport, pcm, Replica, VirtualClock } from "tavus-echo";
import { createFakeRoom, fakeRoomMatchers, type HearingTolerance } from "tavus-echo/fake-room";
import { expect, test } from "vitest";

expect.extend(fakeRoomMatchers);
declare module "vitest" {
  interface Matchers<T> {
    toHaveHeard(samples: Int16Array, tolerance?: HearingTolerance): T;
  }
}

test("code that takes a DailyCall, without a browser", async () => {
  const clock = new VirtualClock();
  const room = await createFakeRoom({ clock });
  const call = room.call({ audioSource: false, videoSource: false });
  const replica = new Replica({ transport: dailyTransport(call), clock });
  await clock.until(call.join());

  const tone = Int16Array.from({ length: 24_000 }, (_, n) => 9000 * Math.sin((2 * Math.PI * 440 * n) / 24_000));
  const turn = replica.speak(pcm(tone, { encoding: "s16le", sampleRate: 24_000 }));
  expect(await clock.until(turn.outcome)).toMatchObject({ type: "spoken" });
  expect(await room.heard(turn.inferenceIds)).toHaveHeard(tone);

  room.set({ fatalError: "exp-token" });
  await clock.advance(0.1);
  expect(call.meetingState()).toBe("error");
  expect(replica.state).toBe("left");
});
