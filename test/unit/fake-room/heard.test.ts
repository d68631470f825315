/** What was heard under several ids. */
import { expect, test } from "vitest";
import { noisePcm } from "../../support/pcm-source.js";
import { identical, setUp } from "./support.js";

test("heard: several ids joined in the order given, sample for sample; what never arrived is named", async () => {
  const { clock, room, audio, interrupt } = await setUp();
  const pcm = noisePcm(24_000);
  audio("a", pcm.subarray(0, 12_000), true);
  audio("b", pcm.subarray(12_000), true);
  await clock.advance(0.75);
  interrupt();
  const forward = await room.heard(["a", "lost", "b"]);
  expect(forward).toMatchObject({ seconds: 0.75, sampleRate: 24_000, missing: ["lost"] });
  expect(identical(forward.pcm, pcm.subarray(0, 18_000))).toBe(true);
  const backward = await room.heard(["b", "a"]);
  expect(identical(backward.pcm.subarray(6000), pcm.subarray(0, 12_000))).toBe(true);
  const none = await room.heard([]);
  expect(none).toEqual({ seconds: 0, sampleRate: 24_000, missing: [] });
  expect(none.pcm).toHaveLength(0);
});

test("heard: rates that differ, and what is no array of strings, are errors", async () => {
  const { clock, room, audio } = await setUp();
  audio("a", noisePcm(4800), true, 24_000);
  audio("b", noisePcm(4800), true, 16_000);
  await clock.advance(2);
  await expect(room.heard(["a", "b"])).rejects.toThrow(/24000 and 16000 Hz/);
  await expect(room.heard("a" as unknown as string[])).rejects.toThrow(TypeError);
  expect(await room.heard(["b"])).toMatchObject({ seconds: 0.3, sampleRate: 16_000 });
});
