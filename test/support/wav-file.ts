import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { monoWav } from "./wav-writer.js";

/**
 * Writes a mono 16-bit WAV file, which is what Chromium's fake microphone plays, and the folders that it lies in. Gives the
 * file's absolute path.
 */
export function writeMonoWav(path: string, pcm: Int16Array, sampleRate: number): string {
  const file = resolve(path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, monoWav(pcm, sampleRate));
  return file;
}
