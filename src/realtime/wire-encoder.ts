import { createEncoder } from "../encoder/index.js";
import { loadWasm } from "../encoder/wasm.js";
import { toAlaw, toMulaw } from "./g711.js";
import type { VoiceFormat } from "./protocol.js";

/** Samples to bytes in a provider's input format. */
export interface WireEncoder {
  /** Bytes of `chunk`, which is only read. With G.711 they lag behind by the filter's few milliseconds. */
  encode(chunk: Int16Array): Uint8Array;
  /** Releases what was allocated. */
  close(): void;
}

/** G.711 is at this rate everywhere. */
const telephoneRate = 8000;

/** The encoder for `format`, from mono samples at `sampleRate`, which is PCM's own rate. `wasm` gives the encoder's bytes to G.711. */
export async function toWire(
  format: VoiceFormat,
  sampleRate: number,
  wasm: () => Promise<BufferSource> = loadWasm,
): Promise<WireEncoder> {
  if (format === "pcm") return { encode: bytesOf, close: () => {} };
  const compress = format === "mulaw" ? toMulaw : toAlaw;
  const rates = { inputRate: sampleRate, outputRate: telephoneRate };
  const encoder = await createEncoder({ ...rates, channels: 1, wasm: await wasm() });
  const longest = 4096;
  return {
    encode: (chunk) => {
      const codes: number[] = [];
      for (let at = 0; at < chunk.length; at += longest) {
        const block = Float32Array.from(chunk.subarray(at, at + longest), (sample) => sample / 0x8000);
        for (const sample of encoder.encode(block)) codes.push(compress(sample));
      }
      return Uint8Array.from(codes);
    },
    close: () => encoder.close(),
  };
}

/** s16le, whatever the machine's own byte order. */
function bytesOf(chunk: Int16Array): Uint8Array {
  const bytes = new Uint8Array(chunk.length * 2);
  const view = new DataView(bytes.buffer);
  for (const [n, sample] of chunk.entries()) view.setInt16(2 * n, sample, true);
  return bytes;
}
