/** Cuts a byte stream at frame boundaries: what a piece lacks to a whole frame waits for the next piece. */
export class Aligner {
  readonly #frameBytes: number;
  #carry = new Uint8Array(0);

  /** `frameBytes`: bytes of one frame. */
  constructor(frameBytes: number) {
    this.#frameBytes = frameBytes;
  }

  /** Bytes that wait for the rest of their frame. */
  get pending(): number {
    return this.#carry.length;
  }

  /** The whole frames that are there now. A view of `bytes` where nothing was carried over. */
  push(bytes: Uint8Array): Uint8Array {
    const all = this.#carry.length > 0 ? concat(this.#carry, bytes) : bytes;
    const whole = all.length - (all.length % this.#frameBytes);
    this.#carry = all.slice(whole);
    return all.subarray(0, whole);
  }
}

/** `a`, then `b`. */
export function concat(a: Uint8Array, b: Uint8Array): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(a.length + b.length);
  all.set(a);
  all.set(b, a.length);
  return all;
}
