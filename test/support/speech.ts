import { writeFileSync } from "node:fs";
import createEspeak from "@echogarden/espeak-ng-emscripten";

/** Hz of eSpeak NG's voices. */
export const speechRate = 22_050;

/** Real synthesised speech, made at test time: 16-bit PCM at `speechRate`. The same text gives the same samples. */
export async function speech(text: string, voice = "en-us"): Promise<Int16Array> {
  const { eSpeakNGWorker } = await createEspeak();
  const espeak = new eSpeakNGWorker();
  espeak.set_voice(voice);
  const chunks: Int16Array[] = [];
  espeak.synthesize(text, (audio) => {
    if (audio) chunks.push(audio);
    return false;
  });
  const pcm = new Int16Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    pcm.set(chunk, at);
    at += chunk.length;
  }
  return pcm;
}

/** Twice the rate by a Hann-windowed sinc of 64 taps a side: good enough for a signal that is itself the test's input. */
export function doubleRate(pcm: Int16Array): Int16Array {
  const reach = 64;
  const half = Float64Array.from({ length: 2 * reach }, (_, n) => {
    const t = n - reach + 0.5;
    return (Math.sin(Math.PI * t) / (Math.PI * t)) * (0.5 + 0.5 * Math.cos((Math.PI * t) / reach));
  });
  const out = new Int16Array(pcm.length * 2);
  for (let n = 0; n < pcm.length; n++) {
    out[2 * n] = pcm[n];
    let sum = 0;
    for (let k = 0; k < half.length; k++) sum += half[k] * (pcm[n + reach - k] ?? 0);
    out[2 * n + 1] = Math.max(-32_768, Math.min(32_767, Math.round(sum)));
  }
  return out;
}

/** Writes a mono 16-bit WAV file: what Chromium's fake microphone plays. */
export function writeWav(path: string, pcm: Int16Array, sampleRate: number): void {
  const header = Buffer.alloc(44);
  header.write("RIFF", 0);
  header.writeUInt32LE(36 + pcm.byteLength, 4);
  header.write("WAVEfmt ", 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(sampleRate, 24);
  header.writeUInt32LE(sampleRate * 2, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write("data", 36);
  header.writeUInt32LE(pcm.byteLength, 40);
  writeFileSync(path, Buffer.concat([header, Buffer.from(pcm.buffer, pcm.byteOffset, pcm.byteLength)]));
}
