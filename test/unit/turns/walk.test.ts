import { expect, test } from "vitest";
import { noisePcm, pcmSource, same } from "../../support/pcm-source.js";
import { replicaRoom } from "../../support/replica-room.js";

test("a source becomes one turn: every sample, one id, done once and last, spoken by event", async () => {
  const { clock, room, replica, problems, close } = await replicaRoom();
  const pcm = noisePcm(3 * 24_000 + 7);
  const turn = replica.speak(pcmSource(pcm, 1000));
  const states: string[] = [];
  turn.on("state", (state) => states.push(state));
  await clock.advance(0.5);
  expect(await turn.started).toBe(true);
  await clock.advance(10);
  const outcome = await turn.outcome;
  expect(outcome).toEqual({
    type: "spoken",
    heardSeconds: pcm.length / 24_000,
    sentSeconds: pcm.length / 24_000,
    basis: "event",
  });
  expect(states).toEqual(["opening", "streaming", "sent", "speaking", "settled"]);
  expect(problems()).toEqual([]);
  const [heard, ...more] = await room.turns();
  expect(more).toEqual([]);
  expect(heard).toMatchObject({ id: turn.id, gaps: 0, underrunFrames: 0, outcome: "spoken" });
  expect(same(heard!.pcm, pcm)).toBe(true);
  await close();
});
