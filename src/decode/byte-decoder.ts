import { EchoError } from "../errors.js";
import type { Warning } from "../warning.js";
import { Aligner, concat } from "./aligner.js";
import type { Container } from "./container.js";
import type { FileSplitter } from "./file-splitter.js";
import * as fileStarts from "./file-start.js";
import * as mpegFrames from "./mpeg-frame.js";
import { fieldRemedy, isBigEndian, recognise } from "./recognise.js";
import { decodeFrames, frameBytes, isMonoInt16, type PcmFormat, readInt16 } from "./sample-format.js";
import { SampleWatch } from "./sample-watch.js";
import { WavError, WavReader } from "./wav.js";

/** Decoded audio: planes of floats, or, where nothing has to be decoded, mono 16-bit samples as they came. */
export type Block = { sampleRate: number; planes: readonly Float32Array[] } | { sampleRate: number; pcm: Int16Array };

/** Decodes a whole compressed file. `container`: what its bytes told; undefined: nothing that is known. */
export type FileDecoder = (bytes: Uint8Array<ArrayBuffer>, container: Container | undefined) => Promise<Block>;

/** Frames that are decoded in one piece. */
const sliceFrames = 4096;

/** What a decoder is told about its bytes. */
export interface ByteDecoderOptions {
  /** What headerless bytes are; absent: they must bring a header. */
  format: PcmFormat | undefined;
  /** The Content-Type says that it is a compressed file, so that a weak mark of one is believed. */
  compressed: boolean;
  /** 16-bit samples are of either byte order: they have to tell. */
  anyOrder?: boolean;
  /** Called when it is known that samples come without a header. */
  headerless?: () => void;
  decodeFile: FileDecoder;
  warn(warning: Warning): void;
}

/**
 * Turns bytes that arrive in arbitrary pieces into blocks: headerless PCM as declared, WAV by its header, anything else
 * through `decodeFile` when it is complete. Several files may follow one another, and samples: each is cut where it begins.
 */
export class ByteDecoder {
  readonly #options: ByteDecoderOptions;
  readonly #watch: SampleWatch;
  /** What comes next is not known; samples, with or without a header; a compressed file. */
  #mode: "start" | "samples" | "file" = "start";
  /** First bytes, until they tell what this is. */
  #held: Uint8Array = new Uint8Array(0);
  #wav: WavReader | undefined;
  #files: FileSplitter | undefined;
  #format: PcmFormat | "mpeg" | undefined;
  #aligner: Aligner | undefined;
  #missingSeconds = 0;

  /** One decoder per file or stream. */
  constructor(options: ByteDecoderOptions) {
    this.#options = options;
    this.#watch = new SampleWatch(options.warn);
  }

  /** Bytes of a second of its samples; undefined: a compressed file's, or not known yet. */
  get bytesPerSecond(): number | undefined {
    const format = this.#format;
    return format && format !== "mpeg" ? frameBytes(format) * format.sampleRate : undefined;
  }

  /** Seconds that headers told, and that have not come. */
  get missingSeconds(): number {
    return this.#missingSeconds + (this.#wav?.missingSeconds ?? 0);
  }

  /** The blocks that `bytes` complete. They are read, not kept, unless a compressed file is being collected. */
  push(bytes: Uint8Array): AsyncGenerator<Block> {
    return this.#take(bytes, false);
  }

  /** The blocks that only the end brings. `asked`: the reading was left early, so that nothing is missing. */
  async *end(asked = false): AsyncGenerator<Block> {
    yield* this.#take(new Uint8Array(0), true);
    yield* this.#endFile();
    if (this.#wav && !this.#wav.begun && !asked) throw new EchoError("not-audio", "The WAV ended within its header.");
    this.#complete(this.#wav?.pending);
    await this.#watch.end();
    if (this.missingSeconds > 0 && !asked)
      throw new EchoError(
        "source-failed",
        `The WAV is cut short: ${this.missingSeconds.toFixed(2)} s are missing of what its header tells.`,
        {
          remedy:
            "What came was sent. Check the connection to the server, and the length that it writes into the header.",
        },
      );
  }

  async *#take(bytes: Uint8Array, ended: boolean): AsyncGenerator<Block> {
    let rest: Uint8Array | undefined = bytes;
    while (rest) {
      if (this.#mode === "start") {
        rest = this.#held.length > 0 ? concat(this.#held, rest) : rest;
        if (!this.#begin(rest, ended)) {
          this.#held = rest.slice();
          return;
        }
        this.#held = new Uint8Array(0);
      }
      rest = this.#mode === "file" ? yield* this.#collect(rest, ended) : yield* this.#read(rest, ended);
    }
  }

