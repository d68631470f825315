import { concat } from "./aligner.js";
import { fileStart, findFileStart } from "./file-start.js";
import { startsWith } from "./mpeg-frame.js";
import { frameBytes, type PcmFormat, type SampleType } from "./sample-format.js";
import { findTail } from "./wav-tail.js";

/** Thrown for a WAV that cannot be decoded; the message says what is in it. */
export class WavError extends Error {}

/** What stands in the bytes, piece by piece. */
export type WavPart =
  | {
      /** How the samples are stored: the same object as long as one file lasts; "mpeg": frames of MP3 in a WAV. */
      format: PcmFormat | "mpeg";
      /** Samples, cut anywhere, also within one. */
      bytes: Uint8Array;
    }
  | {
      /** A file begins that is no WAV: these are its bytes, and all that follow. */
      file: Uint8Array;
    };

/** How a file begins. */
const riffs = ["RIFF", "RF64"];

/** The longest format chunk that is waited for; the known ones have 16 to 40 bytes. */
const longestFormat = 4096;

/** Lengths from here on are placeholders of writers that do not know it (0x7fffffff, 0xffffffff, 2,000,000,000), as 0 is. */
const openLength = 2 ** 30;

/**
 * Reads samples as they arrive, cut anywhere: a WAV (RIFF, RF64), or samples without a header. A further WAV is found
 * wherever it begins, also within samples: behind an open length, behind one that was told too early or too late. What
 * follows the samples and is no chunk are samples too.
 *
 * Source: Multimedia Programming Interface and Data Specifications 1.0 (RIFF, WAVE); WAVE_FORMAT_EXTENSIBLE and the format
 * tags in Microsoft's mmreg.h; RF64 in EBU Tech 3306.
 */
export class WavReader {
  readonly #headerless: PcmFormat | undefined;
  #format: PcmFormat | "mpeg" | undefined;
  #begun = false;
  #dataLength64: number | undefined;
  /** What is not there as a whole: the beginning of a chunk, or what could begin a file. */
  #held: Uint8Array = new Uint8Array(0);
  /** Bytes still to come of samples, then of a chunk that says nothing here, then of padding. */
  #left = 0;
  #skip = 0;
  #padded = false;
  /** Bytes of samples that the header told (Infinity: it did not), and that have come. */
  #told = 0;
  #came = 0;
  #missingSeconds = 0;

  /**
   * `headerless`: what samples are that follow without a header; absent: what the WAV before them holds. `inSamples`: they
   * begin at once.
   */
  constructor(headerless?: PcmFormat, inSamples = false) {
    this.#headerless = headerless;
    if (inSamples) this.#readSamples(headerless, Number.POSITIVE_INFINITY);
  }

  /** The samples of the last header have begun. */
  get begun(): boolean {
    return this.#begun;
  }

  /** Bytes behind the samples that are too few to tell what they are. */
  get pending(): number {
    return this.#begun ? this.#held.length : 0;
  }

  /** Seconds that headers told and that did not come, where that is more than writers err: 1 % and 0.1 s. */
  get missingSeconds(): number {
    return this.#missingSeconds + this.#missing();
  }

  /** What is in `bytes`, as views; nothing follows a file. `ended`: no more bytes are to come. Throws WavError. */
  *push(bytes: Uint8Array, ended = false): Generator<WavPart> {
    let rest = this.#held.length > 0 ? concat(this.#held, bytes) : bytes;
    this.#held = new Uint8Array(0);
    const take = (count: number): Uint8Array => {
      const taken = rest.subarray(0, count);
      rest = rest.subarray(taken.length);
      return taken;
    };
    while (rest.length > 0) {
      if (this.#left > 0) {
        const found = this.#findEnd(rest, ended);
        const samples = take(found?.at ?? this.#left);
        this.#left -= samples.length;
        this.#came += samples.length;
        if (samples.length > 0 && this.#format) yield { format: this.#format, bytes: samples };
        if (!found) continue;
        if (found.what === "more") break;
        if (typeof found.what === "number") take(found.what);
        this.#missingSeconds = this.missingSeconds;
        this.#left = this.#told = 0;
        if (found.what === "file") return yield { file: rest };
      }
      this.#skip -= take(this.#skip).length;
      if (rest.length === 0) break;
      // Not all writers pad: what can begin an identifier is no padding.
      if (this.#padded && !isPrintable(rest[0])) take(1);
      this.#padded = false;
      const start = this.#begun && !startsWith(rest, 0, "RIFF") ? fileStart(rest, 0, ended) : undefined;
      if (start === "file") return yield { file: rest };
      const length = this.#headerLength(rest);
      if (start === "more" || rest.length < length) break;
      this.#read(take(length));
    }
    this.#held = rest.slice();
  }

  /** Where the samples at the beginning of `bytes` end for another reason than their length. */
  #findEnd(bytes: Uint8Array, ended: boolean): { at: number; what: "wav" | "file" | "more" | number } | undefined {
    const to = Math.min(bytes.length, this.#left);
    const found = findFileStart(bytes, 0, to, ended);
    const end = found && { at: found.at, what: found.start };
    if (this.#left < Number.POSITIVE_INFINITY || this.#told === 0) return end;
    return findTail(bytes, end?.at ?? to, this.#came, ended) ?? end;
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
      this.#readSamples(this.#headerless ?? this.#format, Number.POSITIVE_INFINITY);
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
      this.#readSamples(this.#format, this.#dataLength(size));
      this.#told = this.#left;
      return;
    }
    const body = viewOf(header.subarray(8));
    if (id === "fmt ") this.#format = readFormat(body);
    else if (id === "ds64" && body.byteLength >= 16) this.#dataLength64 = Number(body.getBigUint64(8, true));
    this.#skip = size - body.byteLength;
  }

  #readSamples(format: PcmFormat | "mpeg" | undefined, length: number): void {
    this.#format = format;
    this.#begun = true;
    this.#left = length;
    this.#told = this.#came = 0;
  }

  #dataLength(size: number): number {
    if (size === 0xffff_ffff && this.#dataLength64) return this.#dataLength64;
    return size === 0 || size >= openLength ? Number.POSITIVE_INFINITY : size;
  }

  #missing(): number {
    const format = this.#format;
    // A header right behind a header is the same file's.
    if (!format || format === "mpeg" || this.#came === 0 || this.#told === Number.POSITIVE_INFINITY) return 0;
    const bytes = this.#told - this.#came;
    const seconds = bytes / frameBytes(format) / format.sampleRate;
    return seconds > 0.1 && bytes > this.#told / 100 ? seconds : 0;
  }
}
/** Whether `bytes` begin as a WAV does; undefined: too few to tell. */
export function isWav(bytes: Uint8Array): boolean | undefined {
  const magic = riffs.some((id) => startsWith(bytes, 0, id)) && startsWith(bytes, 8, "WAVE");
  return magic && bytes.length < 12 ? undefined : magic;
}

function readFormat(body: DataView): PcmFormat | "mpeg" {
  if (body.byteLength < 16) throw new WavError("The WAV's format chunk is too short.");
  const channels = body.getUint16(2, true);
  const sampleRate = body.getUint32(4, true);
  const blockAlign = body.getUint16(12, true);
  const bits = body.getUint16(14, true);
  let tag = body.getUint16(0, true);
  // WAVE_FORMAT_EXTENSIBLE: the subformat's GUID begins with the old tag.
  if (tag === 0xfffe && body.byteLength >= 26) tag = body.getUint16(24, true);
  if (tag === 0x55 || tag === 0x50) return "mpeg";
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
