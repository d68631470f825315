/**
 * The last `capacity` frames of up to two channels, so that a capture can begin before its command arrived. All memory
 * is taken in the constructor; frames are counted in the context's own count.
 */
export class Ring {
  readonly #planes: readonly [Float32Array, Float32Array];
  readonly #capacity: number;
  #at = 0;
  #end = 0;
  #held = 0;

  /** `capacity` in frames, at least 1. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#planes = [new Float32Array(capacity), new Float32Array(capacity)];
  }

  /**
   * Remembers the block that follows what is held; it begins at context frame `frame`. One channel is stored as two
   * equal ones.
   */
  write(planes: readonly Float32Array[], frame: number): void {
    const left = planes[0];
    const right = planes[1] ?? left;
    if (!left || !right) return;
    const [a, b] = this.#planes;
    const at = this.#at;
    const end = at + left.length;
    if (end <= this.#capacity) {
      a.set(left, at);
      b.set(right, at);
    } else
      for (let i = 0; i < left.length; i++) {
        a[(at + i) % this.#capacity] = left[i] as number;
        b[(at + i) % this.#capacity] = right[i] as number;
      }
    this.#at = end % this.#capacity;
    this.#end = frame + left.length;
    this.#held = Math.min(this.#held + left.length, this.#capacity);
  }

  /** Hands what is held from `fromFrame` on to `sink`, oldest first, as views that are valid during the call, and forgets it. */
  drain(fromFrame: number, maxFrames: number, sink: (planes: readonly Float32Array[]) => void): void {
    let left = Math.min(this.#held, this.#end - fromFrame);
    while (left > 0) {
      const at = (this.#at - left + this.#capacity) % this.#capacity;
      const frames = Math.min(maxFrames, left, this.#capacity - at);
      sink(this.#planes.map((plane) => plane.subarray(at, at + frames)));
      left -= frames;
    }
    this.#held = 0;
  }
}
