/** Root mean square. */
export const rms = (samples: ArrayLike<number>): number => {
  let sum = 0;
  for (let n = 0; n < samples.length; n++) sum += samples[n] ** 2;
  return Math.sqrt(sum / samples.length);
};

/** The samples at this level in dB of full scale. */
export function atLevel(samples: ArrayLike<number>, db: number): Float32Array {
  const gain = 10 ** (db / 20) / rms(samples);
  return Float32Array.from(samples, (sample) => gain * sample);
}

/** What comes back from a loudspeaker in a room: dull (one pole), `delaySeconds` late, at `db`, with three reflections. */
export function echoOf(voice: Float32Array, rate: number, delaySeconds: number, db: number): Float32Array {
  const gain = 10 ** (db / 20);
  const echo = new Float32Array(voice.length);
  const ways = [
    [0, 1],
    [0.013, 0.5],
    [0.047, 0.35],
    [0.111, 0.2],
  ].map(([seconds, share]) => [Math.round((delaySeconds + seconds) * rate), share] as const);
  let dull = 0;
  for (let n = 0; n < voice.length; n++) {
    dull += 0.6 * (voice[n] - dull);
    for (const [frames, share] of ways) if (n + frames < echo.length) echo[n + frames] += gain * share * dull;
  }
  return echo;
}

/** `parts` one over another, each at its second. */
export function mixed(
  seconds: number,
  rate: number,
  parts: readonly (readonly [number, Float32Array])[],
): Float32Array {
  const all = new Float32Array(Math.round(seconds * rate));
  for (const [at, samples] of parts) {
    const from = Math.round(at * rate);
    for (let n = 0; n < samples.length && from + n < all.length; n++) all[from + n] += samples[n];
  }
  return all;
}
