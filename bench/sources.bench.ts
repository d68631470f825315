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

/** Needs `npm run build` before. */
export async function run(report: Report): Promise<void> {
  const { page, close } = await openHarness();
  try {
    // The first turn loads the synthesiser and the encoder.
    const milliseconds = await page.evaluate(async (texts) => {
      const { speakText } = await window.lib.tts();
      await speakText("Warm.", false);
      const found: number[] = [];
      for (const text of [...texts, ...texts]) found.push((await speakText(text, false)).firstMessageMs);
      return found;
    }, texts);
    milliseconds.sort((a, b) => a - b);
    const at = (part: number): number => milliseconds[Math.round(part * (milliseconds.length - 1))] ?? Number.NaN;
    report.table({
      key: "tts",
      title: `From the synthesiser's first chunk to the first message, ${milliseconds.length} turns: milliseconds`,
      rows: [{ median: at(0.5), worst: at(1) }],
    });
    report.demand({
      name: "the first message within 100 ms of the first chunk",
      measured: `${at(1).toFixed(1)} ms at worst`,
      met: at(1) <= 100,
    });
  } finally {
    await close();
  }
}
