import { expect, test } from "vitest";
import { runsOf, samplesOf } from "./signal.js";

const joined = (...parts: Int16Array[]): Int16Array => Int16Array.from(parts.flatMap((part) => [...part]));

test("what was cut, lost, doubled or moved is found again, to the sample", () => {
  const heard = joined(
    samplesOf(3, 0, 1001),
    samplesOf(3, 1500, 1503),
    samplesOf(3, 1400, 1501),
    samplesOf(500, 123_457, 124_000),
    samplesOf(0, 2_000_001, 2_000_050),
  );
  expect(runsOf(heard)).toEqual([
    { source: 3, from: 0, length: 1001 },
    { source: 3, from: 1500, length: 3 },
    { source: 3, from: 1400, length: 101 },
    { source: 500, from: 123_457, length: 543 },
    { source: 0, from: 2_000_001, length: 49 },
  ]);
});

test("what no source has is in a run of its own", () => {
  expect(runsOf(joined(samplesOf(1, 10, 20), new Int16Array(7).fill(12_345), samplesOf(1, 20, 30)))).toEqual([
    { source: 1, from: 10, length: 10 },
    { source: -1, from: 0, length: 7 },
    { source: 1, from: 20, length: 10 },
  ]);
});

test("a quiet span in a row is found, one that is torn out of it is known to be soft", () => {
  const quiet = [{ from: 100, to: 400 }];
  const spans = (source: number) => (source === 2 ? quiet : []);
  expect(runsOf(samplesOf(2, 0, 1000, quiet), spans)).toEqual([{ source: 2, from: 0, length: 1000 }]);
  const torn = joined(samplesOf(2, 0, 50, quiet), samplesOf(2, 200, 1000, quiet));
  const [first, second, third] = runsOf(torn, spans);
  expect(first).toEqual({ source: 2, from: 0, length: 50 });
  expect(second).toEqual({ source: -2, from: 0, length: 200 });
  expect(third).toEqual({ source: 2, from: 400, length: 600 });
  const soft = samplesOf(2, 100, 400, quiet);
  const rms = Math.sqrt(soft.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0) / soft.length);
  expect(rms).toBeLessThan(0.003);
});

test("it is as loud as noise of full scale, and no two sources sound alike", () => {
  const samples = samplesOf(7, 0, 24_000);
  const rms = Math.sqrt(samples.reduce((sum, sample) => sum + (sample / 32_768) ** 2, 0) / samples.length);
  expect(rms).toBeGreaterThan(0.55);
  expect(rms).toBeLessThan(0.6);
  const other = samplesOf(8, 0, 24_000);
  // The even samples carry the place alone.
  expect(samples.filter((sample, n) => n % 2 === 1 && sample === other[n])).toHaveLength(0);
});
