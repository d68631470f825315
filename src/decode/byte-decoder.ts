import { EchoError } from "../errors.js";
import type { Warning } from "../warning.js";
import { Aligner, concat } from "./aligner.js";
import { type Container, recogniseContainer } from "./container.js";
import { doubt, probeBytes } from "./plausibility.js";
import { decodeFrames, frameBytes, isMonoInt16, type PcmFormat, readInt16 } from "./sample-format.js";
import { isWav, WavError, WavReader, type WavSamples } from "./wav.js";

/** Decoded audio: planes of floats, or, where nothing has to be decoded, mono 16-bit samples as they came. */
export type Block = { sampleRate: number; planes: readonly Float32Array[] } | { sampleRate: number; pcm: Int16Array };

/** Decodes a whole compressed file. `container`: what its bytes told; undefined: nothing that is known. */
export type FileDecoder = (bytes: Uint8Array<ArrayBuffer>, container: Container | undefined) => Promise<Block>;

/** Frames that are decoded in one piece. */
const sliceFrames = 4096;
/** Bytes that every magic number is within. */
const magicBytes = 12;

/** What a decoder is told about its bytes. */
export interface ByteDecoderOptions {
  /** What headerless bytes are; absent: they must bring a header. */
  format: PcmFormat | undefined;
  /** The Content-Type says that it is a compressed file, so that a weak mark of one is believed. */
  compressed: boolean;
  decodeFile: FileDecoder;
  warn(warning: Warning): void;
}

/**
 * Turns bytes that arrive in arbitrary pieces into blocks: headerless PCM as declared, WAV by its header, anything else
 * through `decodeFile` when it is complete.
 */
export class ByteDecoder {
  readonly #options: ByteDecoderOptions;
  /** First bytes until they tell what this is; later all bytes of a compressed file. */
  #held: Uint8Array<ArrayBuffer>[] = [];
  #heldBytes = 0;
  #mode: "unknown" | "pcm" | "wav" | "file" = "unknown";
  #wav: WavReader | undefined;
  #format: PcmFormat | undefined;
  #aligner: Aligner | undefined;
  #probe: Uint8Array<ArrayBuffer> | undefined = new Uint8Array(0);

  /** One decoder per file or stream. */
  constructor(options: ByteDecoderOptions) {
    this.#options = options;
  }

  /** The blocks that `bytes` complete. They are read, not kept, unless a compressed file is being collected. */
  *push(bytes: Uint8Array): Generator<Block> {
    let now: Uint8Array = bytes;
    if (this.#mode === "unknown" || this.#mode === "file") {
      this.#held.push(new Uint8Array(bytes));
      this.#heldBytes += bytes.length;
      if (this.#mode === "file" || this.#heldBytes < magicBytes) return;
      const held = this.#takeHeld();
      this.#recognise(held);
      if (this.#modeIs("file")) return this.#hold(held);
      now = held;
    }
    yield* this.#decode(now);
  }

  /** The blocks that only the end brings. */
  async *end(): AsyncGenerator<Block> {
    if (this.#mode === "unknown" && this.#heldBytes > 0) {
      const bytes = this.#takeHeld();
      this.#recognise(bytes);
      if (this.#modeIs("file")) this.#hold(bytes);
      else yield* this.#decode(bytes);
    }
    if (this.#mode === "file") {
      const bytes = this.#takeHeld();
      // Not from the first bytes: the rate may stand behind a picture, or at the end.
      yield await this.#options.decodeFile(bytes, recogniseContainer(bytes, true));
    }
    if (this.#wav && !this.#wav.begun) throw new EchoError("not-audio", "The WAV ended within its header.");
    this.#plausible();
    this.#complete(this.#wav?.pending);
  }

  *#decode(bytes: Uint8Array): Generator<Block> {
    try {
      for (const samples of this.#wav?.push(bytes) ?? [{ bytes, format: this.#format as PcmFormat }])
        yield* this.#frames(samples);
    } catch (cause) {
      throw cause instanceof WavError ? new EchoError("not-audio", cause.message, { cause }) : cause;
    }
  }

  *#frames({ bytes, format }: WavSamples): Generator<Block> {
    if (format.channels > 8)
      throw new EchoError("not-audio", `The input has ${format.channels} channels; eight at most are mixed down.`, {
        remedy: "Mix it down to two channels or one first.",
      });
    const size = frameBytes(format);
    if (format !== this.#format) this.#complete();
    this.#format = format;
    this.#aligner ??= new Aligner(size);
    const whole = this.#aligner.push(bytes);
    if (this.#probe && this.#mode === "pcm") {
      this.#probe = concat(this.#probe, whole.subarray(0, probeBytes));
      if (this.#probe.length >= probeBytes) this.#plausible();
    }
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

  #recognise(bytes: Uint8Array): void {
    const { format, compressed } = this.#options;
    if (isWav(bytes)) {
      this.#mode = "wav";
      this.#wav = new WavReader(format);
      return;
    }
    const container = recogniseContainer(bytes, compressed || !format);
    if (container || (compressed && !format)) {
      this.#mode = "file";
      return;
    }
    if (!format)
      throw new EchoError("not-audio", "The bytes begin like no audio file, and no format was declared.", {
        remedy: 'Headerless PCM needs a format: pcm(input, { encoding: "s16le", sampleRate: 24000 }).',
      });
    this.#mode = "pcm";
    this.#format = format;
  }

  #plausible(): void {
    if (this.#mode !== "pcm" || !this.#probe || !this.#format) return;
    const warning = doubt(this.#probe, this.#format);
    this.#probe = undefined;
    if (warning) this.#options.warn(warning);
  }

  #hold(bytes: Uint8Array<ArrayBuffer>): void {
    this.#held.push(bytes);
    this.#heldBytes += bytes.length;
  }

  #takeHeld(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#heldBytes);
    let at = 0;
    for (const piece of this.#held) {
      all.set(piece, at);
      at += piece.length;
    }
    this.#held = [];
    this.#heldBytes = 0;
    return all;
  }

  /** The compiler takes the mode for unchanged across calls. */
  #modeIs(mode: string): boolean {
    return this.#mode === mode;
  }
}

/** Whether `bytes` begin as an audio file does that brings its own header. */
export function hasHeader(bytes: Uint8Array): boolean {
  return isWav(bytes) === true || recogniseContainer(bytes, true) !== undefined;
}

/** Whether `bytes` begin a file of their own, so that a piece of a longer input does not continue the one before. */
export function beginsFile(bytes: Uint8Array): boolean {
  if (bytes.length < magicBytes) return false;
  if (isWav(bytes)) return true;
  const container = recogniseContainer(bytes, false);
  // Every page of an Ogg file begins alike; the first says so.
  return container !== undefined && (!container.name.startsWith("Ogg") || ((bytes[5] ?? 0) & 2) !== 0);
}
