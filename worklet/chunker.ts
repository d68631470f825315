import { energy } from "./energy.js";

/** Takes a chunk: its samples, the index of the first since the beginning, and its RMS (0 to 1). */
type Sink = (pcm: Int16Array, frame: number, level: number) => void;

/**
 * Cuts a stream of samples into chunks of equal length and measures each. Pure but for the sink. Allocates nothing after
 * construction: the sink gets the same array every time, valid during the call.
 */
export class Chunker {
  readonly #sink: Sink;
  readonly #chunk: Int16Array;
  #filled = 0;
  #frame = 0;

  /** `chunkFrames`: samples of a chunk, at least 1. */
  constructor(chunkFrames: number, sink: Sink) {
    this.#sink = sink;
    this.#chunk = new Int16Array(chunkFrames);
  }

  /** Copies `samples`; every chunk that they complete goes to the sink before this returns. */
  push(samples: Int16Array): void {
    let at = 0;
    while (at < samples.length) at = this.#fill(samples, at);
  }

  /** Copies from `at` on until the chunk is full or `samples` end; returns where it stopped. */
  #fill(samples: Int16Array, at: number): number {
    const chunk = this.#chunk;
    const filled = this.#filled;
    const count = Math.min(samples.length - at, chunk.length - filled);
    if (count === samples.length) chunk.set(samples, filled);
    // Not a view of the part: that would be an object more.
    else for (let i = 0; i < count; i++) chunk[filled + i] = samples[at + i] as number;
    this.#filled = filled + count;
    if (this.#filled === chunk.length) this.#emit(chunk);
    return at + count;
  }

  /** Hands over the rest, if any, as a shorter chunk. */
  flush(): void {
    if (this.#filled > 0) this.#emit(this.#chunk.slice(0, this.#filled));
  }

  #emit(pcm: Int16Array): void {
    const frame = this.#frame;
    this.#frame += pcm.length;
    this.#filled = 0;
    this.#sink(pcm, frame, Math.sqrt(energy(pcm, 0, pcm.length) / pcm.length) / 32768);
  }
}
