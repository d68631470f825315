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
  const sorted = [...samples].sort((a, b) => a - b);
  const quantile = (q: number): number => Number(sorted[Math.ceil(q * sorted.length) - 1].toFixed(2));
  return { what, n: sorted.length, median: quantile(0.5), "95th percentile": quantile(0.95), worst: quantile(1) };
}
