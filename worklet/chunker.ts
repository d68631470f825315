/**
 * Cuts a stream of samples into chunks of equal length and measures each. Pure but for the sink. Allocates nothing but
 * each chunk's own buffer, which the sink then owns.
 */
export class Chunker {
  readonly #chunkFrames: number;
  readonly #sink: (pcm: Int16Array<ArrayBuffer>, frame: number, level: number) => void;
  #chunk: Int16Array<ArrayBuffer>;
  #filled = 0;
  #energy = 0;
  #frame = 0;

  /** `sink` gets each chunk, the index of its first sample since the beginning, and its RMS (0 to 1). */
  constructor(chunkFrames: number, sink: (pcm: Int16Array<ArrayBuffer>, frame: number, level: number) => void) {
    this.#chunkFrames = chunkFrames;
    this.#sink = sink;
    this.#chunk = new Int16Array(chunkFrames);
  }

  /** Copies `samples`; every chunk that they complete goes to the sink before this returns. */
  push(samples: Int16Array): void {
    for (let i = 0; i < samples.length; i++) {
      const sample = samples[i] as number;
      this.#chunk[this.#filled++] = sample;
      this.#energy += sample * sample;
      if (this.#filled === this.#chunkFrames) {
        const full = this.#chunk;
        this.#chunk = new Int16Array(this.#chunkFrames);
        this.#emit(full);
      }
    }
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
