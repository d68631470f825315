// Runs in the page and in Node: time per block of every subject, interleaved, so that what else the machine does meets all.
import { type Files, type Subject, subjects } from "./subjects.js";

/** Nanoseconds per block: the 10th percentile and the median over the rounds. */
export interface Speed {
  subject: string;
  inputRate: number;
  outputRate: number;
  low: number;
  median: number;
}

/** Frames of a block: Web Audio's render quantum. */
export const BLOCK = 128;

/** Measures `rounds` times each subject in turn, for about a millisecond each. */
export async function measureSpeed(
  files: Files,
  ratePairs: readonly (readonly [number, number])[],
  rounds: number,
): Promise<Speed[]> {
  const results: Speed[] = [];
  for (const [inputRate, outputRate] of ratePairs) {
    const running = await Promise.all(
      subjects(files).map(async (subject: Subject) => ({
        name: subject.name,
        stream: await subject.open(inputRate, outputRate),
        blocks: 0,
        times: [] as number[],
      })),
    );
    const block = Float32Array.from({ length: BLOCK }, (_, n) => 0.5 * Math.sin(n * 0.13));
    for (const subject of running) {
      // Warm up, then as many blocks as fit into a millisecond.
      for (let i = 0; i < 3000; i++) subject.stream(block);
      const start = performance.now();
      for (let i = 0; i < 200; i++) subject.stream(block);
      subject.blocks = Math.max(8, Math.round((200 * 1) / (performance.now() - start)));
    }
    for (let round = 0; round < rounds; round++)
      for (const subject of running) {
        const { stream, blocks } = subject;
        const start = performance.now();
        for (let i = 0; i < blocks; i++) stream(block);
        subject.times.push(((performance.now() - start) * 1e6) / blocks);
      }
    for (const { name, times } of running) {
      times.sort((a, b) => a - b);
      results.push({
        subject: name,
        inputRate,
        outputRate,
        low: times[Math.floor(times.length * 0.1)],
        median: times[times.length >> 1],
      });
    }
  }
  return results;
}

/** Multiply-adds per second of 4-lane vectors times 4, in billions, that the loops of peak/ reach: lower bounds of the peak. */
export async function measurePeak(wasm: BufferSource): Promise<{ mulAdd: number; relaxedMadd: number }> {
  const { instance } = await WebAssembly.instantiate(wasm);
  const best = (run: (rounds: number) => number): number => {
    run(1_000_000);
    let least = Number.POSITIVE_INFINITY;
    for (let round = 0; round < 40; round++) {
      const start = performance.now();
      run(200_000);
      least = Math.min(least, performance.now() - start);
    }
    return (200_000 * 32) / least / 1e6;
  };
  const { mulAdd, relaxedMadd } = instance.exports as Record<string, (rounds: number) => number>;
  return { mulAdd: best(mulAdd), relaxedMadd: best(relaxedMadd) };
}
