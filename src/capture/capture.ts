import { EchoError } from "../errors.js";
import { aborted } from "../flow/abortable.js";
import { systemClock } from "../flow/clock.js";
import { Delivery } from "../flow/delivery.js";
import type { OpenRequest } from "../source/source.js";

/**
 * The answer to `drain` is waited for in slices, so that a main thread that was blocked for seconds still looks at its
 * mail before it gives up. A context that is closed answers soon or never.
 */
const sliceSeconds = 0.1;
const aliveSlices = 50;
const closedSlices = 5;

/** What a capture needs of the tap that feeds it. */
export interface CaptureHost {
  /** Posts `drain`. */
  drain(): void;
  /** Why an answer may never come; undefined while the context lives. */
  death(): EchoError | undefined;
}

/** One turn's worth of a tap's chunks, or of several taps' one after another: the stream, and when and how it ends. */
export class Capture {
  /** What the turn has asked for. */
  readonly request: OpenRequest;
  readonly #delivery: Delivery;
  readonly #settled: () => void;
  #host: CaptureHost;
  readonly #done = new AbortController();
  #ending = false;
  #base = 0;
  #next = 0;
  #failure: EchoError | undefined;

  /**
   * Ends with `request.ended`, and fails then if that aborts with an EchoError; drops with `request.signal`. `settled` is
   * called once, when nothing more is needed of the tap.
   */
  constructor(request: OpenRequest, host: CaptureHost, settled: () => void) {
    this.request = request;
    this.#host = host;
    this.#settled = settled;
    this.#delivery = new Delivery((reason) => this.drop(reason));
    const options = { signal: this.#done.signal };
    const { ended, signal } = request;
    const end = (): void => void this.drain(ended.reason instanceof EchoError ? ended.reason : undefined);
    ended.addEventListener("abort", end, options);
    signal.addEventListener("abort", () => this.drop(signal.reason), options);
    if (signal.aborted) this.drop(signal.reason);
    else if (ended.aborted) end();
  }

  /** What the turn reads. */
  get stream(): ReadableStream<Int16Array> {
    return this.#delivery.stream;
  }

  /** Aborts when nothing more will be delivered. */
  get done(): AbortSignal {
    return this.#done.signal;
  }

  /** Whether its last samples have been asked for, so that the processor takes the next `start`. */
  get ending(): boolean {
    return this.#ending;
  }

  /** Goes on with what another tap gives, which has just begun. */
  move(host: CaptureHost): void {
    this.#host = host;
    this.#base = this.#next;
    // Asked for meanwhile, when no tap could answer.
    if (this.#ending) host.drain();
  }

  /** A chunk from the audio thread; `frame` as its tap counts. */
  take(pcm: Int16Array, frame: number): void {
    if (this.#done.signal.aborted) return;
    const at = this.#base + frame;
    if (at !== this.#next) {
      this.fail(new EchoError("worklet-failed", `Samples ${this.#next} to ${at} of the capture never arrived.`));
      return;
    }
    this.#next += pcm.length;
    this.#delivery.push(pcm);
  }

  /**
   * Asks for the rest, and ends with the answer, or, given `failure` (the context is gone: this is not the turn's end),
   * fails after it. Without an answer it fails after what was delivered.
   */
  async drain(failure?: EchoError): Promise<void> {
    const done = this.#done.signal;
    if (this.#ending) return await aborted(done);
    this.#ending = true;
    this.#failure = failure;
    this.#host.drain();
    for (let waited = 0; !done.aborted && waited < aliveSlices; waited++) {
      if (this.#host.death() && waited >= closedSlices) break;
      await systemClock.sleep(sliceSeconds, done);
    }
    if (!done.aborted)
      this.fail(
        this.#host.death() ??
          new EchoError("worklet-failed", "The audio processor did not answer when the turn ended."),
      );
  }

  /** The audio thread has delivered everything. */
  end(): void {
    if (this.#failure) this.#delivery.fail(this.#failure);
    else this.#delivery.end();
    this.#settle();
  }

  /** Errors the stream after what was delivered. */
  fail(error: EchoError): void {
    this.#delivery.fail(error);
    this.#settle();
  }

  /** Errors the stream at once. */
  drop(reason: unknown): void {
    if (this.#done.signal.aborted) return;
    if (!this.#ending) this.#host.drain();
    this.#ending = true;
    this.#delivery.drop(reason);
    this.#settle();
  }

  #settle(): void {
    if (this.#done.signal.aborted) return;
    this.#done.abort();
    this.#settled();
  }
}
