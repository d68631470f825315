import { liveTrack } from "./media-stream.js";

/** Captures are counted: what the first of them does to the element is undone with the last. */
const borrowed = new WeakMap<HTMLMediaElement, BorrowedElement>();

/** A media element while turns capture it: one that replaces another opens before that one has let go. */
export class BorrowedElement {
  readonly #element: HTMLMediaElement;
  #users = 0;
  #silent = 0;
  #sound: () => void = () => undefined;
  #started = false;
  #stream: MediaStream | undefined;

  private constructor(element: HTMLMediaElement) {
    this.#element = element;
  }

  /** Borrows `element` once more; to be given back as often. */
  static of(element: HTMLMediaElement): BorrowedElement {
    const entry = borrowed.get(element) ?? new BorrowedElement(element);
    borrowed.set(element, entry);
    entry.#users++;
    return entry;
  }

  /**
   * What `capture` (the element's `captureStream`) gives: a stream that takes a new track with every load, and with every
   * start after an end. The captures of an element share it: in Chromium (measured in 156) a second `captureStream()`
   * silences the first, and stopping the first then silences the second.
   */
  stream(capture: () => MediaStream): MediaStream {
    if (!this.#stream || !liveTrack(this.#stream)) this.#stream = capture.call(this.#element);
    return this.#stream;
  }

  /** Keeps the element from being heard here: `off` does that for the first of the captures, and `on` undoes it with the last. */
  silence(off: () => void, on: () => void): void {
    if (this.#silent++ > 0) return;
    off();
    this.#sound = on;
  }

  /** Plays the element where it is paused. */
  async play(): Promise<void> {
    if (!this.#element.paused) return;
    this.#started = true;
    await this.#element.play();
  }

  /** Ends one capture; `silent` if it has silenced the element, which is paused when a turn has started it: else it would be heard now. */
  giveBack(silent: boolean): void {
    if (silent && --this.#silent === 0) {
      if (this.#started && this.#users === 1 && !this.#element.ended) this.#element.pause();
      this.#sound();
    }
    if (--this.#users > 0) return;
    this.#started = false;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
  }
}
