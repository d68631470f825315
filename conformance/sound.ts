/** One second of it, by rate: two tones in syllables that fit into a second a whole number of times. */
const seconds1 = new Map<number, Int16Array>();

function oneSecond(rate: number): Int16Array {
  const known = seconds1.get(rate);
  if (known) return known;
  const made = Int16Array.from({ length: rate }, (_, n) => {
    const time = n / rate;
    const syllable = 0.5 + 0.5 * Math.sin(2 * Math.PI * 4 * time);
    return Math.round(4000 * syllable * (Math.sin(2 * Math.PI * 150 * time) + Math.sin(2 * Math.PI * 700 * time)));
  });
  seconds1.set(rate, made);
  return made;
}

/** Sounds like speech, so that no silence detector drops it: 16-bit samples. */
export function sound(seconds: number, rate: number): Int16Array {
  const pcm = new Int16Array(Math.round(seconds * rate));
  const second = oneSecond(rate);
  for (let at = 0; at < pcm.length; at += rate) pcm.set(second.subarray(0, Math.min(rate, pcm.length - at)), at);
  return pcm;
}

/** Base64 of signed 16-bit little-endian samples. */
export function base64(pcm: Int16Array): string {
  const bytes = new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength);
  const parts: string[] = [];
  // Multiples of 3 bytes need no padding in between.
  for (let from = 0; from < bytes.length; from += 6144)
    parts.push(btoa(String.fromCharCode.apply(null, bytes.subarray(from, from + 6144) as unknown as number[])));
  return parts.join("");
}
