import { type Address, textEcho } from "../tavus/interaction.js";
import { tooLong } from "./failure.js";
import { Gathering } from "./gathering.js";
import type { Payload, Piece } from "./payload.js";

/** Speech runs at about 15 characters a second in English; only estimates of a text turn rest on it. */
const charactersPerSecond = 15;
/** Text that is waited for is bounded like audio that is: about 20 s of speech. */
const readAheadCharacters = 300;

/** Text for the persona's own voice. Streamed text goes out piece by piece under one id [likely to be understood so]. */
export class TextPayload extends Gathering<string> implements Payload {
  readonly live = false;
  readonly exact = false;
  readonly overflowing = false;
  readonly resumable = "a text turn cannot be resumed: how far the voice got in the text is not known";
  readonly #text: string | AsyncIterable<string>;
  /** Pieces not sent. The latest stays while more may come, so that `done: true` carries text. */
  readonly #pieces: string[] = [];
  #sent = 0;
  #stop: (() => void) | undefined;

  constructor(text: string | AsyncIterable<string>) {
    super();
    this.#text = text;
  }

  get queuedSeconds(): number {
    return this.#characters / charactersPerSecond;
  }

  get empty(): boolean {
    return this.ended && this.#sent === 0 && this.#pieces.length === 0;
  }

  get #characters(): number {
    return this.#pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  end(): void {
    this.finish();
    this.#stop?.();
  }

  next(address: Address, limit: number): Piece | number {
    const [piece] = this.#pieces;
    if (piece === undefined || (!this.ended && this.#pieces.length < 2)) return Infinity;
    const text = this.#fitting(address, limit, piece);
    const last = this.ended && this.#pieces.length === 1 && text.length === piece.length;
    return {
      message: () => textEcho(address, text, last),
      seconds: text.length / charactersPerSecond,
      until: (this.#sent + text.length) / charactersPerSecond,
      last,
      commit: () => {
        this.#sent += text.length;
        if (text.length === piece.length) this.#pieces.shift();
        else this.#pieces[0] = piece.slice(text.length);
        this.proceed();
      },
    };
  }

  capacitySeconds(): number {
    return Infinity;
  }

  /** A text's end can be said in full: there is no need to close it early. */
  closing(): undefined {}

  heard(): void {}

  resume(): void {}

  pause(): void {
    this.cancel();
  }

  cancel(): void {
    this.changed = () => {};
    this.#pieces.length = 0;
    this.end();
  }

  /** As much of the piece's beginning as fits, cut after a space where there is one and never inside a character. */
  #fitting(address: Address, limit: number, piece: string): string {
    const envelope = JSON.stringify(textEcho(address, "", false)).length;
    const excess = (text: string): number => envelope + JSON.stringify(text).length - 2 - limit;
    let text = piece;
    // JSON makes six characters of one at most.
    while (text && excess(text) > 0) text = text.slice(0, text.length - Math.ceil(excess(text) / 6));
    if (text === piece) return piece;
    text = text.slice(0, text.lastIndexOf(" ") + 1) || text;
    text = text.replace(/[\ud800-\udbff]$/, "");
    if (!text) throw tooLong(limit, envelope);
    return text;
  }

  /** Enough to go on with. */
  protected get full(): boolean {
    return this.#characters > readAheadCharacters && this.#pieces.length > 1;
  }

  /** Text came. Throws TypeError for what is none. */
  protected take(text: string): void {
    if (typeof text !== "string") throw new TypeError(`say() takes text, and ${typeof text} arrived.`);
    if (text.length > 0) this.#pieces.push(text);
  }

  /** Begins to ask for the text. */
  protected async input(): Promise<() => Promise<IteratorResult<string>> | IteratorResult<string>> {
    if (typeof this.#text === "string") {
      const whole = [this.#text].values();
      return () => whole.next();
    }
    const iterator = this.#text[Symbol.asyncIterator]();
    // Not awaited: a generator that is waiting for something else answers return() only afterwards.
    this.#stop = () => void iterator.return?.().then(undefined, () => {});
    return () => iterator.next();
  }
}
