/** Samples in order, as the chunks they came in: nothing is copied on the way in. */
export class SampleQueue {
  #chunks: Int16Array[] = [];
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

  /** The `count` samples from the one numbered `from` on, all of them inside; a view where one chunk holds them. They stay inside. */
  peek(from: number, count: number): Int16Array {
    const samples = new Int16Array(count);
    let at = -from;
    for (const chunk of this.#chunks) {
      const [start, end] = [Math.max(0, -at), Math.min(chunk.length, count - at)];
      if (end - start === count) return chunk.subarray(start, end);
      if (end > start) samples.set(chunk.subarray(start, end), at + start);
      at += chunk.length;
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

  /** Lets go of everything. */
  clear(): void {
    this.#chunks = [];
    this.#length = 0;
  }
}
