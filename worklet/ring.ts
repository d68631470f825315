/**
 * The last `capacity` frames of up to two channels, so that a capture can begin before its command arrived. All memory
 * is taken in the constructor; frames are counted in the context's own count.
 */
export class Ring {
  readonly #planes: readonly [Float32Array, Float32Array];
  readonly #capacity: number;
  #end = 0;
  #held = 0;

  /** `capacity` in frames, at least 1. */
  constructor(capacity: number) {
    this.#capacity = capacity;
    this.#planes = [new Float32Array(capacity), new Float32Array(capacity)];
  }

  /** Remembers a block that begins at context frame `frame`. One channel is stored as two equal ones. */
  write(planes: readonly Float32Array[], frame: number): void {
    const left = planes[0];
    const right = planes[1] ?? left;
    if (!left || !right) return;
    // A jump in the context's count (it does not happen while a processor is called for every block) starts afresh.
    if (frame !== this.#end) this.#held = 0;
    const [a, b] = this.#planes;
    let at = frame % this.#capacity;
    if (at + left.length <= this.#capacity) {
      a.set(left, at);
      b.set(right, at);
    } else
      for (let i = 0; i < left.length; i++) {
        a[at] = left[i] as number;
        b[at] = right[i] as number;
        if (++at === this.#capacity) at = 0;
      }
    this.#end = frame + left.length;
    this.#held = Math.min(this.#held + left.length, this.#capacity);
  }

  /** Hands what is held from `fromFrame` on to `sink`, oldest first, as views that are valid during the call, and forgets it. */
  drain(fromFrame: number, maxFrames: number, sink: (planes: readonly Float32Array[]) => void): void {
    let frame = Math.max(fromFrame, this.#end - this.#held);
    while (frame < this.#end) {
      const at = frame % this.#capacity;
      const frames = Math.min(maxFrames, this.#end - frame, this.#capacity - at);
      sink(this.#planes.map((plane) => plane.subarray(at, at + frames)));
      frame += frames;
    }
    this.#held = 0;
  }
}
