import { EchoError } from "../errors.js";
import type { AudioSetup } from "../source/source.js";
import { leaseContext, whenRunning } from "./context.js";
import { loadCapture } from "./module.js";

/** Keeps what sources will use loaded and unlocked, so that what can fail fails in the click that asked for it. */
export class AudioHold {
  readonly #audio: AudioSetup | undefined;
  readonly #over = new AbortController();
  #held: Promise<void> | undefined;

  constructor(audio: AudioSetup | undefined) {
    this.#audio = audio;
  }

  /** Loads worklet and wasm and unlocks the context, once; after a failure it tries again. */
  take(): Promise<void> {
    this.#held ??= this.#take();
    return this.#held;
  }

  /** Gives up the claim on the context, also when it is still being taken. */
  release(): void {
    this.#over.abort(new EchoError("closed", "The replica was closed."));
  }

  async #take(): Promise<void> {
    const { signal } = this.#over;
    const { context, release } = leaseContext(this.#audio);
    signal.addEventListener("abort", release);
    try {
      await Promise.all([whenRunning(context, signal), loadCapture(context, this.#audio)]);
    } catch (error) {
      release();
      this.#held = undefined;
      throw error;
    }
  }
}
