/** ElevenLabs' default: so many characters start the first generation, the second, … [C]. */
const standardSchedule: readonly number[] = [120, 160, 250, 290];
/** Characters that `try_trigger_generation` needs: a minimum is documented [C], its size is not [U]. */
const leastTrigger = 50;

/** Text that waits until there is enough of it for a generation. */
export class TextBuffer {
  readonly #schedule: readonly number[];
  readonly #auto: boolean;
  #text = "";
  #generations = 0;

  /** @param auto - Whether each message is generated at once (`auto_mode`). */
  constructor(schedule: readonly number[] | undefined, auto: boolean) {
    this.#schedule = schedule && schedule.length > 0 ? schedule : standardSchedule;
    this.#auto = auto;
  }

  /** Adds text; returns what is to be generated now. */
  add(text: string, trigger = false): string | undefined {
    this.#text += text;
    const least = this.#schedule[Math.min(this.#generations, this.#schedule.length - 1)];
    const enough = this.#text.length >= least || (trigger && this.#text.length >= leastTrigger);
    return this.#auto || enough ? this.take() : undefined;
  }

  /** Takes all of it out, if there is something to say. */
  take(): string | undefined {
    const text = this.#text;
    if (text.trim() === "") return undefined;
    this.#text = "";
    this.#generations++;
    return text;
  }
}
