import { mkdirSync, readFileSync, statSync } from "node:fs";
import { gzipSync } from "node:zlib";
import { run as command } from "../scripts/run.mjs";
import { planEncoder } from "../src/encoder/plan.js";
import { ratePairs } from "../test/wasm/encode.js";
import { PcmEncoder } from "../worklet/encoder.js";
import { openPage } from "./browser.js";
import { measureAudioThread } from "./encoder/audio-thread.js";
import { drawPlots } from "./encoder/plots.js";
import { fixed, kilohertz, reportQuality } from "./encoder/quality-report.js";
import type { Speed } from "./encoder/speed.js";
import { measureSpeed } from "./encoder/speed.js";
import { type Files, subjects } from "./encoder/subjects.js";
import type { Report, Row } from "./suite.js";

/** Printed above the suite's tables. */
export const title = "Encoder: quality and speed beside its peers";

/** Quality in Node (it is exact, wherever it runs) and of the browser's own resamplers in Chromium, speed in Node and in Chromium's main and audio threads. */
export async function run(report: Report): Promise<void> {
  const files: Files = {
    encoder: readFileSync("build/encoder.wasm"),
    speexSimd: readFileSync("node_modules/@echogarden/speex-resampler-wasm/wasm/speex-resampler-simd.wasm"),
  };
  size(report);
  await speedInChromium(report);
  report.log("speed in Node");
  report.table({
    key: "speedInNode",
    title: `Node ${process.versions.node} (V8 ${process.versions.v8}): ns per block of 128 frames, 10th percentile`,
    rows: speedRows(await measureSpeed(files, ratePairs, 25)),
  });
  const bench = await openPage("bench/encoder/page/index.html");
  await reportQuality(report, files, bench, ratePairs).finally(() => bench.close());
  day(report, files);
  report.log("plots");
  const drawn = ["tavus-echo", "linear, allocating", "speex SIMD, q7", "libsamplerate FASTEST", "libsamplerate BEST"];
  await drawPlots(subjects(files).filter(({ name }) => drawn.includes(name)));
}

/** 24 hours at 44.1 to 24 kHz with every tap. */
function day(report: Report, files: Files): void {
  report.log("a day of samples");
  const [inputRate, outputRate] = [44_100, 24_000];
  const encoder = new PcmEncoder(files.encoder, planEncoder(inputRate, outputRate));
  const block = [new Float32Array(4_096)];
  let [frames, samples] = [0, 0];
  while (frames < 24 * 3600 * inputRate) {
    samples += encoder.encode(block).length;
    frames += 4_096;
  }
  samples += encoder.flush().length;
  const exact = Number((2n * BigInt(frames) * BigInt(outputRate) + BigInt(inputRate)) / (2n * BigInt(inputRate)));
  report.demand({
    name: "24 hours from 44.1 to 24 kHz: no sample too many or too few",
    measured: `${frames} frames gave ${samples} samples, exact are ${exact}`,
    met: samples === exact,
  });
}

function size(report: Report): void {
  const bytes = statSync("build/encoder.wasm").size;
  const packed = gzipSync(readFileSync("build/encoder.wasm"), { level: 9 }).length;
  report.table({ key: "size", title: "encoder.wasm", rows: [{ bytes, gzipped: packed }] });
  report.demand({
    name: "at most 6 KB, 3 KB gzipped",
    measured: `${bytes}, ${packed}`,
    met: bytes <= 6144 && packed <= 3072,
  });
}

async function speedInChromium(report: Report): Promise<void> {
  mkdirSync(".cache/bench", { recursive: true });
  const peakFile = ".cache/bench/peak.wasm";
  const features = ["--runtime", "stub", "--enable", "simd", "--enable", "relaxed-simd", "--noAssert"];
  await command("asc", ["bench/encoder/peak/index.ts", "-o", peakFile, "-O3", ...features]);
  const bench = await openPage("bench/encoder/page/index.html");
  try {
    report.log("speed in Chromium's main thread");
    const peak = await bench.page.evaluate(() => window.bench.peak());
    const speeds = await bench.page.evaluate((pairs) => window.bench.speed(pairs, 60), ratePairs);
    const version = bench.browser.version();
    report.table({
      key: "speedInChromium",
      title: `Chromium ${version}, main thread: ns per block of 128 frames, s16 included, 10th percentile of interleaved rounds`,
      rows: speedRows(speeds),
    });
    speedDemands(report, speeds);
    report.table({
      key: "arithmetic",
      title: `Multiply-adds per second: ${peak.mulAdd.toFixed(1)} · 10⁹ is reached by a loop of little but plain multiplications and additions, ${peak.relaxedMadd.toFixed(1)} · 10⁹ with relaxed SIMD; each is a lower bound of the engine's peak`,
      rows: ratePairs.map(([inputRate, outputRate]) => arithmetic(inputRate, outputRate, speeds, peak)),
    });
    await measureAudioThread(report, bench);
  } finally {
    await bench.close();
  }
}

function speedRows(speeds: readonly Speed[]): Row[] {
  const names = [...new Set(speeds.map(({ subject }) => subject))];
  return names.map((name) => {
    const row: Row = { subject: name };
    for (const { subject, inputRate, outputRate, low } of speeds) {
      if (subject !== name) continue;
      const ours = speeds.find((one) => one.inputRate === inputRate && one.outputRate === outputRate);
      row[kilohertz(inputRate, outputRate)] = `${low.toFixed(0)} (${(low / (ours?.low ?? low)).toFixed(2)}×)`;
    }
    return row;
  });
}

function speedDemands(report: Report, speeds: readonly Speed[]): void {
  const low = (name: string, [inputRate, outputRate]: readonly [number, number]): number =>
    speeds.find((one) => one.subject === name && one.inputRate === inputRate && one.outputRate === outputRate)?.low ??
    0;
  const ours = (pair: readonly [number, number]): number => low("tavus-echo", pair);
  for (const pair of ratePairs) {
    const linear = low("linear, allocating", pair);
    report.demand({
      name: `${kilohertz(...pair)} kHz: cheaper than allocating linear interpolation`,
      measured: `${ours(pair).toFixed(0)} against ${linear.toFixed(0)} ns per block`,
      met: ours(pair) < linear,
    });
  }
  const limits = {
    "speex SIMD, q7": 0.2,
    "speex-resampler, q7": 0.05,
    "libsamplerate FASTEST": 0.05,
    "libsamplerate BEST": 0.01,
  };
  for (const [name, limit] of Object.entries(limits)) {
    const ratio = ours([48_000, 24_000]) / low(name, [48_000, 24_000]);
    report.demand({
      name: `48 to 24 kHz: at most ${limit} of ${name}`,
      measured: ratio.toFixed(4),
      met: ratio <= limit,
    });
  }
}

/** The multiply-adds that the kernels make, padding included (at whole ratios half of the filter's), against the faster of the two loops. */
function arithmetic(
  inputRate: number,
  outputRate: number,
  speeds: readonly Speed[],
  peak: { mulAdd: number; relaxedMadd: number },
): Row {
  const { window } = planEncoder(inputRate, outputRate);
  const own = speeds.find((one) => one.inputRate === inputRate && one.outputRate === outputRate);
  const perBlock = (128 * outputRate * window) / inputRate;
  const rate = perBlock / (own?.low ?? 1);
  return {
    pair: kilohertz(inputRate, outputRate),
    "multiply-adds per block": Math.round(perBlock),
    "10⁹ per second": fixed(rate, 1),
    "of that loop": `${((100 * rate) / Math.max(peak.mulAdd, peak.relaxedMadd)).toFixed(0)} %`,
  };
}
