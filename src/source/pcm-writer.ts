import { frameBytes } from "../decode/sample-format.js";
import { EchoError, messageOf } from "../errors.js";
import { openInput } from "./open-input.js";
import { type CheckedDeclaration, checkDeclaration, type PcmDeclaration, type TextDeclaration } from "./pcm-format.js";
import { bytesOf, isUsed } from "./piece.js";
import type { OpenRequest, Source } from "./source.js";

/** A source that is written to. */
export interface PcmWriter extends Source {
  /**
   * Takes bytes, cut anywhere, also within a sample; they are copied. Resolves when there is room for more (a second is
   * buffered), so `await` it. Rejects with AbortError once the turn has been interrupted or has ended: these bytes are not heard. In a
   * turn that was interrupted before its time came, it waits until the turn can no longer be resumed. A write that nobody
   * awaits raises no unhandled rejection. Where the format names a `field`, it takes text too: a socket's messages as they are.
   * @throws TypeError for what is no bytes.
   */
  write(bytes: ArrayBuffer | ArrayBufferView | string): Promise<void>;
  /** No more is to come: the turn ends when all is sent. Idempotent. */
  end(): void;
  /**
   * The synthesis broke off: what was written is said, then the turn fails with `source-failed`. Without effect once the turn
   * has ended. `cause`: what is known about it; its text is in the error's message.
   */
  fail(cause?: unknown): void;
}

/** Seconds of audio that wait in the writer before `write()` does. */
const bufferSeconds = 1;

/**
 * A source for sockets: `await writer.write(bytes)` is the back-pressure, `writer.end()` ends the turn. What is written
 * before the turn is opened waits for it. For one turn (`source-used`).
 *
 * @throws TypeError or RangeError for an impossible format.
 */
export function pcmWriter(format: PcmDeclaration | TextDeclaration): PcmWriter {
  return new Writer(format);
}

class Writer implements PcmWriter {
  readonly #declared: CheckedDeclaration;
  readonly #stream: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Writes that wait for room. */
  #waiting: { resolve(): void; reject(error: unknown): void }[] = [];
  #opened = false;
  #failure: EchoError | undefined;

  constructor(declaration: PcmDeclaration | TextDeclaration) {
    if (!declaration) throw new TypeError('A format is missing: pcmWriter({ encoding: "s16le", sampleRate: 24000 }).');
    this.#declared = checkDeclaration(declaration);
    const { format } = this.#declared;
    // Text is a third longer than what it stands for, and what has a header is at 24 kHz or near it.
    const bytesPerSecond = format ? format.sampleRate * frameBytes(format) : 48_000;
    this.#stream = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          this.#controller = controller;
        },
        pull: () => {
          for (const { resolve } of this.#waiting.splice(0)) resolve();
        },
        cancel: () => this.#drop(),
      },
      new ByteLengthQueuingStrategy({
        highWaterMark: bufferSeconds * bytesPerSecond,
      }),
    );
  }

  write(bytes: ArrayBuffer | ArrayBufferView | string): Promise<void> {
    const text = typeof bytes === "string" && this.#declared.field;
    const given = text ? new TextEncoder().encode(bytes) : bytesOf(bytes);
    if (!given)
      throw new TypeError(
        'write() takes an ArrayBuffer or a view: set socket.binaryType = "arraybuffer", decode base64 text first, or name the field that holds it: pcmWriter({ field, encoding, sampleRate }).',
      );
    const written = this.#write(new Uint8Array(given));
    written.catch(() => undefined);
    return written;
  }

  end(): void {
    this.#controller?.close();
    this.#controller = undefined;
    // What these writes gave is in the stream, and will be heard.
    for (const { resolve } of this.#waiting.splice(0)) resolve();
  }

  fail(cause?: unknown): void {
    const why = cause === undefined ? "" : `: ${messageOf(cause)}`;
    this.#failure ??= new EchoError("source-failed", `The synthesis broke off${why}.`, { cause });
    this.end();
  }

  discard(): void {
    // Another turn may have been given it as well.
    if (this.#opened) return;
    this.#controller?.error(over());
    this.#drop();
  }

  open(request: OpenRequest): Promise<ReadableStream<Int16Array>> {
    this.#opened = true;
    // What was written is as good as captured: the turn's end lets no more in, and delivers it.
    request.ended.addEventListener("abort", () => this.end(), { once: true, signal: request.signal });
    if (request.ended.aborted) this.end();
    const ended = new AbortController().signal;
    if (isUsed(this.#stream)) return openInput(this.#stream, { ...this.#declared, compressed: false }, request);
    return openInput(this.#read(), { ...this.#declared, compressed: false }, { ...request, ended });
  }

  /** What was written, and then how it failed, if it did. */
  async *#read(): AsyncGenerator<Uint8Array> {
    const reader = this.#stream.getReader();
    let over = false;
    try {
      for (;;) {
        const { done, value } = await reader.read();
        over = done;
        if (done) break;
        yield value;
      }
    } finally {
      if (!over) reader.cancel().catch(() => undefined);
    }
    if (this.#failure) throw this.#failure;
  }

  #write(bytes: Uint8Array): Promise<void> {
    if (!this.#controller) return Promise.reject(over());
    if (bytes.length > 0) this.#controller.enqueue(bytes);
    if ((this.#controller.desiredSize ?? 0) > 0) return Promise.resolve();
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  #drop(): void {
    this.#controller = undefined;
    for (const { reject } of this.#waiting.splice(0)) reject(over());
  }
}

const over = (): DOMException => new DOMException("The turn is over: nobody hears this.", "AbortError");
