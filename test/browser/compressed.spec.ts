import { expect, test } from "@playwright/test";
import { type StaticServer, serve } from "../support/static-server.js";
import { files } from "./harness/compressed.js";

let site: StaticServer;

// Another origin than the page's, as speech services are.
test.beforeAll(async () => {
  site = await serve("test/fixtures/compressed", { "access-control-allow-origin": "*" });
});
test.afterAll(() => site.close());

test.beforeEach(async ({ page }) => {
  await page.goto("/");
  await page.waitForFunction(() => window.lib);
});

for (const name of Object.keys(files))
  test(`${name} is what the browser's decoder gives at its own rate, through the filter`, async ({ page }) => {
    const { decodes, errors, differing, decoderLsb, originalLsb, originalDb } = await page.evaluate(
      ({ name, url }) => window.lib.compressed.decodeCompressed(name, url),
      { name, url: `${site.url}/${name}` },
    );
    if (!decodes) {
      // A Chromium without licensed codecs.
      console.log(`NOT DECODED BY THIS CHROMIUM: ${name}; tested that the error says so`);
      expect(Object.keys(errors)).toHaveLength(5);
      for (const error of Object.values(errors))
        expect(error).toMatchObject({ code: "unsupported", remedy: expect.stringContaining("WAV") });
      return;
    }
    const original = originalLsb === undefined ? `${originalDb?.toFixed(1)} dB` : `${originalLsb.toFixed(3)} LSB`;
    console.log(
      `${name}: ${decoderLsb.toFixed(3)} LSB from the decoder's own samples, ${original} from the original's`,
    );
    expect(errors).toEqual({});
    expect(differing).toEqual([]);
    expect(decoderLsb).toBeLessThanOrEqual(0.51);
    // Chromium's decoder scales what is above 0 by 1/32767: 0.016 LSB at the height of this noise.
    if (originalLsb !== undefined) expect(originalLsb).toBeLessThanOrEqual(0.52);
    else expect(originalDb).toBeGreaterThan(20);
  });

test("a damaged file of any form is not-audio, and one without a decoder unsupported; both name the remedy", async ({
  page,
}) => {
  for (const name of [
    "noise-44100.flac",
    "tones-44100.mp3",
    "tones-22050.ogg",
    "tones-44100.m4a",
    "tones-48000.webm",
  ]) {
    const failures = await page.evaluate(({ name, url }) => window.lib.compressed.refuse(name, url), {
      name,
      url: `${site.url}/${name}`,
    });
    const [damaged, blob, lacking] = failures;
    for (const failure of [damaged, blob])
      expect(failure).toMatchObject({ name: "EchoError", code: "not-audio", remedy: expect.stringContaining("whole") });
    expect(lacking).toMatchObject({ name: "EchoError", code: "unsupported", remedy: expect.stringContaining("WAV") });
    expect(lacking.message).toContain("no decoder");
  }
});
