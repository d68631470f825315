/**
 * Cuts a stream of samples into chunks of equal length and measures each. Pure but for the sink. Allocates nothing but
 * each chunk's own buffer, which the sink then owns.
 */
export class Chunker {
  readonly #sink: (pcm: Int16Array<ArrayBuffer>, frame: number, level: number) => void;
  #chunk: Int16Array<ArrayBuffer>;
  #filled = 0;
  #energy = 0;
  #frame = 0;

  /** `sink` gets each chunk, the index of its first sample since the beginning, and its RMS (0 to 1). */
  constructor(chunkFrames: number, sink: (pcm: Int16Array<ArrayBuffer>, frame: number, level: number) => void) {
    this.#sink = sink;
    this.#chunk = new Int16Array(chunkFrames);
  }

  /** Copies `samples`; every chunk that they complete goes to the sink before this returns. */
  push(samples: Int16Array): void {
    let at = 0;
    while (at < samples.length) at = this.#fill(samples, at);
  }

  /** Copies from `at` on until the chunk is full or `samples` end; returns where it stopped. Locals, because fields in the loop are slow. */
  #fill(samples: Int16Array, at: number): number {
    const chunk = this.#chunk;
    const filled = this.#filled;
    const count = Math.min(samples.length - at, chunk.length - filled);
    let energy = 0;
    for (let i = 0; i < count; i++) {
      const sample = samples[at + i] as number;
      chunk[filled + i] = sample;
      energy += sample * sample;
    }
    this.#energy += energy;
    this.#filled = filled + count;
    if (this.#filled === chunk.length) {
      this.#chunk = new Int16Array(chunk.length);
      this.#emit(chunk);
    }
    return at + count;
  }

  /** Hands over the rest, if any, as a shorter chunk. */
  flush(): void {
    if (this.#filled > 0) this.#emit(this.#chunk.slice(0, this.#filled));
  }

  #emit(pcm: Int16Array<ArrayBuffer>): void {
    const level = Math.sqrt(this.#energy / pcm.length) / 32768;
    const frame = this.#frame;
    this.#frame += pcm.length;
    this.#filled = 0;
    this.#energy = 0;
    this.#sink(pcm, frame, level);
  }
}
