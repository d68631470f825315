import { PcmEncoder } from "../../worklet/encoder.js";
import type { Block } from "../decode/byte-decoder.js";
import { isMonoInt16, type PcmFormat } from "../decode/sample-format.js";
import { MAX_RATE, MIN_RATE, planEncoder } from "../encoder/plan.js";
import { loadWasm } from "../encoder/wasm.js";
import { EchoError } from "../errors.js";
import { withinLoadLimit } from "../flow/load-limit.js";
import type { AudioSetup } from "./source.js";

/** Frames that are encoded in one piece: about 0.1 s, so that nothing is computed that is not wanted soon. */
const sliceFrames = 4096;

/**
 * Begins to load and design what blocks of `format`, whose rate can be encoded, will need, while the first of them is on its
 * way. What fails is told when it is needed.
 */
export function expectBlocks(format: PcmFormat, sampleRate: number, audio: AudioSetup | undefined): void {
  if (isMonoInt16(format) && format.sampleRate === sampleRate) return;
  loadWasm(audio?.wasmUrl, audio?.loadTimeoutSeconds).catch(() => undefined);
  planEncoder(format.sampleRate, sampleRate);
}

/**
 * Blocks of any rate as mono 16-bit chunks at `sampleRate`, through the encoder that the audio thread uses. What is that
 * already is passed on untouched. When `blocks` throws, what was taken in before is delivered first.
 */
export async function* encodeBlocks(
  blocks: AsyncIterable<Block>,
  sampleRate: number,
  audio: AudioSetup | undefined,
): AsyncGenerator<Int16Array> {
  let encoder: PcmEncoder | undefined;
  let rate = 0;
  let failure: { error: unknown } | undefined;
  const iterator = blocks[Symbol.asyncIterator]();
  try {
    for (;;) {
      let block: Block | undefined;
      try {
        const next = await iterator.next();
        if (!next.done) {
          checkRate(next.value.sampleRate);
          block = next.value;
        }
      } catch (error) {
        failure = { error };
      }
      const passed = block && "pcm" in block && block.sampleRate === sampleRate;
      if (encoder && (!block || passed)) {
        yield encoder.flush().slice();
        encoder = undefined;
      }
      if (failure) throw failure.error;
      if (!block) return;
      if (passed && "pcm" in block) {
        yield block.pcm;
        continue;
      }
      if (!encoder || block.sampleRate !== rate) {
        // At another rate the filter goes on from the old input, so that the seam neither clicks nor loses a sample.
        const plan = encoder
          ? (await continueModule(audio)).continueEncoder(block.sampleRate, encoder.tail())
          : planEncoder(block.sampleRate, sampleRate);
        rate = block.sampleRate;
        const wasm = await loadWasm(audio?.wasmUrl, audio?.loadTimeoutSeconds);
        encoder = new PcmEncoder(wasm, plan, { maxBlockFrames: sliceFrames });
      }
      const planes = "pcm" in block ? [Float32Array.from(block.pcm, (sample) => sample / 0x8000)] : block.planes;
      const frames = planes[0]?.length ?? 0;
      for (let at = 0; at < frames; at += sliceFrames)
        yield encoder.encode(planes.map((plane) => plane.subarray(at, at + sliceFrames))).slice();
    }
  } finally {
    await iterator.return?.();
  }
}

const continueModule = (audio: AudioSetup | undefined) =>
  withinLoadLimit("continue.js", audio?.loadTimeoutSeconds, () => import("../encoder/continue.js"));

function checkRate(sampleRate: number): void {
  if (!Number.isInteger(sampleRate) || sampleRate < MIN_RATE || sampleRate > MAX_RATE)
    throw new EchoError(
      "not-audio",
      `The input is at ${sampleRate} Hz; whole numbers from ${MIN_RATE} to ${MAX_RATE} Hz can be encoded.`,
      { remedy: "Resample it first, or ask the service for such a rate." },
    );
}
