import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { noisePcm } from "../../support/pcm-source.js";
import { identical, setUp } from "./support.js";

test("a turn is heard sample for sample, and told by Tavus' events in virtual time", async () => {
  const { clock, room, audio, of, told } = await setUp();
  expect(told.slice(0, 2)).toEqual([
    { type: "joined", conversationId: room.conversationId },
    { type: "replica", present: true },
  ]);
  const pcm = noisePcm(24_000);
  await clock.advance(1);
  for (let at = 0; at < pcm.length; at += 1440) {
    audio("first", pcm.subarray(at, at + 1440), at + 1440 >= pcm.length);
    await clock.advance(0.06);
  }
  await clock.advance(2);
  const [turn] = await room.turns();
  expect(turn).toMatchObject({
    id: "first",
    seconds: 1,
    sampleRate: 24_000,
    gaps: 0,
    underrunFrames: 0,
    outcome: "spoken",
  });
  expect(identical(turn!.pcm, pcm)).toBe(true);
  const uuid = createHash("md5").update("first").digest("hex");
  const [started] = of("conversation.replica.started_speaking");
  const [stopped] = of("conversation.replica.stopped_speaking");
  expect(started!.inference_id!.replaceAll("-", "")).toBe(uuid);
  // The second message fills the pre-buffer of 100 ms.
  expect(started!.at).toBeCloseTo(1.06, 9);
  expect(stopped!.at).toBeCloseTo(2.06, 9);
  expect(stopped!.properties).toEqual({ duration: 1, interrupted: false });
  expect(
    room.messages.filter(({ data }) => (data as { event_type: string }).event_type === "conversation.echo"),
  ).toHaveLength(17);
});
