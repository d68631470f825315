import type { Captured } from "./media-stream.js";

/** Captures are counted: what the first of them does to the element is undone with the last. */
const borrowed = new WeakMap<HTMLMediaElement, BorrowedElement>();

/** Seconds after a new capture in which sound shows that the one before gave none; and how many may show nothing. */
const renewal = { proofSeconds: 0.2, vain: 2 };

/** A media element while turns capture it: one that replaces another opens before that one has let go. */
export class BorrowedElement {
  readonly #element: HTMLMediaElement;
  #users = 0;
  #silent = 0;
  #sound: () => void = () => undefined;
  #started = false;
  #stream: MediaStream | undefined;
  #capture: () => MediaStream = () => new MediaStream();
  #renewedAt = Number.NEGATIVE_INFINITY;
  #vain = 0;

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
   * What `capture` (the element's `captureStream`) gives: the newest track that lives, as it takes one with every load, and
   * with every start after an end. All captures of an element share one stream. In Chromium (measured in 156) a second
   * `captureStream()` silences the first, stopping the first then silences the second, an element never lets go of one,
   * and a track of an earlier source lives on without sound.
   */
  captured(capture: () => MediaStream): Captured {
    this.#capture = capture;
    if (!this.#newest()) this.#renew();
    return {
      getAudioTracks: () => this.#newest() ?? [],
      addEventListener: (...given) => this.#stream?.addEventListener(...given),
    };
  }

  /** The element plays, and no sound has come: the app may have called `captureStream()` too, which silences ours. */
  silent(): void {
    if (this.#vain++ < renewal.vain) this.#renew();
  }

  /** Sound has come. */
  sounds(): void {
    if (performance.now() / 1000 < this.#renewedAt + renewal.proofSeconds) this.#vain = 0;
  }

  #renew(): void {
    this.#renewedAt = performance.now() / 1000;
    this.#stream = this.#capture.call(this.#element);
  }

  #newest(): MediaStreamTrack[] | undefined {
    const newest = this.#stream
      ?.getAudioTracks()
      .filter(({ readyState }) => readyState === "live")
      .at(-1);
    return newest && [newest];
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
    // Firefox plays an element no more that is captured under the old name, and gives its stream no track of another source.
    if (!("mozCaptureStream" in this.#element)) return;
    for (const track of this.#stream?.getTracks() ?? []) track.stop();
    this.#stream = undefined;
  }
}
