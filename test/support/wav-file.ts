import { writeFileSync } from "node:fs";
import { writeWav } from "./wav-writer.js";

/** Writes a mono 16-bit WAV file: what Chromium's fake microphone plays. */
export function writeMonoWav(path: string, pcm: Int16Array, sampleRate: number): void {
  const bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  writeFileSync(path, writeWav(bytes, { encoding: "s16le", sampleRate, channels: 1 }));
}
