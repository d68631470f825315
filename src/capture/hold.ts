import { EchoError } from "../errors.js";
import type { AudioSetup } from "../source/source.js";
import { type ContextLease, leaseContext, whenRunning } from "./context.js";
import { loadCapture } from "./module.js";

/** Keeps what sources will use loaded and unlocked, so that what can fail fails in the click that asked for it. */
export class AudioHold {
  readonly #audio: AudioSetup | undefined;
  readonly #over = new AbortController();
  #lease: ContextLease | undefined;

  constructor(audio: AudioSetup | undefined) {
    this.#audio = audio;
  }

  /** Loads worklet and wasm, once, and unlocks the context, which may have been suspended since the last time. */
  async take(): Promise<void> {
    const { signal } = this.#over;
    this.#lease ??= leaseContext(this.#audio);
    const { context, release } = this.#lease;
    signal.addEventListener("abort", release);
    try {
      await Promise.all([whenRunning(context, signal), loadCapture(context, this.#audio)]);
    } catch (error) {
      release();
      this.#lease = undefined;
      throw error;
    }
  }

  /** Gives up the claim on the context, also when it is still being taken. */
  release(): void {
    this.#over.abort(new EchoError("closed", "The replica was closed."));
  }
}
