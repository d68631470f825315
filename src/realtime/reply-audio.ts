import type { OpenRequest, Source } from "../source/source.js";
import type { VoiceFormat } from "./protocol.js";
import type { RealtimeError } from "./realtime-error.js";

/** How an answer's bytes are to be read. */
export interface ReplyFormat {
  /** The samples' encoding. */
  readonly encoding: "s16le" | "mulaw" | "alaw";
  /** Hz. */
  readonly sampleRate: number;
  /** Bytes of one second. */
  readonly bytesPerSecond: number;
}

/** The format by its name: PCM at 24 kHz, G.711 at 8 kHz. */
export function replyFormat(format: VoiceFormat): ReplyFormat {
  if (format === "pcm") return { encoding: "s16le", sampleRate: 24_000, bytesPerSecond: 48_000 };
  return { encoding: format, sampleRate: 8000, bytesPerSecond: 8000 };
}

/**
 * A source that is fed by a socket. A socket cannot be told to wait, so what arrives ahead of the replica is held here:
 * 48 kB a second, and as much as the provider lets one answer be long. The turn pulls as its pace allows.
 */
export class ReplyAudio implements Source {
  readonly #format: ReplyFormat;
  readonly #held: Int16Array[] = [];
  #odd: number | undefined;
  #end: { error?: RealtimeError | undefined } | undefined;
  #dropped = false;
  #wake: () => void = () => {};

  /** Opens nothing. */
  constructor(format: ReplyFormat) {
    this.#format = format;
  }

  /** Appends bytes; ignored after the end, and once the turn wants no more. */
  push(bytes: Uint8Array): void {
    if (this.#end || this.#dropped) return;
    const chunk = this.#samples(bytes);
    if (chunk.length > 0) this.#held.push(chunk);
    this.#wake();
  }

  /** Closes the stream behind what was pushed; with `error`, fails it there, so that the turn says all of it first. */
  end(error?: RealtimeError): void {
    this.#end ??= { error };
    this.#wake();
  }

  /** See {@link Source.open}. Opens once: a reply is one turn. */
  async open({ ended, signal }: OpenRequest): Promise<ReadableStream<Int16Array>> {
    void this.#format;
    // Asked to end: what is there is said, what is still to come is not.
    ended.addEventListener("abort", () => this.end(), { once: true });
    signal.addEventListener("abort", () => this.#drop(), { once: true });
    return new ReadableStream<Int16Array>(
      { pull: (controller) => this.#pull(controller), cancel: () => this.#drop() },
      { highWaterMark: 0 },
    );
  }

  async #pull(controller: ReadableStreamDefaultController<Int16Array>): Promise<void> {
    while (this.#held.length === 0 && !this.#end && !this.#dropped)
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    const chunk = this.#held.shift();
    if (chunk) controller.enqueue(chunk);
    else if (this.#end?.error) controller.error(this.#end.error);
    else controller.close();
  }

  #drop(): void {
    this.#dropped = true;
    this.#held.length = 0;
    this.#wake();
  }

  /** Bytes to samples; half a sample waits for the next piece. Every platform that runs JavaScript is little-endian. */
  #samples(bytes: Uint8Array): Int16Array {
    const joined = this.#odd === undefined ? bytes : prepend(this.#odd, bytes);
    const whole = joined.length & ~1;
    this.#odd = whole < joined.length ? joined[whole] : undefined;
    return new Int16Array(joined.slice(0, whole).buffer);
  }
}

function prepend(first: number, bytes: Uint8Array): Uint8Array {
  const joined = new Uint8Array(bytes.length + 1);
  joined[0] = first;
  joined.set(bytes, 1);
  return joined;
}
