import type { EchoError } from "../errors.js";

/** The promise behind `replica.ready`: resolves on arrival, and is armed again when what had arrived is gone. */
export class Arrival {
  #promise: Promise<void> = Promise.resolve();
  #resolve: () => void = () => {};
  #reject: (error: EchoError) => void = () => {};
  #settled = false;

  constructor() {
    this.#arm();
  }

  /** Of the present or the next arrival. */
  get promise(): Promise<void> {
    return this.#promise;
  }

  /** It is there. */
  arrived(): void {
    this.#settled = true;
    this.#resolve();
  }

  /** It is gone: whoever asks now waits for the next time. */
  gone(): void {
    if (this.#settled) this.#arm();
  }

  /** It will never come. */
  never(error: EchoError): void {
    this.#settled = true;
    this.#reject(error);
  }

  #arm(): void {
    this.#settled = false;
    this.#promise = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    // Nobody has to wait for it, so its rejection is nobody's fault.
    this.#promise.catch(() => {});
  }
}
