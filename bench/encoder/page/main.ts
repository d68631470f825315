// The bench's page: what runs in a browser, as functions for the suite to call.
import { browserResamplers } from "../browser-resamplers.js";
import { measureQuality, type Quality } from "../quality.js";
import { measurePeak, measureSpeed, type Speed } from "../speed.js";
import { type OfflineSetup, openRealTime, renderOffline } from "./audio-thread.js";

const bytes = async (url: string): Promise<ArrayBuffer> => (await fetch(url)).arrayBuffer();
const files = {
  encoder: await bytes("/build/encoder.wasm"),
  speexSimd: await bytes("/node_modules/@echogarden/speex-resampler-wasm/wasm/speex-resampler-simd.wasm"),
};

const bench = {
  speed: (ratePairs: readonly (readonly [number, number])[], rounds: number): Promise<Speed[]> =>
    measureSpeed(files, ratePairs, rounds),
  peak: async () => measurePeak(await bytes("/.cache/bench/peak.wasm")),
  /** The browser's own resamplers, one after the other. */
  async quality(inputRate: number, outputRate: number, tones: number): Promise<Quality[]> {
    const found: Quality[] = [];
    for (const renderer of browserResamplers) found.push(await measureQuality(renderer, inputRate, outputRate, tones));
    return found;
  },
  renderOffline: (setup: OfflineSetup) => renderOffline(files.encoder, setup),
  /** Starts captures; the answer closes them. */
  openRealTime: (streams: number) => openRealTime(files.encoder, streams),
};

declare global {
  interface Window {
    bench: typeof bench;
  }
}

window.bench = bench;
