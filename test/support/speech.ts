import createEspeak from "@echogarden/espeak-ng-emscripten";
import { joined } from "./joined.js";

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
  return joined(Int16Array, chunks);
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
