import { chromium, type Page } from "@playwright/test";
import { createServer } from "vite";
import { findChromium } from "../scripts/chromium.mjs";
import type { Report } from "./suite.js";

interface Case {
  name: string;
  silent: boolean;
  maxMessageLength: number;
  /** Milliseconds that the position may be off. */
  within: number;
}

const cases: Case[] = [
  { name: "events, 4096 characters", silent: false, maxMessageLength: 4096, within: 50 },
  { name: "events, 26000 characters", silent: false, maxMessageLength: 26_000, within: 50 },
  { name: "no events (estimate), 26000 characters", silent: true, maxMessageLength: 26_000, within: 250 },
];

/** Seconds of speech in each turn; BENCH_SECONDS=600 makes it ten minutes, as in virtual time in the unit tests. */
const seconds = Number(process.env.BENCH_SECONDS ?? 120);

/** Printed above the suite's tables. */
export const title = "Turns on the wall clock: lead, position, latency (real daily-js in Chromium, fake room)";

/** Needs `npm run build` before. The cases run side by side, each in a page of its own. */
export async function run(report: Report): Promise<void> {
  const server = await createServer({ mode: "harness", logLevel: "error", server: { port: 0, hmr: false } });
  await server.listen();
  const executablePath = findChromium();
  const browser = await chromium.launch({
    ...(executablePath && { executablePath }),
    args: ["--autoplay-policy=no-user-gesture-required"],
  });
  const open = async (): Promise<Page> => {
    const page = await browser.newPage();
    await page.goto(server.resolvedUrls?.local[0] ?? "");
    await page.waitForFunction(() => window.lib);
    return page;
  };
  try {
    report.log(`turns of ${seconds} s`);
    const found = await Promise.all(
      cases.map(async (conditions) => ({
        ...conditions,
        ...(await (await open()).evaluate(speakLong, { ...conditions, seconds })),
      })),
    );
    report.table({
      key: "turns",
      title: `Turns of ${seconds} s, lead at most 20 s, at most 20 messages/s`,
      rows: found.map(({ name, lead, median, worst, gaps, lost, messages }) => ({
        name,
        "worst lead, s": lead,
        "position off, median ms": median,
        "worst, ms": worst,
        gaps,
        "samples lost": lost,
        messages,
      })),
    });
    for (const { name, within, lead, worst, gaps, lost } of found) {
      // What is read in two calls is up to a timer's lateness apart: the lead is read after the fact.
      report.demand({ name: `${name}: lead at most 20 s`, measured: `${lead.toFixed(2)} s`, met: lead <= 20.05 });
      report.demand({
        name: `${name}: position within ${within} ms of the replica's clock`,
        measured: `${worst.toFixed(1)} ms`,
        met: worst <= within,
      });
      report.demand({
        name: `${name}: never dry, nothing lost`,
        measured: `${gaps} gaps, ${lost} samples`,
        met: gaps === 0 && lost === 0,
      });
    }
    report.log("latency");
    const latency = await (await open()).evaluate(speakShort, 40);
    report.table({
      key: "latency",
      title: "From speak() in a quiet room, 40 turns: milliseconds",
      rows: latency,
    });
  } finally {
    await browser.close();
    await server.close();
  }
}

/** One long turn in the page. It is serialised: it uses nothing from outside. */
async function speakLong({ seconds, silent, maxMessageLength }: Case & { seconds: number }) {
  const { dailyRoom, noisePcm } = window.lib;
  const rate = 24_000;
  // With a clock of its own the room tells what has been heard so far instead of waiting for the end.
  const clock = {
    now: () => performance.now() / 1000,
    sleep: (time: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        if (signal?.aborted || time <= 0) return resolve();
        const timer = Number.isFinite(time) ? setTimeout(resolve, time * 1000) : undefined;
        signal?.addEventListener("abort", () => {
          clearTimeout(timer);
          resolve();
        });
      }),
  };
  const { replica, room, close } = await dailyRoom({ room: { clock, maxMessageLength, faults: { silent } } });
  const piece = noisePcm(rate);
  let given = 0;
  const turn = replica.speak({
    open: async () =>
      new ReadableStream<Int16Array>({
        pull(controller) {
          if (given++ >= seconds) controller.close();
          else controller.enqueue(piece.slice());
        },
      }),
  });
  const off: number[] = [];
  let lead = 0;
  let settled = false;
  void turn.outcome.then(() => {
    settled = true;
  });
  while (!settled) {
    await new Promise((resolve) => setTimeout(resolve, 500));
    // The room copies all that was heard, which takes a while: its figure belongs to a moment between these two.
    const before = turn.position.seconds;
    const [heard] = await room.turns();
    const after = turn.position.seconds;
    if (!heard?.playing || heard.seconds === 0) continue;
    lead = Math.max(lead, heard.receivedFrames / rate - heard.seconds);
    off.push(Math.max(0, before - heard.seconds, heard.seconds - after) * 1000);
  }
  const [heard] = await room.turns();
  off.sort((a, b) => a - b);
  const result = {
    lead,
    median: off[off.length >> 1] ?? Number.NaN,
    worst: off.at(-1) ?? Number.NaN,
    gaps: heard?.gaps ?? -1,
    lost: seconds * rate - (heard?.receivedFrames ?? 0),
    messages: replica.stats().messages,
  };
  await close();
  return result;
}

/** Short turns one after the other: how soon each leaves and sounds, and how soon an interrupt silences it. Serialised, too. */
async function speakShort(turns: number) {
  const { dailyRoom, noisePcm, pcmSource } = window.lib;
  const { replica, close } = await dailyRoom({ replica: { messagesPerSecond: Number.POSITIVE_INFINITY } });
  const [message, sound, silence]: [number[], number[], number[]] = [[], [], []];
  for (let n = 0; n < turns; n++) {
    const turn = replica.speak(pcmSource(noisePcm(24_000 * 3, n), 2400));
    await turn.started;
    const { firstChunkMs, firstSpeechMs } = replica.stats();
    message.push(firstChunkMs ?? Number.NaN);
    sound.push(firstSpeechMs ?? Number.NaN);
    const at = performance.now();
    const stopped = new Promise<void>((resolve) => {
      replica.on("raw", ({ message }) => {
        const type = (message as { event_type?: string }).event_type;
        if (type === "conversation.replica.stopped_speaking") resolve();
      });
    });
    replica.interrupt();
    await stopped;
    silence.push(performance.now() - at);
  }
  await close();
  const row = (name: string, values: number[]) => {
    values.sort((a, b) => a - b);
    const at = (part: number): number =>
      Number((values[Math.floor(part * (values.length - 1))] ?? Number.NaN).toFixed(2));
    return { name, median: at(0.5), "95th percentile": at(0.95) };
  };
  return [
    row("speak() to the first message", message),
    row("speak() to the start event", sound),
    row("interrupt() to the stop event", silence),
  ];
}
