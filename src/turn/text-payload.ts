import type { Clock } from "../flow/clock.js";
import { type Address, textEcho } from "../tavus/interaction.js";
import { tooLong } from "./failure.js";
import { Gathering } from "./gathering.js";
import type { Payload, Piece } from "./payload.js";

/** Speech runs at about 15 characters a second in English; only estimates of a text turn rest on it. */
const charactersPerSecond = 15;
/** Text that is waited for is bounded like audio that is: about 20 s of speech. */
const readAheadCharacters = 300;
/** The last word of what has arrived may be half a word: it is held back for this long. */
const lastWordSeconds = 0.3;
/** Closes an id under which all was sent: whether a message without text would count is [unknown]. */
const closingText = " ";

/** Text for the persona's own voice. Streamed text leaves as it arrives, under one id [likely to be understood so]. */
export class TextPayload extends Gathering<string> implements Payload {
  readonly live = false;
  readonly exact = false;
  readonly overflowing = false;
  readonly asking = false;
  readonly resumable = "a text turn cannot be resumed: how far the voice got in the text is not known";
  readonly #input: string | AsyncIterable<string>;
  /** What arrived and was not sent. */
  #text = "";
  #arrivedAt = 0;
  #sent = 0;
  /** Something was sent under the present id, and not `done`. */
  #open = false;
  #stop: (() => void) | undefined;

  constructor(input: string | AsyncIterable<string>, clock: Clock) {
    super(clock);
    this.#input = input;
  }

  get queuedSeconds(): number {
    return this.#text.length / charactersPerSecond;
  }

  get finished(): boolean {
    return this.ended && this.#text === "" && !this.#open;
  }

  get empty(): boolean {
    return this.finished && this.#sent === 0;
  }

  end(): void {
    this.finish();
    this.#stop?.();
  }

  next(address: Address, limit: number, _lead: number, now: number): Piece | number {
    if (this.ended && this.#text === "") return this.#open ? this.#piece(address, "", true) : Infinity;
    const wait = this.#arrivedAt + lastWordSeconds - now;
    const whole = this.ended || wait <= 0 ? this.#text : this.#text.slice(0, this.#text.search(/\S*$/));
    if (!whole) return this.#text ? wait : Infinity;
    const text = this.#fitting(address, limit, whole);
    return this.#piece(address, text, this.ended && text === this.#text);
  }

  capacitySeconds(): number {
    return Infinity;
  }

  /** A word cannot be spared. */
  keepAlive(): undefined {}

  closing(address: Address): Piece | undefined {
    return this.#open ? this.#piece(address, "", true) : undefined;
  }

  heard(): void {}

  rewind(seconds: number): number {
    this.#open = false;
    return seconds;
  }

  resume(): void {}

  pause(): void {
    this.cancel();
  }

  cancel(): void {
    this.changed = () => {};
    this.#text = "";
    this.end();
  }

  #piece(address: Address, text: string, last: boolean): Piece {
    return {
      message: () => textEcho(address, text || closingText, last),
      seconds: text.length / charactersPerSecond,
      until: (this.#sent + text.length) / charactersPerSecond,
      last,
      commit: () => {
        this.#sent += text.length;
        this.#text = this.#text.slice(text.length);
        this.#open = !last;
        this.proceed();
      },
    };
  }

  /** As much of the text's beginning as fits, cut after a space where there is one and never inside a character. */
  #fitting(address: Address, limit: number, whole: string): string {
    const envelope = JSON.stringify(textEcho(address, "", false)).length;
    const excess = (text: string): number => envelope + JSON.stringify(text).length - 2 - limit;
    let text = whole;
    // JSON makes six characters of one at most.
    while (text && excess(text) > 0) text = text.slice(0, text.length - Math.ceil(excess(text) / 6));
    if (text === whole) return whole;
    text = text.slice(0, text.lastIndexOf(" ") + 1) || text;
    text = text.replace(/[\ud800-\udbff]$/, "");
    if (!text) throw tooLong(limit, envelope);
    return text;
  }

  /** Enough to go on with. */
  protected get full(): boolean {
    return this.#text.length > readAheadCharacters;
  }

  /** Text arrived. Throws TypeError for what is none. */
  protected take(text: string): void {
    if (typeof text !== "string") throw new TypeError(`say() takes text, and ${typeof text} arrived.`);
    if (text === "") return;
    this.#text += text;
    this.#arrivedAt = this.clock.now();
  }

  /** Begins to ask for the text. */
  protected async input(): Promise<() => Promise<IteratorResult<string>> | IteratorResult<string>> {
    if (typeof this.#input === "string") {
      const whole = [this.#input].values();
      return () => whole.next();
    }
    const iterator = this.#input[Symbol.asyncIterator]();
    // Not awaited: a generator that is waiting for something else answers return() only afterwards.
    this.#stop = () => void iterator.return?.().then(undefined, () => {});
    return () => iterator.next();
  }
}
