import { expect, test } from "@playwright/test";
import { referenceSample } from "../support/reference-filter.js";

test("real TTS: the first message leaves on the first chunk; every word is the synthesiser's own, resampled", async ({
  page,
}) => {
  await page.goto("/");
  await page.waitForFunction(() => window.lib);
  const result = await page.evaluate(async () => {
    const { speakText } = await window.lib.tts();
    return await speakText("She had your dark suit in greasy wash water all year.", true);
  });
  const { made, heard, chunks, chunksBefore, firstMessageMs } = result;
  console.log(
    `${chunks} chunks of ${(made.length / 22_050).toFixed(2)} s; the first message left ${firstMessageMs.toFixed(1)} ms after the first`,
  );
  expect(result.outcome).toBe("spoken");
  expect(chunks).toBeGreaterThan(10);
  // The time bound without a wall clock: nothing but the first chunk is needed, and no timer is waited for.
  expect(chunksBefore).toBe(1);
  expect(result.virtualSeconds).toBe(0);
  expect(heard).toHaveLength(Math.floor((made.length * 24_000) / 22_050 + 0.5));
  let peak = 0;
  for (let k = 0; k < heard.length; k++) {
    const want = referenceSample(made, 0, made.length, k, 22_050, 24_000);
    peak = Math.max(peak, Math.abs(heard[k] - Math.max(-32_768, Math.min(32_767, want))));
  }
  console.log(`${heard.length} samples heard, ${peak.toFixed(3)} LSB at most from the documented filter`);
  expect(peak).toBeLessThanOrEqual(0.51);
});
