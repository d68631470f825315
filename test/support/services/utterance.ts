import { seedOf, speakingSeconds, speech } from "./speech.js";

/** A piece of text with the seconds in which it is said, from the utterance's first sample. */
export interface Timed {
  text: string;
  start: number;
  end: number;
}

/** Generated speech for a text, and when each character is said. */
export interface Utterance {
  text: string;
  samples: Int16Array;
  seconds: number;
  characters: Timed[];
  words: Timed[];
}

/**
 * Says a text: first `leadSeconds` of silence, then speech, 60 ms a character.
 *
 * @param seed - Changes the voice.
 */
export function utter(text: string, sampleRate: number, leadSeconds: number, seed: number): Utterance {
  const seconds = leadSeconds + speakingSeconds(text);
  const samples = new Int16Array(Math.round(seconds * sampleRate));
  const lead = Math.round(leadSeconds * sampleRate);
  samples.set(speech(seedOf(text, seed), samples.length / sampleRate, sampleRate).subarray(lead), lead);
  const letters = [...text];
  const each = letters.length === 0 ? 0 : (seconds - leadSeconds) / letters.length;
  const characters = letters.map((letter, k) => ({
    text: letter,
    start: milliseconds(leadSeconds + k * each),
    end: milliseconds(leadSeconds + (k + 1) * each),
  }));
  return { text, samples, seconds, characters, words: wordsOf(characters) };
}

/** Times in whole milliseconds, as services report them. */
const milliseconds = (seconds: number): number => Math.round(seconds * 1000) / 1000;

/** Words between the spaces of a text, with their marks. */
function wordsOf(characters: readonly Timed[]): Timed[] {
  const words: Timed[] = [];
  let inWord = false;
  for (const { text, start, end } of characters) {
    const blank = text.trim() === "";
    const last = words.at(-1);
    if (!blank && inWord && last) {
      last.text += text;
      last.end = end;
    } else if (!blank) words.push({ text, start, end });
    inWord = !blank;
  }
  return words;
}
