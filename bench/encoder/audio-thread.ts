// Chromium's audio thread: time of process(), and what it allocates.
import type { CDPSession } from "@playwright/test";
import type { BenchPage } from "../browser.js";
import type { Report, Row } from "../suite.js";

type Page = BenchPage["page"];

/** Times of 1, 4 and 16 streams at once, the cost beside an empty processor, then a sampling heap profile. */
export async function measureAudioThread(report: Report, { page, browser, open }: BenchPage): Promise<void> {
  const rows: Row[] = [];
  for (const streams of [1, 4, 16]) {
    report.log(`audio thread: ${streams} streams`);
    const { cpu, wall } = await traceProcess(page, browser, streams);
    const at = (times: number[], part: number): number => times[Math.floor((times.length - 1) * part)];
    rows.push({
      streams,
      quanta: cpu.length,
      "median, µs": at(cpu, 0.5),
      "99.9th percentile, µs": at(cpu, 0.999),
      "median by the clock, µs": at(wall, 0.5),
      "99.9th by the clock, µs": at(wall, 0.999),
    });
  }
  report.table({
    key: "audioThread",
    title:
      "Chromium's audio thread in real time, 48 to 24 kHz: process() of all streams per render quantum (2667 µs), as Chromium " +
      "traces it, in whole µs per call: the thread's own time, and the clock's, which counts other programs too",
    rows,
  });
  report.log("audio thread: offline");
  report.table({
    key: "offline",
    title: "The same processor on the offline rendering thread: ns per quantum and stream beyond an empty processor",
    rows: await offline(page),
  });
  await heapProfile(report, await open());
}

/** Thread time and wall time of process() per render quantum, sorted, in µs; the first second is left out. */
async function traceProcess(
  page: Page,
  browser: BenchPage["browser"],
  streams: number,
): Promise<{ cpu: number[]; wall: number[] }> {
  const context = await page.evaluateHandle((count) => window.bench.openRealTime(count), streams);
  await page.waitForTimeout(1_000);
  await browser.startTracing(page, { categories: ["disabled-by-default-audio-worklet"] });
  await page.waitForTimeout(8_000);
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { traceEvents: TraceEvent[] };
  await context.evaluate((running) => running.close());
  const calls = trace.traceEvents
    .filter(({ name, ph }) => name.endsWith("(author script execution)") && ph === "X")
    .sort((a, b) => a.ts - b.ts);
  const quanta = Array.from({ length: Math.floor(calls.length / streams) }, (_, i) =>
    calls.slice(i * streams, (i + 1) * streams),
  );
  const total = (pick: (call: TraceEvent) => number): number[] =>
    quanta.map((quantum) => quantum.reduce((sum, call) => sum + pick(call), 0)).sort((a, b) => a - b);
  return { cpu: total(({ tdur }) => tdur ?? 0), wall: total(({ dur }) => dur) };
}

interface TraceEvent {
  name: string;
  ph: string;
  ts: number;
  dur: number;
  tdur?: number;
}

/**
 * What a second of rendering takes, at the 10th percentile, because other programs only ever add. The first ten seconds are
 * left out: engines optimize the code meanwhile. With chunks of a second, messages cost next to nothing.
 */
export async function offline(page: Page): Promise<Row[]> {
  const [streams, seconds, left] = [8, 60, 10];
  const [inputRate, outputRate] = [48_000, 24_000];
  const variants = [
    { name: "empty", processor: "empty", chunkSeconds: 0 },
    { name: "rare messages", processor: "capture", chunkSeconds: 1 },
    { name: "whole", processor: "capture", chunkSeconds: 0.06 },
  ] as const;
  const times = new Map<string, number[]>(variants.map(({ name }) => [name, []]));
  for (let round = 0; round < 3; round++)
    for (const { name, processor, chunkSeconds } of variants) {
      const setup = { processor, streams, inputRate, outputRate, seconds, chunkSeconds };
      times.get(name)?.push(...(await page.evaluate((one) => window.bench.renderOffline(one), setup)).slice(left));
    }
  const each = (name: string): number => {
    const sorted = (times.get(name) ?? []).sort((a, b) => a - b);
    return ((sorted[Math.floor(sorted.length * 0.1)] ?? Number.NaN) * 1e6) / ((inputRate / 128) * streams);
  };
  return [
    {
      pair: "48 to 24",
      "encoder and a message every 60 ms, ns": Math.round(each("whole") - each("empty")),
      "a message every second, ns": Math.round(each("rare messages") - each("empty")),
      "empty processor, ns": Math.round(each("empty")),
    },
  ];
}

