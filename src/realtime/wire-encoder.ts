import type { VoiceFormat } from "./protocol.js";
import { RealtimeError } from "./realtime-error.js";

/** Samples to bytes in a provider's input format. */
export interface WireEncoder {
  /** `chunk` is read during the call only. */
  encode(chunk: Int16Array): Uint8Array;
  /** Releases what was allocated. */
  close(): void;
}

/** The encoder for `format`, from mono samples at `sampleRate`. */
export async function toWire(format: VoiceFormat, _sampleRate: number): Promise<WireEncoder> {
  if (format !== "pcm") throw new RealtimeError("option-unsupported", `Input in ${format} is not supported yet.`);
  return {
    encode: (chunk) => new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength),
    close: () => {},
  };
}
