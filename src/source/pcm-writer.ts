import { frameBytes, type PcmFormat } from "../decode/sample-format.js";
import { openInput } from "./open-input.js";
import { checkFormat, type PcmDeclaration } from "./pcm-format.js";
import { bytesOf } from "./piece.js";
import type { OpenRequest, Source } from "./source.js";

/** A source that is written to. */
export interface PcmWriter extends Source {
  /**
   * Takes bytes, cut anywhere, also within a sample; they are copied. Resolves when there is room for more (a second is
   * buffered), so `await` it. Rejects with AbortError once the turn has been interrupted or has ended: these bytes are not heard. In a
   * turn that was interrupted before its time came, it waits until the turn can no longer be resumed. A write that nobody
   * awaits raises no unhandled rejection. Throws TypeError for what is no bytes.
   */
  write(bytes: ArrayBuffer | ArrayBufferView): Promise<void>;
  /** No more is to come: the turn ends when all is sent. Idempotent. */
  end(): void;
}

/** Seconds of audio that wait in the writer before `write()` does. */
const bufferSeconds = 1;

/**
 * A source for sockets: `await writer.write(bytes)` is the back-pressure, `writer.end()` ends the turn. What is written
 * before the turn is opened waits for it. For one turn (`source-used`).
 *
 * Throws TypeError or RangeError for an impossible format.
 */
export function pcmWriter(format: PcmDeclaration): PcmWriter {
  return new Writer(format);
}

class Writer implements PcmWriter {
  readonly #format: PcmFormat;
  readonly #stream: ReadableStream<Uint8Array>;
  #controller: ReadableStreamDefaultController<Uint8Array> | undefined;
  /** Writes that wait for room. */
  #waiting: { resolve(): void; reject(error: unknown): void }[] = [];
  #opened = false;

  constructor(declaration: PcmDeclaration) {
    this.#format = checkFormat(declaration);
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
        highWaterMark: bufferSeconds * this.#format.sampleRate * frameBytes(this.#format),
      }),
    );
  }

  write(bytes: ArrayBuffer | ArrayBufferView): Promise<void> {
    const given = bytesOf(bytes);
    if (!given)
      throw new TypeError(
        'write() takes an ArrayBuffer or a view: set socket.binaryType = "arraybuffer", or decode base64 text first.',
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
    return openInput(this.#stream, { format: this.#format, compressed: false }, { ...request, ended });
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
