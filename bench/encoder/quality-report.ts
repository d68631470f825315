// The tables of quality: all subjects at every pair of rates, and what is demanded of ours.
import type { BenchPage } from "../browser.js";
import type { Report, Row } from "../suite.js";
import { IDEAL_SINAD, measureQuality, type Quality } from "./quality.js";
import { type Files, subjects } from "./subjects.js";

/** A pair of rates as the tables name it. */
export const kilohertz = (inputRate: number, outputRate: number): string =>
  `${inputRate / 1000} to ${outputRate / 1000}`;
/** Rounded to so many digits. */
export const fixed = (value: number, digits: number): number => Number(value.toFixed(digits));

/** In Node, where it is exact as anywhere; the browser's own resamplers in Chromium. */
export async function reportQuality(
  report: Report,
  files: Files,
  { page }: BenchPage,
  ratePairs: readonly (readonly [number, number])[],
): Promise<void> {
  for (const [inputRate, outputRate] of ratePairs) {
    const pair = kilohertz(inputRate, outputRate);
    const all: Quality[] = [];
    for (const [i, subject] of subjects(files).entries()) {
      report.log(`quality ${pair}: ${subject.name}`);
      all.push(await measureQuality(subject, inputRate, outputRate, i === 0 ? 150 : 30));
    }
    report.log(`quality ${pair}: the browser's own`);
    all.push(...(await page.evaluate(([from, to]) => window.bench.quality(from, to, 30), [inputRate, outputRate])));
    report.table({ key: `quality ${pair}`, title: `${pair} kHz, tones at -1 dBFS`, rows: all.map(row) });
    qualityDemands(report, pair, all[0]);
  }
}

function row(found: Quality): Row {
  return {
    subject: found.subject,
    "SINAD 997 Hz, dB": fixed(found.sinad, 2),
    [found.inputRate > found.outputRate ? "worst alias, LSB" : "worst image, LSB"]: fixed(found.spuriousLsb, 2),
    dB: found.spuriousLsb < 1 ? `< ${found.spuriousDb.toFixed(1)}` : fixed(found.spuriousDb, 1),
    "gain to 0.92, dB": `${found.lowest.toFixed(3)} to ${found.highest.toFixed(3)}`,
    "-0.1 dB at": fixed(found.edge, 3),
    "latency, ms": Number.isNaN(found.latency) ? "-" : fixed(found.latency, 2),
  };
}

function qualityDemands(report: Report, pair: string, found: Quality): void {
  const { inputRate, outputRate, sinad, spuriousLsb, lowest, highest, edge, latency } = found;
  const demand = (name: string, measured: string, met: boolean): void =>
    report.demand({ name: `${pair} kHz: ${name}`, measured, met });
  demand(
    "SINAD within 0.1 dB of 16 bits' ideal",
    `${sinad.toFixed(2)} of ${IDEAL_SINAD.toFixed(2)} dB`,
    sinad > IDEAL_SINAD - 0.1,
  );
  if (inputRate > outputRate) {
    demand("tones from Nyquist on are digital silence", `loudest sample ${spuriousLsb} LSB`, spuriousLsb === 0);
    const most = outputRate === 24_000 ? 2.5 : 3.7;
    demand(`latency at most ${most} ms`, `${latency.toFixed(2)} ms`, latency <= most);
  } else demand("images stay below half an LSB", `${spuriousLsb.toFixed(3)} LSB`, spuriousLsb < 0.5);
  demand(
    "flat within 0.05 dB to 0.92",
    `${lowest.toFixed(3)} to ${highest.toFixed(3)} dB`,
    Math.max(-lowest, highest) <= 0.05,
  );
  demand("-0.1 dB at or beyond 0.92", edge.toFixed(4), edge >= 0.92);
}
