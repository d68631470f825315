import { countPage, liveKinds, makeTurns } from "../test/support/live-turns.js";
import { openHarness } from "./browser.js";
import type { Report, Row, Wishes } from "./suite.js";

/** Printed above the suite's tables. */
export const title = "10,000 turns of each live source in one page, and what they leave behind";

/** Turns between two counts, and how many times; the first counts are those of a page that is warm. */
const batch = 1000;
const batches = 10;
/** What may be more at the end than after the first 1,000: what is about to go. */
const slack = 50;

/** Needs `npm run build` before. `--seconds` cuts the number of turns to ten for each. */
export async function run(report: Report, { seconds }: Wishes): Promise<void> {
  const turns = seconds === undefined ? batch : seconds;
  for (const kind of liveKinds) {
    const { page, close } = await openHarness();
    try {
      const cdp = await page.context().newCDPSession(page);
      const rows: Row[] = [];
      for (let n = 1; n <= batches; n++) {
        const began = performance.now();
        await makeTurns(page, kind, turns);
        const perTurn = (performance.now() - began) / turns;
        rows.push({ turns: n * turns, ...(await countPage(page, cdp)), "ms per turn": perTurn });
        report.log(`${kind}: ${JSON.stringify(rows.at(-1))}`);
      }
      report.table({ key: kind, title: kind, rows });
      for (const what of ["handlers", "processors", "nodes", "listeners", "entries", "objects"]) {
        const first = Number(rows[0]?.[what]);
        const last = Number(rows.at(-1)?.[what]);
        // Processors wait for the audio thread's own collector, which comes every few hundred turns.
        const most = what === "processors" ? 1000 : slack;
        report.demand({
          name: `${kind}: ${what} flat from turn ${turns} to ${batches * turns}`,
          measured: `${first} to ${last}`,
          met: last - first <= most,
        });
      }
    } finally {
      await close();
    }
  }
}