interface ProfileNode {
  callFrame: { functionName: string; url: string; lineNumber: number };
  selfSize: number;
  children: ProfileNode[];
}

/** Everything that is allocated on the audio thread for 10 s, by function. */
export async function heapProfile(report: Report, page: Page): Promise<void> {
  report.log("audio thread: heap profile");
  const seconds = 10;
  const context = await page.evaluateHandle(() => window.bench.openRealTime(1));
  const worklet = await attachToWorklet(await page.context().newCDPSession(page));
  // The interpreter boxes numbers that compiled code does not.
  await page.waitForTimeout(3000);
  await worklet("HeapProfiler.startSampling", {
    samplingInterval: 16,
    includeObjectsCollectedByMajorGC: true,
    includeObjectsCollectedByMinorGC: true,
  });
  await page.waitForTimeout(seconds * 1000);
  const { profile } = (await worklet("HeapProfiler.stopSampling")) as { profile: { head: ProfileNode } };
  await context.evaluate((running) => running.close());
  const rows: Row[] = [];
  const visit = (node: ProfileNode, path: string[]): void => {
    const { functionName, url, lineNumber } = node.callFrame;
    const name = `${functionName || "(anonymous)"}${url ? `:${lineNumber + 1}` : ""}`;
    if (node.selfSize > 0)
      rows.push({ "allocated in": [...path, name].slice(1).join(" > ") || "(engine)", bytes: node.selfSize });
    for (const child of node.children) visit(child, [...path, name]);
  };
  visit(profile.head, []);
  const chunks = seconds / 0.06;
  report.table({
    key: "heap",
    title: `What the worklet allocates in ${seconds} s (${(seconds * 375).toFixed(0)} quanta, ${chunks.toFixed(0)} chunks), 48 to 24 kHz, every 16 bytes sampled`,
    rows:
      rows.length > 0
        ? rows.sort((a, b) => Number(b.bytes) - Number(a.bytes))
        : [{ "allocated in": "nothing", bytes: 0 }],
  });
  const perChunk = rows.reduce((sum, { bytes }) => sum + Number(bytes), 0) / chunks;
  report.demand({
    name: "process() allocates one message per chunk, and nothing else",
    measured: `${perChunk.toFixed(0)} bytes per chunk in all`,
    // A message and boxed numbers are about 100. The smallest object in every quantum would add 360 and more.
    met: perChunk > 0 && perChunk < 300,
  });
}

/** A function that sends a DevTools command to the page's audio worklet. */
async function attachToWorklet(session: CDPSession): Promise<(method: string, params?: object) => Promise<unknown>> {
  const sessionId = await new Promise<string>((resolve, reject) => {
    setTimeout(() => reject(new Error("No worklet attached within 10 s")), 10_000).unref();
    session.on("Target.attachedToTarget", (event) => {
      if (event.targetInfo.type === "worklet" || event.targetInfo.type === "audio_worklet") resolve(event.sessionId);
    });
    session
      .send("Target.setAutoAttach", { autoAttach: true, waitForDebuggerOnStart: false, flatten: false })
      .catch(reject);
  });
  let id = 0;
  const waiting = new Map<number, (result: unknown) => void>();
  session.on("Target.receivedMessageFromTarget", ({ message }) => {
    const answer = JSON.parse(message);
    waiting.get(answer.id)?.(answer.result ?? answer);
    waiting.delete(answer.id);
  });
  return (method, params = {}) =>
    new Promise((resolve, reject) => {
      id++;
      waiting.set(id, resolve);
      session
        .send("Target.sendMessageToTarget", { sessionId, message: JSON.stringify({ id, method, params }) })
        .catch(reject);
    });
}
