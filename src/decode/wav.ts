import { concat } from "./aligner.js";
import type { PcmFormat, SampleType } from "./sample-format.js";

/** Thrown for a WAV that cannot be decoded; the message says what is in it. */
export class WavError extends Error {}

/**
 * Reads a WAV (RIFF, RF64) as it arrives, cut anywhere: first its header, then its samples. Lengths that a streaming
 * writer could not know (0, or about 2 or 4 GB) mean "until the end".
 *
 * Source: Multimedia Programming Interface and Data Specifications 1.0 (RIFF, WAVE); WAVE_FORMAT_EXTENSIBLE in Microsoft's
 * mmreg.h; RF64 in EBU Tech 3306.
 */
export class WavReader {
  #format: PcmFormat | undefined;
  #header: Uint8Array = new Uint8Array(0);
  #skip = 0;
  #begun = false;
  #dataLength64: number | undefined;
  /** Bytes of samples still to come; undefined while in the header. */
  #left: number | undefined;

  /** Known as soon as `push` has returned samples. */
  get format(): PcmFormat | undefined {
    return this.#format;
  }

  /** The bytes of samples in `bytes`; empty while the header is incomplete, and after the end of the data. */
  push(bytes: Uint8Array): Uint8Array {
    let rest = bytes;
    if (this.#left === undefined) {
      this.#header = concat(this.#header, bytes);
      this.#parse();
      if (this.#left === undefined) return new Uint8Array(0);
      rest = this.#header;
      this.#header = new Uint8Array(0);
    }
    const samples = rest.subarray(0, Math.min(rest.length, this.#left));
    this.#left -= samples.length;
    return samples;
  }

  #parse(): void {
    if (!this.#begun) {
      if (this.#header.length < 12) return;
      this.#take(12);
      this.#begun = true;
    }
    while (this.#left === undefined) {
      const skipped = Math.min(this.#skip, this.#header.length);
      this.#take(skipped);
      this.#skip -= skipped;
      if (this.#skip > 0 || this.#header.length < 8) return;
      const id = String.fromCharCode(...this.#header.subarray(0, 4));
      const size = viewOf(this.#header).getUint32(4, true);
      if (id === "data") {
        if (!this.#format) throw new WavError("The WAV has its samples before its format.");
        this.#take(8);
        this.#left = this.#dataLength(size);
      } else if (id === "fmt " || id === "ds64") {
        if (this.#header.length < 8 + size) return;
        const body = viewOf(this.#header.subarray(8, 8 + size));
        if (id === "fmt ") this.#format = readFormat(body);
        else this.#dataLength64 = Number(body.getBigUint64(8, true));
        this.#take(8);
        this.#skip = size + (size & 1);
      } else {
        this.#take(8);
        this.#skip = size + (size & 1);
      }
    }
  }

  #dataLength(size: number): number {
    if (size === 0xffff_ffff && this.#dataLength64) return this.#dataLength64;
    // Placeholders seen: 0 and 0xffffffff (streaming services), 0x7fffffff and near it (espeak-ng, sox into a pipe).
    return size === 0 || size >= 0x7ff0_0000 ? Number.POSITIVE_INFINITY : size;
  }

  #take(bytes: number): void {
    this.#header = this.#header.subarray(bytes);
  }
}

/** Whether `bytes` begin as a WAV does; undefined: too few to tell. */
export function isWav(bytes: Uint8Array): boolean | undefined {
  const magic = ["RIFF", "RF64"].some((id) => startsWith(bytes, id, 0)) && startsWith(bytes, "WAVE", 8);
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

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
