/** A text-to-speech engine, as the `speech` option takes it: mono samples, piece by piece. */
export type Speech = (text: string) => AsyncIterable<SpeechPiece> | Iterable<SpeechPiece>;

/** A piece of speech: samples from -1 to 1, and their rate in Hz. */
export interface SpeechPiece {
  samples: Float32Array;
  sampleRate: number;
}

const sampleRate = 24_000;
/** Mean formants of vowels, Hz: Peterson and Barney, "Control Methods Used in a Study of the Vowels", JASA 24 (1952). */
const formants: Readonly<Record<string, readonly [number, number, number]>> = {
  a: [730, 1090, 2440],
  e: [530, 1840, 2480],
  i: [270, 2290, 3010],
  o: [570, 840, 2410],
  u: [300, 870, 2240],
  y: [270, 2290, 3010],
};
const voices = {
  first: { pitch: 120, scale: 1 },
  /** The mean formants of women lie about 17 % higher (same source). */
  second: { pitch: 210, scale: 1.17 },
} as const;

/**
 * Speech of a kind for texts without a TTS: vowels by their formants, consonants as noise or silence, about 13 letters
 * a second. Nobody understands it, but mouth and clock have something to follow. One piece per word.
 */
export function* voice(text: string, who: keyof typeof voices): Generator<SpeechPiece> {
  for (const word of text.toLowerCase().match(/\S+/g) ?? []) yield { samples: say(word, who), sampleRate };
}

function say(word: string, who: keyof typeof voices): Float32Array {
  const { pitch, scale } = voices[who];
  const sounds = [...word.replace(/[^\p{L}\p{N}]/gu, "")].concat(" ");
  const letter = Math.round(sampleRate * 0.075);
  const samples = new Float32Array(sounds.length * letter);
  let noise = 1;
  sounds.forEach((sound, index) => {
    const resonances = formants[sound];
    const partials = resonances && partialsOf(resonances, pitch, scale);
    for (let n = 0; n < letter; n++) {
      // 10 ms of fade at both ends, so that letters do not click.
      const fade = Math.min(1, n / 240, (letter - n) / 240);
      const time = (index * letter + n) / sampleRate;
      let value = 0;
      if (partials)
        for (const [frequency, level] of partials) value += level * Math.sin(2 * Math.PI * frequency * time);
      else if ("sfzxchjt".includes(sound)) {
        noise = Math.imul(noise, 1_664_525) + 1_013_904_223;
        value = noise / 2 ** 33;
      } else if ("lmnrw".includes(sound)) value = 0.1 * Math.sin(2 * Math.PI * pitch * time);
      samples[index * letter + n] = 0.5 * fade * value;
    }
  });
  return samples;
}

/** Harmonics of the pitch and their levels: a spectrum that falls by 6 dB an octave, under resonances 90 Hz wide. */
function partialsOf(resonances: readonly number[], pitch: number, scale: number): [number, number][] {
  const partials: [number, number][] = [];
  for (let frequency = pitch; frequency < 4000; frequency += pitch) {
    const gain = resonances.reduce((sum, formant) => sum + 1 / (1 + ((frequency - formant * scale) / 90) ** 2), 0);
    partials.push([frequency, gain * (pitch / frequency)]);
  }
  const sum = partials.reduce((total, [, level]) => total + level, 0);
  return partials.map(([frequency, level]) => [frequency, level / sum]);
}

/** Samples from -1 to 1 as 16-bit integers, rounded and clamped. */
export function toPcm16(samples: Float32Array): Int16Array {
  return Int16Array.from(samples, (value) => Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768))));
}
