/** Samples in order, as the chunks they came in: nothing is copied on the way in. */
export class SampleQueue {
  readonly #chunks: Int16Array[] = [];
  #length = 0;

  /** Samples inside. */
  get length(): number {
    return this.#length;
  }

  /** Adds `chunk` at the end and owns it from now on. */
  push(chunk: Int16Array): void {
    if (chunk.length === 0) return;
    this.#chunks.push(chunk);
    this.#length += chunk.length;
  }

  /** The first `count` samples (at most {@link SampleQueue.length}); a view where one chunk holds them all. They stay inside. */
  peek(count: number): Int16Array {
    const first = this.#chunks[0];
    if (first && first.length >= count) return first.subarray(0, count);
    const samples = new Int16Array(Math.min(count, this.#length));
    let filled = 0;
    for (const chunk of this.#chunks) {
      if (filled === samples.length) break;
      const part = chunk.subarray(0, samples.length - filled);
      samples.set(part, filled);
      filled += part.length;
    }
    return samples;
  }

  /** Removes the first `count` samples. */
  drop(count: number): void {
    let left = Math.min(count, this.#length);
    this.#length -= left;
    let whole = 0;
    for (const chunk of this.#chunks) {
      if (chunk.length > left) break;
      left -= chunk.length;
      whole++;
    }
    if (whole > 0) this.#chunks.splice(0, whole);
    const first = this.#chunks[0];
    if (left > 0 && first) this.#chunks[0] = first.subarray(left);
  }

  /** Puts everything of `other` in front and leaves `other` empty. */
  prepend(other: SampleQueue): void {
    this.#chunks.unshift(...other.#chunks.splice(0));
    this.#length += other.#length;
    other.#length = 0;
  }

  /** Lets go of everything. */
  clear(): void {
    this.#chunks.length = 0;
    this.#length = 0;
  }
}
