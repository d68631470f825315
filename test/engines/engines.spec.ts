import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "@playwright/test";
import { build } from "esbuild";
import { pseudoRandom } from "../support/pseudo-random.js";
import { type StaticServer, serve } from "../support/static-server.js";
import { fitTone, toneFile } from "../support/tone.js";
import { writeWav } from "../support/wav-writer.js";
import { type EnginePage, engines, missingPulseAudio } from "./engine.js";
import type { Measured } from "./page/measure.js";
import type { Unplugged } from "./page/unplugged.js";
import { PulseAudio } from "./pulse-audio.js";

const rates = [44_100, 48_000];
/** Ways of sound that need no device, and the deviation in LSB from the documented filter that each may have. */
const exact: Record<string, number> = {
  encoder: 1,
  "audioNode, offline": 1,
  "pcm f32le": 1,
  "pcm s16le as it is": 0,
};
/** Ways that run in real time: SNR in dB of a tone of 1 kHz at half of full scale that each must reach. */
const live: Record<string, number> = {
  "audioNode, live": 70,
  mediaStream: 70,
  mediaElement: 60,
  audioFile: 70,
  microphone: 70,
};
/** Firefox moves a microphone of 48 kHz into a context of 44.1 kHz with a resampler that follows the drift of two clocks. */
const drifts = (engine: string, way: string, rate: number): boolean =>
  engine === "Firefox" && way === "microphone" && rate === 44_100;

test.describe.configure({ mode: "default", timeout: 60_000 });

const folder = ".cache/engines";
/** In a file: after a failure another process goes on. */
const tableFile = join(folder, "table.json");
const readTable = (): Record<string, Record<string, string>> =>
  existsSync(tableFile) ? JSON.parse(readFileSync(tableFile, "utf8")) : {};
let site: StaticServer;
let pulse: PulseAudio | undefined;

test.beforeAll(async () => {
  mkdirSync(folder, { recursive: true });
  const dist = (name: string) => resolve("dist", `${name}.js`);
  await build({
    entryPoints: ["test/engines/page/measure.ts"],
    bundle: true,
    format: "esm",
    outfile: join(folder, "measure.js"),
    alias: {
      "tavus-echo/encoder": dist("encoder"),
      "tavus-echo/fake-room": dist("fake-room"),
      "tavus-echo": dist("index"),
    },
    tsconfigRaw: {},
  });
  for (const file of ["worklet.js", "encoder.wasm"]) copyFileSync(join("dist", file), join(folder, file));
  const body =
    '<!doctype html><meta charset="utf-8"><link rel="icon" href="data:,"><script type="module" src="measure.js"></script>';
  writeFileSync(join(folder, "index.html"), body);
  site = await serve(folder);
  const missing = missingPulseAudio();
  if (missing) console.log(`NOT TESTED: what needs a sound device: ${missing}`);
  else pulse = await PulseAudio.start();
});

test.afterAll(async () => {
  await site?.close();
  await pulse?.close();
  console.log(
    "\nWhat arrived, by engine; context at 44.1 kHz, at 48 kHz. LSB: peak deviation from the documented filter.",
  );
  console.table(readTable());
});

