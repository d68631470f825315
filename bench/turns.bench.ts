import { loadavg } from "node:os";
import type { Page } from "@playwright/test";
import { openHarness } from "./browser.js";
import type { Report, Wishes } from "./suite.js";

interface Case {
  name: string;
  silent: boolean;
  /** Whether the client may observe the replica's level, where there are no events. */
  audioLevels: boolean;
  maxMessageLength: number;
  /** Milliseconds that the position may be off. */
  within: number;
}

const cases: Case[] = [
  { name: "events, 4096 characters", silent: false, audioLevels: true, maxMessageLength: 4096, within: 50 },
  { name: "events, 26000 characters", silent: false, audioLevels: true, maxMessageLength: 26_000, within: 50 },
  { name: "no events: its sound (media)", silent: true, audioLevels: true, maxMessageLength: 26_000, within: 250 },
  { name: "no events (estimate)", silent: true, audioLevels: false, maxMessageLength: 26_000, within: 250 },
];

/** Printed above the suite's tables. */
export const title = "Turns on the wall clock: lead, position, latency (real daily-js in Chromium, fake room)";

/** Needs `npm run build` before. The cases run side by side, each in a page of its own. Ten minutes unless `seconds` says otherwise. */
export async function run(report: Report, { seconds = 600 }: Wishes): Promise<void> {
  const { page, open, close } = await openHarness();
  try {
    report.log(`turns of ${seconds} s`);
    const memory = heapOver(page, seconds);
    const found = await Promise.all(
      cases.map(async (conditions) => ({
        ...conditions,
        ...(await (await open()).evaluate(speakLong, { ...conditions, seconds })),
      })),
    );
    const heap = await memory;
    report.log(
      `load of the machine, 1, 5 and 15 minutes: ${loadavg()
        .map((load) => load.toFixed(1))
        .join(", ")}`,
    );
    report.table({
      key: "turns",
      title: `Turns of ${seconds} s, lead at most 20 s, at most 20 messages/s`,
      rows: found.map(({ name, basis, lead, median, worst, gaps, lost, messages }) => ({
        name,
        basis,
        "worst lead, s": lead,
        "position off, median ms": median,
        "worst, ms": worst,
        gaps,
        "samples lost": lost,
        messages,
      })),
    });
    const [first = 0] = heap;
    const growth = Math.max(...heap) - first;
    report.table({
      key: "memory",
      title: `Memory of a page that says a turn of ${seconds} s to a room that keeps nothing: MB in use after garbage collection`,
      rows: [{ "after a tenth": first, most: Math.max(...heap), "at the end": heap.at(-1) ?? Number.NaN }],
    });
    report.demand({
      name: "memory does not grow with the length of the turn: less than 3 MB more than after a tenth of it",
      measured: `${growth.toFixed(2)} MB`,
      met: growth < 3,
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
    await close();
  }
}

/** Megabytes that a page has in use after each tenth of one long turn, objects and buffers; in the page nothing keeps the messages. */
async function heapOver(page: Page, seconds: number): Promise<number[]> {
  await page.evaluate((seconds) => {
    const { echo, noisePcm } = window.lib;
    const replica = new echo.Replica({
      transport: {
        maxMessageLength: 26_000,
        send: () => {},
        subscribe(listener) {
          listener({ type: "joined", conversationId: "c1" });
          listener({ type: "replica", present: true });
          return () => {};
        },
      },
    });
    const piece = noisePcm(24_000);
    let given = 0;
    replica.speak({
      open: async () =>
        new ReadableStream<Int16Array>({
          pull(controller) {
            if (given++ >= seconds) controller.close();
            else controller.enqueue(piece.slice());
          },
        }),
    });
  }, seconds);
  const session = await page.context().newCDPSession(page);
  const sizes: number[] = [];
  for (let tenth = 1; tenth <= 10; tenth++) {
    await new Promise((resolve) => setTimeout(resolve, seconds * 100));
    await session.send("HeapProfiler.collectGarbage");
    const { usedSize, backingStorageSize } = (await session.send("Runtime.getHeapUsage")) as {
      usedSize: number;
      backingStorageSize?: number;
    };
    sizes.push((usedSize + (backingStorageSize ?? Number.NaN)) / 1e6);
  }
  return sizes;
}

/** One long turn in the page. It is serialised: it uses nothing from outside. */
async function speakLong({ seconds, silent, audioLevels, maxMessageLength }: Case & { seconds: number }) {
  const { dailyRoom, noisePcm, pcmSource } = window.lib;
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
  const { replica, room, close } = await dailyRoom({
    room: { clock, maxMessageLength, faults: { silent, audioLevels } },
  });
  const piece = noisePcm(rate);
  // Where no events come, a short turn shows it first.
  if (silent) await replica.speak(pcmSource(noisePcm(rate), rate)).outcome;
  const messages = replica.stats().messages;
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
    const heard = (await room.turns()).at(-1);
    const after = turn.position.seconds;
    if (!heard?.playing || heard.seconds === 0) continue;
    lead = Math.max(lead, heard.receivedFrames / rate - heard.seconds);
    off.push(Math.max(0, before - heard.seconds, heard.seconds - after) * 1000);
  }
  const heard = (await room.turns()).at(-1);
  off.sort((a, b) => a - b);
  const { basis } = await turn.outcome;
  const result = {
    basis,
    lead,
    median: off[off.length >> 1] ?? Number.NaN,
    worst: off.at(-1) ?? Number.NaN,
    gaps: heard?.gaps ?? -1,
    lost: seconds * rate - (heard?.receivedFrames ?? 0),
    messages: replica.stats().messages - messages,
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
