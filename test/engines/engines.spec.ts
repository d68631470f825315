import { copyFileSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { expect, test } from "@playwright/test";
import { build } from "esbuild";
import { type Decoded, files } from "../browser/harness/compressed.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { type StaticServer, serve } from "../support/static-server.js";
import { fitTone, toneFile } from "../support/tone.js";
import { writeMonoWav } from "../support/wav-file.js";
import { engines, missingPulseAudio } from "./engine.js";
import type { EnginePage } from "./engine-page.js";
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
  "mediaStream, stereo": 70,
  mediaElement: 60,
  audioFile: 70,
  microphone: 70,
  "microphone, our context": 70,
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
  cpSync("test/fixtures/compressed", join(folder, "compressed"), { recursive: true });
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
        const unplug = way.startsWith("microphone")
          ? await pulse!.plug("cable", toneFile(1000, 0.5, 48_000))
          : undefined;
        try {
          const shown: string[] = [];
          // Our own context is at the device's rate.
          for (const rate of way.includes("our") ? [48_000] : rates) {
            const fit = fitOf(way, await measure(way, rate));
            shown.push(`${fit.snrDb.toFixed(1)} dB`);
            cell(way, shown.join(", "));
            const levelDb = 20 * Math.log10(fit.amplitude / 0.5);
            if (name === "WebKit" && way.endsWith("stereo")) {
              // Its two channels run apart, and the mix of a tone and the same tone later has any level: see docs/hosting.md.
              console.log(`${way}, ${rate} Hz: level ${levelDb.toFixed(1)} dB, NOT CHECKED`);
              expect(fit.snrDb - levelDb).toBeGreaterThan(floorDb);
              continue;
            }
            // WebKitGTK gives every microphone in two channels.
            const rough = drifts(name, way, rate) || (name === "WebKit" && way.startsWith("microphone"));
            expect(fit.amplitude).toBeCloseTo(0.5, rough ? 1 : 2);
            expect(fit.snrDb).toBeGreaterThan(drifts(name, way, rate) ? 10 : floorDb);
          }
        } finally {
          await unplug?.();
        }
      });

    test("utterances: each is one burst of the microphone's, with what was before it", async () => {
      test.skip(!pulse, missingPulseAudio());
      const unplug = await pulse!.plug("bursts", burstFile());
      try {
        const shown: string[] = [];
        for (const rate of rates) {
          const measured = await measure("utterances", rate);
          const { amplitude, snrDb } = fitOf("utterances", measured);
          const { before, burst, after } = partsOf(measured.pcm ?? []);
          console.log(
            `${name}: utterances at ${rate} Hz: ${before.toFixed(3)} s before, ${burst.toFixed(3)} s, ${after.toFixed(3)} s after`,
          );
          shown.push(`${snrDb.toFixed(1)} dB`);
          cell("utterances", shown.join(", "));
          expect(amplitude).toBeCloseTo(0.5, drifts(name, "microphone", rate) || name === "WebKit" ? 1 : 2);
          expect(snrDb).toBeGreaterThan(drifts(name, "microphone", rate) ? 3 : 70);
          // The pre-roll is 0.3 s, of which the gate's window takes some.
          expect(before).toBeGreaterThan(0.28);
          expect(before).toBeLessThan(0.4);
          expect(Math.abs(burst - burstSeconds)).toBeLessThan(0.05);
          // The gate waits 0.7 s for more.
          expect(after).toBeGreaterThan(0.6);
          expect(after).toBeLessThan(1.1);
        }
      } finally {
        await unplug();
      }
    });

    for (const file of Object.keys(files))
      test(`${file}: what the engine's decoder gives, or an error that says so`, async () => {
        const url = `${site.url}/compressed/${file}`;
        const run = `return JSON.stringify(await window.decodeCompressed(${JSON.stringify(file)}, ${JSON.stringify(url)}));`;
        const { decodes, decoderFrames, errors, differing, decoderLsb, originalLsb, originalDb } = JSON.parse(
          String(await page.run(run)),
        ) as Decoded;
        if (!decodes) {
          const codes = [...new Set(Object.values(errors).map(({ code }) => code))];
          cell(file, codes.join(", "));
          expect(Object.keys(errors)).toHaveLength(5);
          for (const { code, remedy } of Object.values(errors)) {
            expect(["unsupported", "not-audio"]).toContain(code);
            expect(remedy).toContain("WAV");
          }
          return;
        }
        const { frames } = files[file];
        // What JSON has no word for: other samples, because WebKit's decoder leaves out the last frame of an Ogg FLAC.
        const short = frames ? frames - decoderFrames : 0;
        const original =
          frames === undefined
            ? `${originalDb?.toFixed(0)} dB`
            : short === 0
              ? `${originalLsb?.toFixed(2)} LSB`
              : `${short} frame fewer`;
        cell(file, `${decoderLsb.toFixed(2)} LSB; ${original}`);
        expect(errors).toEqual({});
        expect(differing).toEqual([]);
        expect(decoderLsb).toBeLessThanOrEqual(0.51);
        expect(Math.abs(short)).toBeLessThanOrEqual(name === "WebKit" ? 1 : 0);
        // Decoders scale 16 bits by 1/32768 or 1/32767: 0.016 LSB at the height of this noise.
        if (frames === undefined) expect(originalDb).toBeGreaterThan(20);
        else if (short === 0) expect(originalLsb).toBeLessThanOrEqual(0.52);
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
const streamed = [
  "mediaStream",
  "mediaStream, stereo",
  "mediaElement",
  "microphone",
  "microphone, our context",
  "utterances",
];

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

const burstSeconds = 0.8;

/** A tone of 1 kHz at half of full scale for 0.8 s of each 2.4 s; else silence. */
function burstFile(): string {
  const rate = 48_000;
  const pcm = Int16Array.from({ length: 2.4 * rate }, (_, n) =>
    n < burstSeconds * rate ? Math.round(16_384 * Math.sin((2 * Math.PI * 1000 * n) / rate)) : 0,
  );
  return writeMonoWav(join(folder, "bursts.wav"), pcm, rate);
}

/** Seconds of an utterance before its first loud sample, from there to the last, and after it. */
function partsOf(pcm: readonly number[]): { before: number; burst: number; after: number } {
  const loud = (sample: number): boolean => Math.abs(sample) > 1000;
  const first = pcm.findIndex(loud);
  const last = pcm.findLastIndex(loud);
  return { before: first / 24_000, burst: (last - first) / 24_000, after: (pcm.length - last) / 24_000 };
}

function noiseFile(): string {
  const random = pseudoRandom(48);
  const pcm = Int16Array.from({ length: 20 * 48_000 }, () => Math.floor((random() - 0.5) * 32_768) || 1);
  return writeMonoWav(join(folder, "noise.wav"), pcm, 48_000);
}
