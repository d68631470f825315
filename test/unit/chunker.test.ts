import { expect, test } from "vitest";
import { Chunker } from "../../worklet/chunker.js";
import { pseudoRandom } from "../support/pseudo-random.js";

test("however the samples come, the chunks are theirs, in order, each with its index and its RMS", () => {
  const seed = 20_261_125;
  console.log(`seed ${seed}`);
  const random = pseudoRandom(seed);
  const samples = Int16Array.from({ length: 10_000 }, () => Math.floor(65_536 * random()) - 32_768);
  for (let round = 0; round < 50; round++) {
    const chunkFrames = 1 + Math.floor(1500 * random());
    const heard: number[] = [];
    const lengths: number[] = [];
    const chunker = new Chunker(chunkFrames, (pcm, frame, level) => {
      expect(frame).toBe(heard.length);
      const power = pcm.reduce((sum, sample) => sum + sample ** 2, 0) / pcm.length;
      expect(level).toBeCloseTo(Math.sqrt(power) / 32_768, 9);
      heard.push(...pcm);
      lengths.push(pcm.length);
    });
    for (let at = 0; at < samples.length; ) {
      const length = Math.floor(random() * (random() < 0.1 ? 4000 : 130));
      chunker.push(samples.subarray(at, at + length));
      at += length;
    }
    chunker.flush();
    chunker.flush();
    expect(heard).toEqual([...samples]);
    expect(lengths.slice(0, -1).every((length) => length === chunkFrames)).toBe(true);
  }
});
