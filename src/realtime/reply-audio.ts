import { Aligner } from "../decode/aligner.js";
import { decodeFrames, frameBytes, type PcmFormat, readInt16 } from "../decode/sample-format.js";
import { pcm } from "../source/pcm.js";
import type { OpenRequest, Source } from "../source/source.js";
import type { RealtimeError } from "./realtime-error.js";
import type { WireFormat } from "./voice-session.js";

/** How an answer's bytes are to be read. */
export interface ReplyFormat extends PcmFormat {
  /** Bytes of one second. */
  readonly bytesPerSecond: number;
}

/** How an answer in a wire format is read. */
export function replyFormat({ encoding, sampleRate }: WireFormat): ReplyFormat {
  const format = { encoding, sampleRate, channels: 1 };
  return { ...format, bytesPerSecond: sampleRate * frameBytes(format) };
}

/**
 * A source that is fed by a socket. A socket cannot be told to wait, so what arrives ahead of the replica is held here:
 * 48 kB a second at 24 kHz, and as much as the provider lets one answer be long. The turn pulls as its pace allows. PCM at the
 * replica's rate is passed on bit for bit, all else goes through the encoder.
 */
export class ReplyAudio implements Source {
  readonly #format: ReplyFormat;
  readonly #aligner: Aligner;
  readonly #held: Uint8Array[] = [];
  #end: { error?: RealtimeError | undefined } | undefined;
  #dropped = false;
  #wake: () => void = () => {};

  /** Opens nothing. */
  constructor(format: ReplyFormat) {
    this.#format = format;
    this.#aligner = new Aligner(frameBytes(format));
  }

  /** Appends bytes, which may end in the middle of a sample; ignored after the end, and once the turn wants no more. */
  push(bytes: Uint8Array): void {
    if (this.#end || this.#dropped) return;
    const whole = this.#aligner.push(bytes);
    if (whole.length > 0) this.#held.push(whole);
    this.#wake();
  }

  /** Closes the stream behind what was pushed; with `error`, fails it there, so that the turn says all of it first. */
  end(error?: RealtimeError): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** See {@link Source.open}. Opens once: a reply is one turn. */
  async open(request: OpenRequest): Promise<ReadableStream<Int16Array>> {
    const { encoding, sampleRate } = this.#format;
    // Asked to end: what is there is said, what is still to come is not.
    request.ended.addEventListener("abort", () => this.end(), { once: true });
    request.signal.addEventListener("abort", () => this.#drop(), { once: true });
    // As samples, not as bytes: bytes that happen to begin like a file would be taken for one.
    if (encoding !== "s16le" || request.sampleRate !== sampleRate) return pcm(this.#samples()).open(request);
    return new ReadableStream<Int16Array>(
      {
        pull: async (controller) => {
          const bytes = await this.#next();
          if (bytes) controller.enqueue(readInt16(bytes));
          else controller.close();
        },
        cancel: () => this.#drop(),
      },
      { highWaterMark: 0 },
    );
  }

  async *#samples(): AsyncGenerator<{ samples: Float32Array; sampleRate: number }> {
    const { sampleRate } = this.#format;
    for (let bytes = await this.#next(); bytes; bytes = await this.#next()) {
      const [samples] = decodeFrames(bytes, this.#format);
      if (samples) yield { samples, sampleRate };
    }
  }

  /** The next bytes, as soon as there are some; undefined at the end; throws what the answer ended with. */
  async #next(): Promise<Uint8Array | undefined> {
    while (this.#held.length === 0 && !this.#end && !this.#dropped)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    const bytes = this.#held.shift();
    if (!bytes && this.#end?.error) throw this.#end.error;
    return bytes;
  }

  #drop(): void {
    this.#dropped = true;
    this.#held.length = 0;
    this.#wake();
  }
}
