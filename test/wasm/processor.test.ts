import { beforeAll, expect, test } from "vitest";
import { continueEncoder } from "../../src/encoder/continue.js";
import { planEncoder } from "../../src/encoder/plan.js";
import type { EncoderTail } from "../../worklet/encoder.js";
import type { CaptureOptions, FromWorklet, ToWorklet } from "../../worklet/protocol.js";
import { joined } from "../support/joined.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { sineError } from "../support/sine-error.js";
import { encode, wasm } from "./encode.js";

interface Processor {
  port: { onmessage(event: { data: ToWorklet }): void };
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean;
}
type ProcessorClass = new (options: { processorOptions: CaptureOptions }) => Processor;

/** The audio thread's globals, as far as the processor uses them. */
const scope = globalThis as unknown as Record<string, unknown>;
let Capture: ProcessorClass;
let reports: FromWorklet[] = [];

beforeAll(async () => {
  scope.AudioWorkletProcessor = class {
    // As a port does: what is posted is a copy.
    port = { postMessage: (report: FromWorklet) => reports.push(structuredClone(report)) };
  };
  scope.registerProcessor = (_: string, processor: ProcessorClass) => {
    Capture = processor;
  };
  // By a name that the compiler does not follow: the audio thread has globals of its own.
  await import(["..", "..", "worklet", "processor.js"].join("/"));
});

function processor(rate: number): Processor {
  scope.sampleRate = rate;
  return new Capture({
    processorOptions: {
      wasm: wasm.buffer.slice(wasm.byteOffset, wasm.byteOffset + wasm.byteLength) as ArrayBuffer,
      plan: planEncoder(rate, 24_000),
      chunkFrames: 1440,
      started: false,
      ringFrames: rate,
    },
  });
}

const samples = (): Int16Array =>
  joined(
    Int16Array,
    reports.flatMap((report) => (report.type === "chunk" ? [report.pcm] : [])),
  );

test("wherever a turn begins and ends, and however late currentFrame is, it has every sample from there on", () => {
  const seed = 20_261_125;
  console.log(`seed ${seed}`);
  const random = pseudoRandom(seed);
  for (let round = 0; round < 40; round++) {
    const rate = random() < 0.5 ? 44_100 : 48_000;
    const input = Float32Array.from({ length: 128 * 200 }, () => random() - 0.5);
    const started = Math.floor(random() * 60);
    const ended = started + 1 + Math.floor(random() * 100);
    // From before the beginning, or some blocks back.
    const fromFrame = random() < 0.5 ? 0 : 128 * Math.floor(random() * started);
    const first = 128 * 1000;
    reports = [];
    scope.currentFrame = 0;
    const capture = processor(rate);
    for (let block = 0; block < 200; block++) {
      if (block === started)
        capture.port.onmessage({
          data: {
            type: "start",
            plan: planEncoder(rate, 24_000),
            chunkFrames: 1440,
            fromFrame: fromFrame && first + fromFrame,
          },
        });
      if (block === ended) capture.port.onmessage({ data: { type: "drain" } });
      // As in Chromium: old while the main thread holds the lock, and right again at last before the start.
      if (random() < 0.5 || block === started - 1) scope.currentFrame = first + 128 * block;
      const plane = input.subarray(128 * block, 128 * (block + 1));
      capture.process([[plane, plane]], [[new Float32Array(128)]]);
    }
    const wanted = encode(rate, 24_000, input.slice(fromFrame, 128 * ended));
    expect(samples(), JSON.stringify({ seed, round })).toEqual(wanted);
    expect(reports.at(-1)).not.toMatchObject({ type: "failed" });
  }
});

test("what another processor goes on with: the samples of one encoder, and the plan serves once", () => {
  const random = pseudoRandom(7);
  const input = Float32Array.from({ length: 128 * 60 }, () => random() - 0.5);
  const play = (capture: Processor, from: number, to: number): void => {
    for (let block = from; block < to; block++) {
      scope.currentFrame = 128 * block;
      capture.process([[input.subarray(128 * block, 128 * (block + 1))]], [[new Float32Array(128)]]);
    }
  };
  const start = (plan = planEncoder(44_100, 24_000)): { data: ToWorklet } => ({
    data: { type: "start", plan, chunkFrames: 1440, fromFrame: 1e9 },
  });
  reports = [];
  const before = processor(44_100);
  before.port.onmessage(start());
  play(before, 0, 20);
  before.port.onmessage({ data: { type: "drain", keep: true } });
  const drained = reports.at(-1) as { type: string; frame: number; tail: EncoderTail };
  expect(drained).toMatchObject({ type: "drained", frame: 128 * 20 });
  const after = processor(44_100);
  after.port.onmessage(start(continueEncoder(44_100, structuredClone(drained.tail))));
  play(after, 20, 40);
  after.port.onmessage({ data: { type: "drain" } });
  const whole = encode(44_100, 24_000, input.slice(0, 128 * 40));
  expect(samples().length).toBe(whole.length);
  const worst = samples().reduce((most, sample, k) => Math.max(most, Math.abs(sample - whole[k])), 0);
  expect(worst).toBeLessThanOrEqual(1);
  reports = [];
  after.port.onmessage(start());
  play(after, 40, 60);
  after.port.onmessage({ data: { type: "drain" } });
  expect(samples()).toEqual(encode(44_100, 24_000, input.slice(128 * 40)));
});

test.each([
  [48_000, 44_100],
  [44_100, 48_000],
])("a sine over two processors, at %i and %i Hz: no click at the seam, every sample counted", (before, after) => {
  const frequency = 997;
  const play = (capture: Processor, rate: number, blocks: number, from: number): void => {
    scope.sampleRate = rate;
    for (let block = 0; block < blocks; block++) {
      scope.currentFrame = 128 * block;
      const plane = Float32Array.from(
        { length: 128 },
        (_, n) => 0.8 * Math.sin(2 * Math.PI * frequency * (from + (128 * block + n) / rate)),
      );
      capture.process([[plane]], [[new Float32Array(128)]]);
    }
  };
  const start = (plan: CaptureOptions["plan"]): { data: ToWorklet } => ({
    data: structuredClone({ type: "start", plan, chunkFrames: 1440, fromFrame: 1e9 }),
  });
  reports = [];
  const first = processor(before);
  first.port.onmessage(start(planEncoder(before, 24_000)));
  play(first, before, 101, 0);
  first.port.onmessage({ data: { type: "drain", keep: true } });
  const { tail } = structuredClone(reports.at(-1)) as { tail: EncoderTail };
  const second = processor(after);
  second.port.onmessage(start(continueEncoder(after, tail)));
  play(second, after, 101, (101 * 128) / before);
  second.port.onmessage({ data: { type: "drain" } });
  const pcm = samples();
  expect(pcm.length).toBe(Math.floor(101 * 128 * 24_000 * (1 / before + 1 / after) + 0.5));
  const seam = Math.round((101 * 128 * 24_000) / before);
  // The sine that fits best away from the ends and the seam, then the error within 10 ms of the seam.
  const away = [
    [201, seam - 240],
    [seam + 241, pcm.length - 200],
  ] as const;
  const db = sineError(pcm, frequency / 24_000, away, [seam - 240, seam + 240]);
  console.log(`${before} then ${after} Hz: within 10 ms of the seam ${db.toFixed(1)} dB`);
  expect(db).toBeLessThan(-94);
});
