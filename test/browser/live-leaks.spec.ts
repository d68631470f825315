import { expect, test } from "@playwright/test";
import { countPage, liveKinds, makeTurns, type PageCounts } from "../support/live-turns.js";
import { openHarness } from "../support/open-harness.js";

// 10,000 turns of each: npm run bench -- leaks.
for (const kind of liveKinds)
  test(`${kind}: turns leave no node, processor, listener, entry or object behind`, async ({ page }) => {
    await openHarness(page);
    const cdp = await page.context().newCDPSession(page);
    const counts: PageCounts[] = [];
    for (const turns of [20, 40, 40]) {
      await makeTurns(page, kind, turns);
      counts.push(await countPage(page, cdp));
    }
    const [first, , last] = counts as [PageCounts, PageCounts, PageCounts];
    console.log(`${kind}: ${counts.map((each) => JSON.stringify(each)).join(" ")}`);
    // A few contexts may be about to go; 80 turns that left something would be 80.
    expect(last.listeners - first.listeners).toBeLessThan(20);
    expect(last.objects - first.objects).toBeLessThan(20);
    expect(last.nodes - first.nodes).toBeLessThan(20);
    expect(last.entries).toBe(0);
    // Chromium keeps a node of each stream that a context has taken: see src/capture/stream-input.ts.
    const streams = ["mediaStream", "mediaElement"].includes(kind) ? 80 : 0;
    expect(last.handlers - first.handlers).toBeLessThan(20 + streams);
    // Processors are the audio thread's, which collects its garbage when it wants to: counted by the bench.
  });
