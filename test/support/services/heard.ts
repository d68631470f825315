import { decode, type Encoding, sampleBytes } from "./encoding.js";

/** Length of the windows whose loudness is looked at. */
const windowSeconds = 0.02;
/** Loudness, as a share of full scale, from which a window counts as speech: −34 dBFS. */
const threshold = 0.02;
/** Windows of speech in a row that make a start. */
const startWindows = 3;

/** What the detector noticed; seconds count from the first sample of the connection. */
export type Activity = { type: "started" | "stopped"; atSeconds: number };

/** The caller's audio as it arrives: bytes, samples, and where speech starts and stops in it. */
export class Heard {
  /** In Hz. */
  sampleRate: number;
  encoding: Encoding;
  /** Seconds of quiet that end the caller's speech. */
  silenceSeconds: number;
  readonly #chunks: Buffer[] = [];
  #rest = Buffer.alloc(0);
  readonly #samples: Int16Array[] = [];
  #windowSum = 0;
  #windowFrames = 0;
  #frames = 0;
  #seconds = 0;
  #loud = 0;
  #quietSeconds = 0;
  #speaking = false;

  constructor(sampleRate: number, encoding: Encoding, silenceSeconds = 0.5) {
    this.sampleRate = sampleRate;
    this.encoding = encoding;
    this.silenceSeconds = silenceSeconds;
  }

  /** Every byte that arrived. */
  get bytes(): Buffer {
    return Buffer.concat(this.#chunks);
  }

  /** Every whole sample that arrived. */
  get samples(): Int16Array {
    const joined = new Int16Array(this.#frames);
    let at = 0;
    for (const chunk of this.#samples) {
      joined.set(chunk, at);
      at += chunk.length;
    }
    return joined;
  }

  /** Seconds of audio that arrived. */
  get seconds(): number {
    return this.#seconds;
  }

  /** Whether the caller is speaking. */
  get speaking(): boolean {
    return this.#speaking;
  }

  /** Bytes of a sample that has not arrived whole. */
  get cutBytes(): number {
    return this.#rest.length;
  }

  /** Adds bytes; returns what was noticed in them. */
  add(bytes: Buffer): Activity[] {
    this.#chunks.push(Buffer.from(bytes));
    const all = Buffer.concat([this.#rest, bytes]);
    const samples = decode(all, this.encoding);
    this.#rest = all.subarray(samples.length * sampleBytes[this.encoding]);
    this.#samples.push(samples);
    this.#frames += samples.length;
    const noticed: Activity[] = [];
    const size = Math.round(windowSeconds * this.sampleRate);
    const before = this.#seconds;
    for (let k = 0; k < samples.length; k++) {
      this.#windowSum += (samples[k] / 32_768) ** 2;
      if (++this.#windowFrames < size) continue;
      const activity = this.#judge(Math.sqrt(this.#windowSum / size) > threshold);
      this.#windowSum = 0;
      this.#windowFrames = 0;
      if (activity) noticed.push({ type: activity, atSeconds: before + (k + 1) / this.sampleRate });
    }
    this.#seconds = before + samples.length / this.sampleRate;
    return noticed;
  }

  #judge(loud: boolean): Activity["type"] | undefined {
    this.#loud = loud ? this.#loud + 1 : 0;
    this.#quietSeconds = loud ? 0 : this.#quietSeconds + windowSeconds;
    if (!this.#speaking && this.#loud >= startWindows) {
      this.#speaking = true;
      return "started";
    }
    // Sums of 20 ms are not exact.
    if (this.#speaking && this.#quietSeconds >= this.silenceSeconds - 1e-9) {
      this.#speaking = false;
      return "stopped";
    }
    return undefined;
  }
}
