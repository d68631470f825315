import type { Block } from "../decode/byte-decoder.js";
import type { Container } from "../decode/container.js";
import { EchoError } from "../errors.js";

/**
 * Decodes a whole compressed file with the browser's decoder. decodeAudioData() resamples to its context's rate, with a
 * filter that is not ours, so the context is made at the file's own rate where that is known, else at 48 kHz.
 * Throws `unsupported` when the browser says that it has no decoder for the format, `not-audio` when it should have one.
 */
export async function decodeFile(bytes: Uint8Array<ArrayBuffer>, container?: Container): Promise<Block> {
  const { name = "input", type = "", sampleRate = 48_000 } = container ?? {};
  if (typeof OfflineAudioContext === "undefined")
    throw new EchoError("unsupported", `Compressed audio (${name}) needs the browser's decoder, which is not here.`);
  const context = new OfflineAudioContext(1, 1, sampleRate);
  let audio: AudioBuffer;
  try {
    audio = await context.decodeAudioData(bytes.buffer);
  } catch (cause) {
    const lacking = type !== "" && new Audio().canPlayType(type) === "";
    throw new EchoError(
      lacking ? "unsupported" : "not-audio",
      `The browser cannot decode this ${name}: ${lacking ? "it has no decoder for it" : String(cause)}.`,
      { remedy: lacking ? otherFormat : damaged, cause },
    );
  }
  return bufferBlock(audio);
}

const otherFormat = "Ask the service for WAV or raw PCM, which this library decodes everywhere, or for MP3.";
const damaged = "Check that the file is whole and plays in this browser, or ask the service for WAV or raw PCM.";

/** An AudioBuffer as a block; its memory is shared, not copied. */
export function bufferBlock(audio: AudioBuffer): { sampleRate: number; planes: Float32Array[] } {
  const planes = Array.from({ length: audio.numberOfChannels }, (_, channel) => audio.getChannelData(channel));
  return { sampleRate: audio.sampleRate, planes };
}