for (const [name, engine] of Object.entries(engines))
  test.describe(name, () => {
    let page: EnginePage;
    const cell = (way: string, text: string): void => {
      const table = readTable();
      writeFileSync(tableFile, JSON.stringify({ ...table, [way]: { ...table[way], [name]: text } }));
    };

    test.beforeAll(async () => {
      const missing = engine.missing();
      if (missing) return console.log(`NOT TESTED: ${name}: ${missing}`);
      page = await engine.open(pulse?.env ?? {});
      console.log(`${name}: ${page.version}`);
    });
    test.afterAll(() => page?.close());
    test.beforeEach(async () => {
      test.skip(!!engine.missing(), engine.missing());
      await page.goto(`${site.url}/index.html`);
      await page.run("while (!window.measure) await new Promise((resolve) => setTimeout(resolve, 10));");
    });
    const measure = async (way: string, rate: number): Promise<Measured> =>
      JSON.parse(
        String(await page.run(`return JSON.stringify(await window.measure(${JSON.stringify(way)}, ${rate}));`)),
      );

    for (const [way, limit] of Object.entries(exact))
      test(`${way}: sample by sample`, async () => {
        const results = [];
        for (const rate of rates) results.push(await measure(way, rate));
        cell(way, results.map(({ peakLsb }) => `${(peakLsb ?? Number.NaN).toFixed(2)} LSB`).join(", "));
        for (const { samples, expected, peakLsb } of results) {
          expect(samples).toBe(expected);
          expect(peakLsb).toBeLessThanOrEqual(limit);
        }
      });

    for (const [way, floorDb] of Object.entries(live))
      test(`${way}: in dB`, async () => {
        test.skip(!pulse, missingPulseAudio());
        const unplug = way === "microphone" ? await pulse!.plug("cable", toneFile(1000, 0.5, 48_000)) : undefined;
        try {
          const shown: string[] = [];
          for (const rate of rates) {
            const fit = fitOf(way, await measure(way, rate));
            shown.push(`${fit.snrDb.toFixed(1)} dB`);
            cell(way, shown.join(", "));
            expect(fit.amplitude).toBeCloseTo(0.5, drifts(name, way, rate) ? 1 : 2);
            expect(fit.snrDb).toBeGreaterThan(drifts(name, way, rate) ? 10 : floorDb);
          }
        } finally {
          await unplug?.();
        }
      });

    test("a microphone that is unplugged in the middle of a turn", async () => {
      test.skip(!pulse, missingPulseAudio());
      test.skip(name === "WebKit", "WebKitGTK never tells a page that its device is gone");
      const unplug = await pulse!.plug("headset", noiseFile());
      await page.run("window.result = window.unplugged(); window.result.catch(() => undefined);");
      await page.run('while (document.title !== "heard") await new Promise((resolve) => setTimeout(resolve, 20));');
      await page.run("await new Promise((resolve) => setTimeout(resolve, 1500));");
      await unplug();
      const result = JSON.parse(String(await page.run("return JSON.stringify(await window.result);"))) as Unplugged;
      console.log(`${name}: unplugged: ${JSON.stringify(result)}`);
      cell("microphone, unplugged", result.snrDb > 200 ? "every sample" : `${result.snrDb.toFixed(1)} dB`);
      // Either says so: the turn's failure, or the warning of the device that it goes on with.
      if (result.outcome.type === "failed") expect(result.outcome.code).toBe("microphone-lost");
      else expect(result.warnings).toContain("microphone-switched");
      expect(result.capturedSeconds).toBeGreaterThan(1);
      expect(result.snrDb).toBeGreaterThan(60);
      expect(result.lastDb).toBeGreaterThan(60);
    });
  });

/** Ways that the engine's own media pipeline feeds in real time. */
const streamed = ["mediaStream", "mediaElement", "microphone"];

/**
 * Of a live node and a file the worst tenth of a second: nothing may be lost. (Not one fit over all: Firefox's oscillator drifts.) Of
 * a microphone, an element and a stream the best fifth: devices and pipelines themselves skip, because nothing here has
 * real-time priority, and Firefox corrects the drift of their clocks.
 */
function fitOf(way: string, { pcm = [] }: Measured): { amplitude: number; snrDb: number } {
  const length = streamed.includes(way) ? 1200 : 2400;
  const fits = Array.from({ length: Math.floor(pcm.length / length) - 2 }, (_, n) =>
    fitTone(pcm.slice((n + 1) * length, (n + 2) * length), 24_000, 1000),
  )
    .filter(({ amplitude }) => amplitude > 0)
    .sort((a, b) => b.snrDb - a.snrDb);
  return fits[streamed.includes(way) ? Math.floor(fits.length / 5) : fits.length - 1] ?? { amplitude: 0, snrDb: 0 };
}

function noiseFile(): string {
  const random = pseudoRandom(48);
  const pcm = Int16Array.from({ length: 20 * 48_000 }, () => Math.floor((random() - 0.5) * 32_768) || 1);
  const file = resolve(folder, "noise.wav");
  writeFileSync(file, writeWav(new Uint8Array(pcm.buffer), { encoding: "s16le", sampleRate: 48_000, channels: 1 }));
  return file;
}