  /** Whether it is known now what `bytes` begin. */
  #begin(bytes: Uint8Array, ended: boolean): boolean {
    const { format, anyOrder, compressed, headerless } = this.#options;
    const kind = recognise(bytes, { declared: format !== undefined, compressed, ended });
    if (kind === "more") return false;
    if (kind === undefined)
      throw new EchoError("not-audio", "The bytes begin like no audio file, and no format was declared.", {
        remedy: 'Headerless PCM needs a format: pcm(input, { encoding: "s16le", sampleRate: 24000 }).',
      });
    if (typeof kind === "object")
      throw new EchoError("not-audio", `The bytes are ${kind.text}, not audio: ${JSON.stringify(kind.excerpt)}`, {
        remedy: `Check what the request asks for. ${fieldRemedy}`,
      });
    if (kind === "samples") {
      if (anyOrder && !ended && bytes.length < 0x8000 && bytes.filter(Boolean).length < 1024) return false;
      headerless?.();
    }
    this.#mode = kind === "file" ? "file" : "samples";
    const headerlessFormat =
      format && anyOrder && isBigEndian(bytes) ? { ...format, encoding: "s16be" as const } : format;
    if (kind !== "file") this.#wav = new WavReader(headerlessFormat, kind === "samples");
    return true;
  }

  /** Samples, up to a compressed file, whose bytes it returns. */
  async *#read(bytes: Uint8Array, ended: boolean): AsyncGenerator<Block, Uint8Array | undefined> {
    try {
      for (const part of this.#wav?.push(bytes, ended) ?? []) {
        if ("file" in part) {
          this.#missingSeconds += this.#wav?.missingSeconds ?? 0;
          this.#complete();
          this.#wav = this.#format = undefined;
          this.#mode = "start";
          return part.file;
        }
        if (part.format !== this.#format) {
          this.#complete();
          yield* this.#endFile();
          this.#format = part.format;
        }
        if (part.format === "mpeg") yield* this.#collect(part.bytes, false);
        else yield* this.#frames(part.bytes, part.format);
      }
    } catch (cause) {
      throw cause instanceof WavError ? new EchoError("not-audio", cause.message, { cause }) : cause;
    }
    return undefined;
  }

  *#frames(bytes: Uint8Array, format: PcmFormat): Generator<Block> {
    if (format.channels > 8)
      throw new EchoError("not-audio", `The input has ${format.channels} channels; eight at most are mixed down.`, {
        remedy: "Mix it down to two channels or one first.",
      });
    const size = frameBytes(format);
    this.#aligner ??= new Aligner(size);
    const whole = this.#aligner.push(bytes);
    // A header tells the truth, but for the numbers that are in its samples.
    if (format === this.#options.format || format.encoding === "f32le") this.#watch.push(whole, format);
    for (let at = 0; at < whole.length; at += sliceFrames * size) {
      const slice = whole.subarray(at, at + sliceFrames * size);
      const { sampleRate } = format;
      yield isMonoInt16(format)
        ? { sampleRate, pcm: readInt16(slice) }
        : { sampleRate, planes: decodeFrames(slice, format) };
    }
  }

  /** What came is complete, or should be. */
  #complete(more = 0): void {
    const bytes = (this.#aligner?.pending ?? 0) + more;
    this.#aligner = undefined;
    if (bytes > 0)
      this.#options.warn({
        code: "incomplete-sample",
        message: `The input ended within a sample: ${bytes} bytes were left over.`,
        remedy: "Check the declared encoding and channels, and that the response was not cut.",
      });
  }

  /** Collects a compressed file, up to what follows it, whose bytes it returns. */
  async *#collect(bytes: Uint8Array, ended: boolean): AsyncGenerator<Block, Uint8Array | undefined> {
    this.#files ??= new (await import("./file-splitter.js")).FileSplitter({ ...fileStarts, ...mpegFrames });
    const next = this.#files.push(bytes, ended);
    if (!next) return undefined;
    yield* this.#endFile();
    this.#mode = "start";
    return next;
  }

  async *#endFile(): AsyncGenerator<Block> {
    const file = this.#files?.end();
    this.#files = undefined;
    if (file) yield await this.#options.decodeFile(file.bytes, file.container);
  }
}
