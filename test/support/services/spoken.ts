import { decode, type Encoding, encode, sampleBytes } from "./encoding.js";

/** Something that the server says, and how much of it has left. What a client must have heard is {@link Spoken.samples}. */
export class Spoken {
  /** The service's own name for it: a response, a turn, a context. */
  readonly id: string;
  /** What it says. */
  readonly text: string;
  /** In Hz. */
  readonly sampleRate: number;
  readonly encoding: Encoding;
  /** All its bytes, sent or not. */
  readonly bytes: Buffer;
  /** How many of them have left. */
  sentBytes = 0;
  /** Whether the server has said that this is its end. */
  complete = false;
  /** Why it ended before its end. */
  interrupted = false;

  constructor(id: string, text: string, planned: Int16Array, sampleRate: number, encoding: Encoding) {
    this.id = id;
    this.text = text;
    this.sampleRate = sampleRate;
    this.encoding = encoding;
    this.bytes = encode(planned, encoding);
  }

  /** Bytes that a second of it takes. */
  get bytesPerSecond(): number {
    return this.sampleRate * sampleBytes[this.encoding];
  }

  /** What has left, as an exact decoder returns it: whole samples only. */
  get samples(): Int16Array {
    return decode(this.bytes.subarray(0, this.sentBytes), this.encoding);
  }

  /** Seconds that have left. */
  get seconds(): number {
    return this.sentBytes / this.bytesPerSecond;
  }
}
