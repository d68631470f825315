import { type Block, ByteDecoder, type ByteDecoderOptions } from "../../src/decode/byte-decoder.js";
import type { Warning } from "../../src/warning.js";

/** What came of bytes: samples as floats per channel, and each file that the browser would have decoded. */
export interface DecodedBytes {
  planes: number[][];
  /** Rates of the blocks, each once. */
  rates: number[];
  files: Uint8Array<ArrayBuffer>[];
  /** In order: "file", or how many frames came in a row. */
  order: ("file" | number)[];
  warnings: Warning[];
}

/** Decodes pieces to their end; compressed files are collected, not decoded. Rejects as the decoder does. */
export async function decodeBytes(
  pieces: Iterable<Uint8Array>,
  given: Partial<ByteDecoderOptions> = {},
): Promise<DecodedBytes> {
  const result: DecodedBytes = { planes: [], rates: [], files: [], order: [], warnings: [] };
  const decoder = new ByteDecoder({
    format: undefined,
    compressed: false,
    decodeFile: async (bytes) => {
      result.files.push(bytes);
      result.order.push("file");
      return { sampleRate: 0, planes: [] };
    },
    warn: (warning) => result.warnings.push(warning),
    ...given,
  });
  const take = (block: Block): void => {
    if (block.sampleRate === 0) return;
    if (!result.rates.includes(block.sampleRate)) result.rates.push(block.sampleRate);
    const planes = "pcm" in block ? [Float32Array.from(block.pcm, (sample) => sample / 32_768)] : block.planes;
    const frames = planes[0]?.length ?? 0;
    const last = result.order.at(-1);
    if (typeof last === "number") result.order[result.order.length - 1] = last + frames;
    else result.order.push(frames);
    for (const [channel, plane] of planes.entries()) {
      result.planes[channel] ??= [];
      for (const sample of plane) result.planes[channel].push(sample);
    }
  };
  for (const piece of pieces) for await (const block of decoder.push(piece)) take(block);
  for await (const block of decoder.end()) take(block);
  return result;
}
