/** RMS between which each of two devices lies, by the letter that stands for it. */
const bands: readonly [string, number, number][] = [
  ["L", 5000, 8000],
  ["S", 1250, 2000],
];

/**
 * Which of two devices, a loud and a soft one, is heard in each 0.1 s of `pcm` at 24 kHz: L, S, `-` for silence throughout, and
 * `.` for what cannot be told. The level is that of the samples that sound: on a busy machine a device gives silence for
 * some of the time, which says nothing about which it is.
 */
export function whichDevice(pcm: Int16Array): string {
  let letters = "";
  for (let at = 0; at + 2400 <= pcm.length; at += 2400) {
    let count = 0;
    let energy = 0;
    for (const sample of pcm.subarray(at, at + 2400)) {
      if (sample !== 0) count++;
      energy += sample * sample;
    }
    const rms = Math.sqrt(energy / count);
    const band = bands.find(([, low, high]) => rms > low && rms < high);
    letters += count === 0 ? "-" : count < 1200 || !band ? "." : band[0];
  }
  return letters;
}
