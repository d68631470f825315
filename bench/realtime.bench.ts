import { systemClock } from "../src/flow/clock.js";
import { RealtimeServer } from "../test/support/realtime-server.js";
import { openHarness } from "./browser.js";
import { measureVoice } from "./realtime/measure-voice.js";
import type { Report, Row } from "./suite.js";

/** Printed above the suite's tables. */
export const title = "Voice to voice: how long it takes";

const answers = 40;
const interruptions = 20;

/** On the wall clock, in Chromium, with the real daily-js and the platform's WebSocket; provider and room are models on this machine. */
export async function run(report: Report): Promise<void> {
  const server = await RealtimeServer.listen({
    clock: systemClock,
    // Answers that are to be interrupted are long, the others short.
    answer: (n) => ({ pcm: new Int16Array(24_000 * (n < answers ? 0.2 : 6)).fill(1000) }),
  });
  const { page, browser, close } = await openHarness();
  try {
    await page.exposeFunction("answer", () => server.session.respond());
    report.log(`${answers} answers, then ${interruptions} interruptions, each in real time`);
    const found = await page.evaluate(measureVoice, { url: server.url, answers, interruptions });
    const rows = [
      row("first audio delta received → first echo message handed to daily-js", found.firstEcho),
      row("caller's first word handed over → interrupt message handed to daily-js", found.interrupt),
      row("of that: provider's report of speech received → interrupt message", found.reaction),
    ];
    report.table({ key: "latency", title: `ms, wall clock, Chromium ${browser.version()}`, rows });
    for (const [name, samples, most] of [
      ["first audio delta received → first message out, 95th percentile", found.firstEcho, 5],
      ["speech_started received → interrupt message, 95th percentile", found.reaction, 10],
    ] as const) {
      const measured = quantile(samples, 0.95);
      report.demand({ name: `${name}, at most ${most} ms`, measured: `${measured} ms`, met: measured <= most });
    }
    report.table({
      key: "detector",
      title: "What the caller's first word waits for before the provider reports it, in this model",
      rows: [{ "chunk of input, ms": 40, "detector, ms of sound": 60, "network, ms": 0 }],
    });
  } finally {
    await close();
    await server.close();
  }
}

function row(what: string, samples: readonly number[]): Row {
  const at = (q: number): number => quantile(samples, q);
  return { what, n: samples.length, median: at(0.5), "95th percentile": at(0.95), worst: at(1) };
}

function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  return Number(sorted[Math.ceil(q * sorted.length) - 1].toFixed(2));
}
