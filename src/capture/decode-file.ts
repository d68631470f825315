import type { Block } from "../decode/byte-decoder.js";
import { EchoError } from "../errors.js";

/**
 * Decodes a whole compressed file with the browser's decoder. decodeAudioData() resamples to its context's rate, with a
 * filter that is not ours, so the context is made at the file's own rate where that is known, else at 48 kHz.
 */
export async function decodeFile(bytes: Uint8Array<ArrayBuffer>, sampleRate = 48_000): Promise<Block> {
  if (typeof OfflineAudioContext === "undefined")
    throw new EchoError("unsupported", "Compressed audio needs the browser's decoder, which is not here.");
  const context = new OfflineAudioContext(1, 1, sampleRate);
  let audio: AudioBuffer;
  try {
    audio = await context.decodeAudioData(bytes.buffer);
  } catch (cause) {
    throw new EchoError("not-audio", `The browser cannot decode this input: ${String(cause)}`, { cause });
  }
  return bufferBlock(audio);
}

/** An AudioBuffer as a block; its memory is shared, not copied. */
export function bufferBlock(audio: AudioBuffer): { sampleRate: number; planes: Float32Array[] } {
  const planes = Array.from({ length: audio.numberOfChannels }, (_, channel) => audio.getChannelData(channel));
  return { sampleRate: audio.sampleRate, planes };
}
