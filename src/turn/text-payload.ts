import { EchoError } from "../errors.js";
import { type Address, textEcho } from "../tavus/interaction.js";
import type { Payload, Piece } from "./payload.js";

/** Speech runs at about 15 characters a second in English; only estimates of a text turn rest on it. */
const charactersPerSecond = 15;
/** Text that is waited for is bounded like audio that is: about 20 s of speech. */
const readAheadCharacters = 300;

/** Text for the persona's own voice. Streamed text goes out piece by piece under one id [likely to be understood so]. */
export class TextPayload implements Payload {
  readonly live = false;
  readonly exact = false;
  /** Called when text came in, or no more will. */
  changed: () => void = () => {};
  failure: EchoError | undefined;

  readonly #input: string | AsyncIterable<string>;
  /** Pieces not sent. The latest stays while more may come, so that `done: true` carries text. */
  readonly #pieces: string[] = [];
  #sent = 0;
  #opened = false;
  #ended = false;
  #stop: (() => void) | undefined;
  #resumeReading: (() => void) | undefined;

  constructor(input: string | AsyncIterable<string>) {
    this.#input = input;
  }

  get queuedSeconds(): number {
    return this.#characters / charactersPerSecond;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get empty(): boolean {
    return this.#ended && this.#sent === 0 && this.#pieces.length === 0;
  }

  readonly overflowing = false;
  readonly resumable = "a text turn cannot be resumed: how far the voice got in the text is not known";

  get #characters(): number {
    return this.#pieces.reduce((sum, piece) => sum + piece.length, 0);
  }

  open(): void {
    if (this.#opened || this.#ended) return;
    this.#opened = true;
    if (typeof this.#input === "string") {
      this.#push(this.#input);
      this.#finish();
    } else void this.#read(this.#input);
  }

  end(): void {
    this.#finish();
    this.#stop?.();
  }

  next(address: Address, limit: number): Piece | number {
    const [piece] = this.#pieces;
    if (piece === undefined || (!this.#ended && this.#pieces.length < 2)) return Number.POSITIVE_INFINITY;
    const text = this.#fitting(address, limit, piece);
    const last = this.#ended && this.#pieces.length === 1 && text.length === piece.length;
    return {
      message: () => textEcho(address, text, last),
      seconds: text.length / charactersPerSecond,
      until: (this.#sent + text.length) / charactersPerSecond,
      last,
      commit: () => {
        this.#sent += text.length;
        if (text.length === piece.length) this.#pieces.shift();
        else this.#pieces[0] = piece.slice(text.length);
        this.#resumeReading?.();
      },
    };
  }

  capacitySeconds(): number {
    return Number.POSITIVE_INFINITY;
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
    const length = (text: string): number => envelope + JSON.stringify(text).length - 2;
    if (length(piece) <= limit) return piece;
    let low = 0;
    let high = piece.length;
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (length(piece.slice(0, middle)) <= limit) low = middle;
      else high = middle - 1;
    }
    const space = piece.lastIndexOf(" ", low - 1) + 1;
    let cut = space > 0 ? space : low;
    const code = piece.charCodeAt(cut - 1);
    if (code >= 0xd800 && code <= 0xdbff) cut--;
    if (cut <= 0)
      throw new EchoError(
        "message-too-long",
        `The room takes messages of ${limit} characters; the envelope alone is ${envelope}.`,
      );
    return piece.slice(0, cut);
  }

  async #read(input: AsyncIterable<string>): Promise<void> {
    const iterator = input[Symbol.asyncIterator]();
    // Not awaited: a generator that is waiting for something else answers return() only afterwards.
    this.#stop = () => void iterator.return?.().then(undefined, () => {});
    try {
      while (!this.#ended) {
        while (!this.#ended && this.#characters > readAheadCharacters && this.#pieces.length > 1)
          await new Promise<void>((resolve) => {
            this.#resumeReading = resolve;
          });
        const { done, value } = await iterator.next();
        if (done || this.#ended) break;
        if (typeof value !== "string") throw new TypeError(`Text was expected, and ${typeof value} came.`);
        this.#push(value);
        this.changed();
      }
    } catch (error) {
      if (!this.#ended)
        this.failure =
          error instanceof EchoError ? error : new EchoError("source-failed", "The text broke off.", { cause: error });
    }
    this.#finish();
  }

  #push(text: string): void {
    if (text.length > 0) this.#pieces.push(text);
  }

  #finish(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#resumeReading?.();
    this.changed();
  }
}
