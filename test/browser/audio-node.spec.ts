import { expect, test } from "@playwright/test";

test.beforeEach(async ({ page }) => {
  await page.goto("/");
  await page.waitForFunction(() => window.lib);
});

test("an OfflineAudioContext at any rate: exactly the documented filter of what went in", async ({ page }) => {
  for (const rate of [8000, 16_000, 22_050, 44_100, 48_000, 96_000]) {
    const result = await page.evaluate(async (rate) => {
      const { echo, probe } = window.lib;
      // Not a multiple of the render quantum.
      const length = 2 * rate + 17;
      const context = new OfflineAudioContext(1, length, rate);
      const sent = probe.halfNoise(length, rate);
      const buffer = new AudioBuffer({ length, sampleRate: rate });
      buffer.getChannelData(0).set(sent);
      const node = new AudioBufferSourceNode(context, { buffer });
      const opened = await probe.openSource(echo.audioNode(node));
      node.start();
      const rendered = await context.startRendering();
      const { pcm, error } = await opened.result;
      return {
        error,
        samples: pcm.length,
        expected: Math.floor((length * 24_000) / rate + 0.5),
        peak: probe.peakError(pcm, probe.reference(sent, rate, 24_000)),
        audible: rendered.getChannelData(0).some((sample) => sample !== 0),
      };
    }, rate);
    console.log(
      `audioNode, offline at ${rate} Hz: ${result.samples} samples, peak error ${result.peak.toFixed(3)} LSB`,
    );
    expect(result.error).toBeUndefined();
    expect(result.samples).toBe(result.expected);
    expect(result.peak).toBeLessThanOrEqual(1);
    // The node was connected to nothing else: what the capture adds to the destination is silence.
    expect(result.audible).toBe(false);
  }
});

for (const rate of [24_000, 44_100, 48_000])
  test(`the render quantum changes nothing at ${rate} Hz`, async ({ page }) => {
    const result = await page.evaluate(async (rate) => {
      const { echo, probe } = window.lib;
      const length = 2 * rate + 5;
      const sent = probe.noise(length, 7);
      const render = async (renderSizeHint: number | undefined) => {
        const options = { length, sampleRate: rate, numberOfChannels: 1, ...(renderSizeHint && { renderSizeHint }) };
        const context = new OfflineAudioContext(options);
        const node = new AudioBufferSourceNode(context, { buffer: probe.bufferOf(sent, rate) });
        const opened = await probe.openSource(echo.audioNode(node));
        node.start();
        await context.startRendering();
        const { pcm, error } = await opened.result;
        return { pcm, error, quantum: (context as unknown as { renderQuantumSize?: number }).renderQuantumSize };
      };
      const plain = await render(undefined);
      const others = [];
      for (const hint of [64, 256, 480, 1024]) {
        const { pcm, error, quantum } = await render(hint);
        others.push({
          hint,
          quantum,
          error,
          same: pcm.length === plain.pcm.length && pcm.every((s, n) => s === plain.pcm[n]),
        });
      }
      return { samples: plain.pcm.length, expected: Math.floor((length * 24_000) / rate + 0.5), others };
    }, rate);
    console.log(`render quanta at ${rate} Hz: ${JSON.stringify(result.others)}`);
    expect(result.samples).toBe(result.expected);
    for (const other of result.others) expect(other).toMatchObject({ same: true });
  });
