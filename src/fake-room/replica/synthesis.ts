import { report } from "../../emitter.js";
import type { Clock } from "../../flow/clock.js";
import type { Utterance } from "./utterance.js";
import { type Speech, toPcm16, voice } from "./voice.js";

/** The persona's TTS: it makes one piece of text at a time, in the order of their arrival. */
export class Synthesis {
  readonly #speech: Speech;
  readonly #clock: Clock;
  readonly #added: () => void;
  #last: Promise<void> = Promise.resolve();

  /** `speech` undefined: a babble of vowels. `added` runs whenever sound has been added to an utterance. */
  constructor(speech: Speech | undefined, clock: Clock, added: () => void) {
    this.#speech = speech ?? ((text) => voice(text, "first"));
    this.#clock = clock;
    this.#added = added;
  }

  /** Adds the sound of `text` to the utterance, after what was asked for before; then runs `finished`. */
  say(utterance: Utterance, text: string, finished: () => void): void {
    utterance.synthesising++;
    const before = this.#last;
    this.#last = (async () => {
      await before;
      try {
        await this.#make(utterance, text);
      } catch (error) {
        report(error);
      }
      utterance.synthesising--;
      finished();
    })();
  }

  async #make(utterance: Utterance, text: string): Promise<void> {
    for await (const { samples, sampleRate } of this.#speech(text)) {
      if (utterance.outcome) return;
      if (utterance.receivedFrames === 0) utterance.sampleRate = sampleRate;
      utterance.append(toPcm16(samples), this.#clock.now());
      this.#added();
    }
  }
}
