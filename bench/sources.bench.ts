import { openHarness } from "./browser.js";
import type { Report } from "./suite.js";

/** Printed above the suite's tables. */
export const title = "Sources on the wall clock: real text to speech (eSpeak NG in a worker, real daily-js, fake room)";

const texts = [
  "One.",
  "Good morning.",
  "How can I help you today?",
  "Please wait a moment.",
  "Yes.",
  "It is three o'clock.",
];

/** Pages whose first turn is measured. */
const coldTurns = 10;

/** Needs `npm run build` before. */
export async function run(report: Report): Promise<void> {
  const { page, open, close } = await openHarness();
  try {
    const cold: number[] = [];
    for (let i = 0; i < coldTurns; i++) {
      const fresh = await open();
      cold.push(
        await fresh.evaluate(async () => {
          const { speakText } = await window.lib.tts();
          return (await speakText("Good morning.", false)).firstMessageMs;
        }),
      );
      await fresh.close();
    }
    const milliseconds = await page.evaluate(async (texts) => {
      const { speakText } = await window.lib.tts();
      await speakText("Warm.", false);
      const found: number[] = [];
      for (const text of [...texts, ...texts]) found.push((await speakText(text, false)).firstMessageMs);
      return found;
    }, texts);
    const rows = Object.entries({
      "the first turn of a page, without prepare()": cold,
      "later turns": milliseconds,
    }).map(([turns, found]) => {
      found.sort((a, b) => a - b);
      return { turns, count: found.length, median: found[found.length >> 1] ?? Number.NaN, worst: Math.max(...found) };
    });
    report.table({ key: "tts", title: "From the synthesiser's first chunk to the first message: milliseconds", rows });
    for (const { turns, worst } of rows)
      report.demand({
        name: `${turns}: the first message within 100 ms of the first chunk`,
        measured: `${worst.toFixed(1)} ms at worst`,
        met: worst <= 100,
      });
  } finally {
    await close();
  }
}
