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
    const end = (seconds: number): void => {
      this.#reached.abort();
      const reason = element.error ? failure(element.error) : undefined;
      void systemClock.sleep(seconds, this.#over).then(() => this.#end.abort(reason));
    };
    element.addEventListener("ended", () => end(tailSeconds), options);
    element.addEventListener("error", () => element.error && end(tailSeconds), options);
    // Another source has taken its place: the next sample may be of that one.
    element.addEventListener("emptied", () => end(0), options);
    // It may be over already: it played while it was being opened.
    if (element.ended || element.error) end(tailSeconds);
  }
}
