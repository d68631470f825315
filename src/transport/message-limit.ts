import { messageOf } from "../errors.js";
import type { CallLike } from "./daily-call.js";

/** What daily-js enforces until the server has said otherwise, and again after the call [certain, 0.87.0 and 0.92.2]. */
const defaultCharacters = 4096;

/**
 * The longest message that a Daily call takes, in UTF-16 code units of its JSON. daily-js checks it by itself and takes a
 * new limit only with a (further) `joined-meeting`. It is known from there, from `room()` as a hint, and for certain from
 * the error that a longer message throws.
 */
export class MessageLimit {
  readonly #call: CallLike;
  #characters = defaultCharacters;
  /** Counts stays and refusals: an answer that was asked for before is out of date. */
  #round = 0;

  constructor(call: CallLike) {
    this.#call = call;
  }

  /** As far as known now. */
  get characters(): number {
    return this.#characters;
  }

  /** The call was joined, or its limit may have changed. `changed` is called when a new one is known. */
  joined(changed: (characters: number) => void): void {
    const round = ++this.#round;
    const set = (characters: number): void => {
      if (characters === this.#characters) return;
      this.#characters = characters;
      changed(characters);
    };
    // Not part of daily-js' documented interface, so only a hint; but it is the very number that its check uses.
    const own = valid(Reflect.get(this.#call, "_maxAppMessageSize"));
    if (own !== undefined) {
      set(own);
      return;
    }
    this.#call.room?.().then(
      (room) => {
        const hint = valid(hintOf(room));
        if (round === this.#round) set(hint ?? defaultCharacters);
      },
      // Without the hint the limit stays what it is, and is learnt from a refusal.
      () => {},
    );
  }

  /** The call was left. */
  left(): void {
    this.#round++;
    this.#characters = defaultCharacters;
  }

  /** Whether `error` says that a message of `length` characters was too long. If so, the limit is below that now. */
  learnFrom(error: unknown, length: number): boolean {
    const text = messageOf(error);
    if (!/too (large|long|big)/i.test(text)) return false;
    this.#round++;
    const named = valid(Number(/(?:size|limit|max)\D*(\d+)/i.exec(text)?.[1]));
    this.#characters = named !== undefined && named < length ? named : Math.floor(length / 2);
    return true;
  }
}

const valid = (value: unknown): number | undefined =>
  typeof value === "number" && Number.isSafeInteger(value) && value > 0 ? value : undefined;

function hintOf(room: unknown): unknown {
  const config = room && typeof room === "object" ? Reflect.get(room, "domainConfig") : undefined;
  return config && typeof config === "object" ? Reflect.get(config, "max_app_message_size") : undefined;
}
