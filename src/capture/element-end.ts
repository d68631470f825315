import type { EchoError } from "../errors.js";
import { systemClock } from "../flow/clock.js";
import type { OpenRequest } from "../source/source.js";

/** Seconds after the element's `ended` in which its last samples still come through the capture. */
const tailSeconds = 0.25;

/** When a capture of a media element ends: with the turn, or with what the element plays now. */
export class ElementEnd {
  readonly #element: HTMLMediaElement;
  readonly #over: AbortSignal;
  readonly #end = new AbortController();
  readonly #reached = new AbortController();

  /** Aborts `signal` with `request.ended`. `over` aborts when nothing is captured any more. */
  constructor(element: HTMLMediaElement, { ended }: OpenRequest, over: AbortSignal) {
    this.#element = element;
    this.#over = over;
    const take = (): void => this.#end.abort(ended.reason);
    if (ended.aborted) take();
    else ended.addEventListener("abort", take, { signal: over });
  }

  /** Aborts when the capture is to end, with an EchoError where the element has failed. */
  get signal(): AbortSignal {
    return this.#end.signal;
  }

  /** Aborts when the element has played its source to the end, or has none any more: what follows is no part of it. */
  get reached(): AbortSignal {
    return this.#reached.signal;
  }

  /**
   * From now on ends with the element. Not before it has loaded what is captured: until then its events are about an earlier
   * source, whose end, failure and removal say nothing of this one. `failure` makes the error of a source that broke.
   */
  watch(failure: (cause: MediaError) => EchoError): void {
    const options = { signal: this.#over };
    const element = this.#element;
    const end = (): void => this.reach(element.error ? failure(element.error) : undefined);
    element.addEventListener("ended", end, options);
    element.addEventListener("error", () => element.error && end(), options);
    // Another source has taken its place: the next sample may be of that one.
    element.addEventListener("emptied", () => this.reach(undefined, 0), options);
    // It may be over already: it played while it was being opened.
    if (element.ended || element.error) end();
  }

  /** What it played is over, with `error` where it broke off. `seconds`: until the last of it has come through the capture. */
  reach(error?: EchoError, seconds = tailSeconds): void {
    this.#reached.abort();
    void systemClock.sleep(seconds, this.#over).then(() => this.#end.abort(error));
  }
}
