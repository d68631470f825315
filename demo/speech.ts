import { pcm, type Replica, type Turn } from "tavus-echo";
import { element } from "./page.js";
import { synthesise, synthRate, type Word } from "./synth.js";

const caption = element("caption", HTMLElement);

/** Has the page's synthesiser say `words`. Captions follow the turn's position, not what was sent: each word is a cue. */
export function speakAudio(replica: Replica, words: string): Turn {
  const cues: Word[] = [];
  let turn: Turn | undefined;
  const cue = (word: Word): void => {
    turn?.at(word.start, () => {
      // The last forty characters or so, from the start of a word on.
      const from = word.from <= 40 ? 0 : words.indexOf(" ", word.from - 40) + 1;
      caption.textContent = words.slice(from, word.from + word.length);
    });
  };
  const voice = synthesise(words, "en-us", (word) => (turn ? cue(word) : cues.push(word)));
  turn = replica.speak(pcm(voice, { encoding: "s16le", sampleRate: synthRate }));
  cues.forEach(cue);
  return turn;
}

/** Shows how a turn ended. */
export async function captionOutcome(turn: Turn): Promise<void> {
  const { type, heardSeconds, sentSeconds, basis } = await turn.outcome;
  const seconds = `${heardSeconds.toFixed(1)} of ${sentSeconds.toFixed(1)} s (${basis})`;
  caption.textContent = type === "spoken" ? "" : `${type}: ${seconds}`;
}
