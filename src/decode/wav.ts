import { concat } from "./aligner.js";
import type { PcmFormat, SampleType } from "./sample-format.js";

/** Thrown for a WAV that cannot be decoded; the message says what is in it. */
export class WavError extends Error {}

/** Some of a WAV's samples. */
export interface WavSamples {
  /** How they are stored: the same object as long as one file lasts. */
  format: PcmFormat;
  /** Cut anywhere, also within a sample. */
  bytes: Uint8Array;
}

/** How a file begins. */
const riffs = ["RIFF", "RF64"];

/** The longest format chunk that is waited for; the known ones have 16 to 40 bytes. */
const longestFormat = 4096;

/**
 * Reads a WAV (RIFF, RF64) as it arrives, cut anywhere. Lengths that a streaming writer could not know (0, or about 2 or
 * 4 GB) mean "until the end". Another WAV may follow; what follows and is no chunk are samples too: a header that was
 * written too early tells a length that is too short.
 *
 * Source: Multimedia Programming Interface and Data Specifications 1.0 (RIFF, WAVE); WAVE_FORMAT_EXTENSIBLE in Microsoft's
 * mmreg.h; RF64 in EBU Tech 3306.
 */
export class WavReader {
  readonly #headerless: PcmFormat | undefined;
  #format: PcmFormat | undefined;
  #begun = false;
  #dataLength64: number | undefined;
  /** The beginning of a chunk that is not there as a whole. */
  #held: Uint8Array = new Uint8Array(0);
  /** Bytes still to come of samples, then of a chunk that says nothing here, then of padding. */
  #left = 0;
  #skip = 0;
  #padded = false;

  /** `headerless`: what samples are that follow without a header; absent: what the WAV before them holds. */
  constructor(headerless?: PcmFormat) {
    this.#headerless = headerless;
  }

  /** The samples of the last header have begun. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Bytes behind the samples that are too few to tell what they are. */
  get pending(): number {
    return this.#begun ? this.#held.length : 0;
  }

  /** The samples in `bytes`, as views. Throws WavError. */
  *push(bytes: Uint8Array): Generator<WavSamples> {
    let rest = this.#held.length > 0 ? concat(this.#held, bytes) : bytes;
    const take = (count: number): Uint8Array => {
      const taken = rest.subarray(0, count);
      rest = rest.subarray(taken.length);
      return taken;
    };
    for (;;) {
      const samples = take(this.#left);
      this.#left -= samples.length;
      if (samples.length > 0 && this.#format) yield { format: this.#format, bytes: samples };
      this.#skip -= take(this.#skip).length;
      // Not all writers pad: what can begin an identifier is no padding.
      if (this.#padded && rest.length > 0) {
        if (!isPrintable(rest[0])) take(1);
        this.#padded = false;
      }
      const length = this.#headerLength(rest);
      if (rest.length < length) break;
      this.#read(take(length));
    }
    this.#held = rest.slice();
  }

  /** Bytes that have to be there before something can be said. */
  #headerLength(bytes: Uint8Array): number {
    if (bytes.length < 8) return 8;
    const id = idOf(bytes);
    if (isRiff(id)) return 12;
    if (!isChunk(bytes)) return this.#begun ? 0 : 8;
    return 8 + (id === "fmt " || id === "ds64" ? Math.min(sizeOf(bytes), longestFormat) : 0);
  }

  #read(header: Uint8Array): void {
    if (header.length === 0) {
      this.#format = this.#headerless ?? this.#format;
      this.#left = Number.POSITIVE_INFINITY;
      return;
    }
    const id = idOf(header);
    if (isRiff(id)) {
      this.#format = this.#dataLength64 = undefined;
      this.#begun = false;
      return;
    }
    const size = sizeOf(header);
    this.#padded = size % 2 === 1;
    if (id === "data") {
      if (!this.#format) throw new WavError("The WAV has its samples before its format.");
      this.#begun = true;
      this.#left = this.#dataLength(size);
      return;
    }
    const body = viewOf(header.subarray(8));
    if (id === "fmt ") this.#format = readFormat(body);
    else if (id === "ds64" && body.byteLength >= 16) this.#dataLength64 = Number(body.getBigUint64(8, true));
    this.#skip = size - body.byteLength;
  }

  #dataLength(size: number): number {
    if (size === 0xffff_ffff && this.#dataLength64) return this.#dataLength64;
    // Placeholders seen: 0 and 0xffffffff (streaming services), 0x7fffffff and near it (espeak-ng, sox into a pipe).
    return size === 0 || size >= 0x7ff0_0000 ? Number.POSITIVE_INFINITY : size;
  }
}

/** Whether `bytes` begin as a WAV does; undefined: too few to tell. */
export function isWav(bytes: Uint8Array): boolean | undefined {
  const magic = riffs.some((id) => startsWith(bytes, id, 0)) && startsWith(bytes, "WAVE", 8);
  return magic && bytes.length < 12 ? undefined : magic;
}

function startsWith(bytes: Uint8Array, text: string, at: number): boolean {
  for (let i = 0; i < text.length && at + i < bytes.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}

function readFormat(body: DataView): PcmFormat {
  if (body.byteLength < 16) throw new WavError("The WAV's format chunk is too short.");
  const channels = body.getUint16(2, true);
  const sampleRate = body.getUint32(4, true);
  const blockAlign = body.getUint16(12, true);
  const bits = body.getUint16(14, true);
  let tag = body.getUint16(0, true);
  // WAVE_FORMAT_EXTENSIBLE: the subformat's GUID begins with the old tag.
  if (tag === 0xfffe && body.byteLength >= 26) tag = body.getUint16(24, true);
  if (channels === 0 || sampleRate === 0) throw new WavError(`The WAV has ${channels} channels at ${sampleRate} Hz.`);
  // Fewer valid bits than the container has (20 in 24) are left-justified: the container's size decides.
  const container =
    blockAlign % channels === 0 && blockAlign > 0 ? (blockAlign / channels) * 8 : Math.ceil(bits / 8) * 8;
  const encoding = encodings[`${tag}:${container}`];
  if (!encoding) throw new WavError(`The WAV holds format 0x${tag.toString(16)} with ${bits} bits, which is not PCM.`);
  return { encoding, sampleRate, channels };
}

const encodings: Readonly<Record<string, SampleType>> = {
  "1:8": "u8",
  "1:16": "s16le",
  "1:24": "s24le",
  "1:32": "s32le",
  "3:32": "f32le",
  "3:64": "f64le",
  "6:8": "alaw",
  "7:8": "mulaw",
};

/** Whether `bytes` can begin a chunk after the samples: an identifier, and a length that metadata has. */
function isChunk(bytes: Uint8Array): boolean {
  return bytes.subarray(0, 4).every(isPrintable) && (idOf(bytes) === "data" || sizeOf(bytes) < 0x100_0000);
}

function isPrintable(byte = 0): boolean {
  return byte >= 0x20 && byte < 0x7f;
}

function isRiff(id: string): boolean {
  return riffs.includes(id);
}

function idOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 4));
}

function sizeOf(bytes: Uint8Array): number {
  return viewOf(bytes).getUint32(4, true);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
