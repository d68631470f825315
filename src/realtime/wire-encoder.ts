import { createEncoder } from "../encoder/index.js";
import { loadWasm } from "../encoder/wasm.js";
import { toAlaw, toMulaw } from "./g711.js";
import type { WireFormat } from "./voice-session.js";

/** Samples to bytes in a provider's input format. */
export interface WireEncoder {
  /** Bytes of `chunk`, which is only read. At another rate they lag behind by the filter's few milliseconds. */
  encode(chunk: Int16Array): Uint8Array;
  /** Releases what was allocated. */
  close(): void;
}

/**
 * The encoder for `format`, from mono samples at `sampleRate`.
 * @param wasm - Gives the encoder's bytes where the rates differ.
 */
export async function toWire(
  format: WireFormat,
  sampleRate: number,
  wasm: () => Promise<BufferSource> = loadWasm,
): Promise<WireEncoder> {
  const bytes = { s16le: bytesOf, mulaw: coded(toMulaw), alaw: coded(toAlaw) }[format.encoding];
  if (format.sampleRate === sampleRate) return { encode: bytes, close: () => {} };
  const rates = { inputRate: sampleRate, outputRate: format.sampleRate };
  const encoder = await createEncoder({ ...rates, channels: 1, wasm: await wasm() });
  const longest = 4096;
  return {
    encode: (chunk) => {
      const samples: number[] = [];
      for (let at = 0; at < chunk.length; at += longest) {
        const block = Float32Array.from(chunk.subarray(at, at + longest), (sample) => sample / 0x8000);
        for (const sample of encoder.encode(block)) samples.push(sample);
      }
      return bytes(Int16Array.from(samples));
    },
    close: () => encoder.close(),
  };
}

/** G.711: a byte for a sample. */
const coded =
  (code: (sample: number) => number) =>
  (samples: Int16Array): Uint8Array =>
    Uint8Array.from(samples, code);

/** s16le, whatever the machine's own byte order. */
function bytesOf(chunk: Int16Array): Uint8Array {
  const bytes = new Uint8Array(chunk.length * 2);
  const view = new DataView(bytes.buffer);
  for (const [n, sample] of chunk.entries()) view.setInt16(2 * n, sample, true);
  return bytes;
}
