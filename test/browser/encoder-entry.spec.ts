import { expect, type Page, test } from "@playwright/test";
import * as encoder from "tavus-echo/encoder";
import { type EncoderFinding, type EncoderJob, jobInput, MOST, runEncoderJob } from "../support/encoder-job.js";
import { referenceSample } from "../support/reference-filter.js";

test.beforeEach(async ({ page }) => {
  await page.goto("/");
  await page.waitForFunction(() => window.lib);
});

const inPage = (page: Page, job: EncoderJob): Promise<EncoderFinding> =>
  page.evaluate((job) => window.lib.runEncoderJob(window.lib.encoder, job), job);

const inWorker = (page: Page, job: EncoderJob): Promise<EncoderFinding> =>
  page.evaluate(
    (job) =>
      new Promise<EncoderFinding>((resolve, reject) => {
        const worker = new Worker("/encoder-worker.ts", { type: "module" });
        worker.onerror = ({ message }) => reject(new Error(`worker: ${message}`));
        worker.onmessage = ({ data }: MessageEvent<{ found: EncoderFinding } | { failed: string }>) => {
          worker.terminate();
          if ("found" in data) resolve(data.found);
          else reject(new Error(data.failed));
        };
        worker.postMessage(job);
      }),
    job,
  );

const places = { "a page": inPage, "a module worker": inWorker };

const differing = (a: readonly number[], b: readonly number[]): number =>
  a.filter((sample, k) => sample !== b[k]).length + Math.abs(a.length - b.length);

for (const [inputRate, outputRate, seed] of [
  [48_000, 24_000, 20_261_121],
  [44_100, 16_000, 20_261_122],
])
  for (const [place, run] of Object.entries(places))
    test(`${inputRate} to ${outputRate} Hz in ${place}: sample for sample what Node makes, whatever is refused between`, async ({
      page,
    }) => {
      console.log(`seed ${seed}`);
      const job = { inputRate, outputRate, frames: 2 * inputRate + 17, seed, badCalls: false };
      const inNode = await runEncoderJob(encoder, job);
      const found = await run(page, job);
      const disturbed = await run(page, { ...job, badCalls: true });

      const { frames } = job;
      expect(found.pcm).toHaveLength(Math.floor((2 * frames * outputRate + inputRate) / (2 * inputRate)));
      expect(differing(found.pcm, inNode.pcm)).toBe(0);
      expect(differing(disturbed.pcm, inNode.pcm)).toBe(0);
      expect(found.latencySeconds).toBe(inNode.latencySeconds);
      expect(found.refusals).toEqual([]);

      // And it is the documented filter, at 2000 places and both ends.
      const input = jobInput(job);
      const last = found.pcm.length - 1;
      let worst = 0;
      for (let i = 0; i <= 2000; i++) {
        const k = Math.round((i * last) / 2000);
        const exact = 32_768 * referenceSample(input, 0, frames, k, inputRate, outputRate);
        worst = Math.max(worst, Math.abs(found.pcm[k] - Math.max(-32_768, Math.min(32_767, exact))));
      }
      console.log(`largest distance from the formula in double precision: ${worst.toFixed(4)} LSB`);
      expect(worst).toBeLessThan(0.52);

      expect(disturbed.refusals.filter(({ name }) => name !== "RangeError")).toEqual([]);
      const messages = new Map(disturbed.refusals.map(({ what, message }) => [what, message]));
      expect(messages.size).toBe(4 + 6 + 3 + 2 + 6);
      expect(disturbed.refusals.length).toBeGreaterThan(400);
      for (const [what, message] of messages) expect(message, what).toMatch(refusal(what));
    });

/** What the message must say: the option and its range. */
function refusal(what: string): RegExp {
  if (what === "block too long")
    return new RegExp(`planes .* 0 to ${MOST} frames \\(maxBlockFrames\\), not ${MOST + 1}`);
  if (what === "three planes of two channels") return /planes must be 1 or 2 \(channels\), not 3/;
  if (what === "no planes") return /planes must be 1 or 2 \(channels\), not 0/;
  if (what === "planes of two lengths") return /planes must all have 10 frames .*, not 11/;
  const [option, value] = what.split(" ");
  const range = { channels: "1 to 8", maxBlockFrames: "1 to 4096" }[option] ?? "8000 to 192000";
  return new RegExp(`${option} must be .*${range}, not ${value.replace(".", "\\.")}\\.$`);
}
