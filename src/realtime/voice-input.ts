import { loadWasm } from "../encoder/wasm.js";
import type { AudioSetup, Source } from "../source/source.js";
import type { Warning } from "../warning.js";
import type { VoiceFormat } from "./protocol.js";
import { RealtimeError } from "./realtime-error.js";
import { toWire, type WireEncoder } from "./wire-encoder.js";

/** What an input is opened with. */
export interface VoiceInputOptions {
  source: Source;
  format: VoiceFormat;
  audio?: AudioSetup | undefined;
  /** True while the provider must hear silence in place of the input. */
  muted(): boolean;
  /** Takes bytes in the session's format; false while there is no session. */
  deliver(bytes: Uint8Array): boolean;
  warn(warning: Warning): void;
  report(error: RealtimeError): void;
}

/** Hz at which every input is read. */
const sampleRate = 24_000;
/** 40 ms: short enough for the provider's detector, long enough for 25 messages a second. */
const chunkFrames = 960;
/** Kept while there is no session: what the caller said into a lost connection still counts, what is older does not. */
const longestHeldSeconds = 5;
/** A detector needs silence to see an end; an input that is over gives none. */
const trailingSilenceSeconds = 1;

/** Reads a source from opening to `close()`, over as many connections as that takes. */
export class VoiceInput {
  readonly #options: VoiceInputOptions;
  readonly #stop = new AbortController();
  readonly #held: { bytes: Uint8Array; seconds: number }[] = [];
  #heldSeconds = 0;
  #lostSeconds = 0;

  /** Opens nothing. */
  constructor(options: VoiceInputOptions) {
    this.#options = options;
  }

  /** Opens the source; it is read from then on. Rejects with what the source rejects with. */
  async open(): Promise<void> {
    const { signal } = this.#stop;
    const { source, format, audio, warn } = this.#options;
    const ended = new AbortController().signal;
    const [stream, encoder] = await Promise.all([
      source.open({ sampleRate, chunkFrames, ended, signal, audio, warn }),
      toWire(
        format,
        sampleRate,
        format === "pcm" ? undefined : () => loadWasm(audio?.wasmUrl, audio?.loadTimeoutSeconds),
      ),
    ]);
    if (signal.aborted) {
      // Closed while a permission was asked for: what came after all is let go.
      encoder.close();
      stream.cancel().catch(() => {});
      return;
    }
    void this.#read(stream, encoder);
  }

  /** A session is there (again): what was held goes first. */
  flush(): void {
    if (this.#lostSeconds > 0) {
      const lost = `${this.#lostSeconds.toFixed(1)} s of the input`;
      this.#options.report(
        new RealtimeError("input-dropped", `${lost} could not be kept until the session was there.`),
      );
    }
    this.#lostSeconds = 0;
    this.#heldSeconds = 0;
    for (const { bytes } of this.#held.splice(0)) this.#options.deliver(bytes);
  }

  /** Drops what is held and lets the source go: it releases what it opened and nothing that was lent to it. */
  close(): void {
    this.#stop.abort();
    this.#held.length = 0;
  }

  async #read(stream: ReadableStream<Int16Array>, encoder: WireEncoder): Promise<void> {
    const reader = stream.getReader();
    const { signal } = this.#stop;
    signal.addEventListener("abort", () => void reader.cancel().catch(() => {}), { once: true });
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (signal.aborted) break;
        if (done) {
          this.#take(new Int16Array(sampleRate * trailingSilenceSeconds), encoder);
          break;
        }
        this.#take(this.#options.muted() ? new Int16Array(value.length) : value, encoder);
      }
    } catch (cause) {
      if (!signal.aborted) this.#options.report(new RealtimeError("input-failed", "The input broke off.", { cause }));
    } finally {
      encoder.close();
    }
  }

  #take(chunk: Int16Array, encoder: WireEncoder): void {
    const bytes = encoder.encode(chunk);
    if (bytes.length === 0 || this.#options.deliver(bytes)) return;
    const seconds = chunk.length / sampleRate;
    this.#held.push({ bytes, seconds });
    this.#heldSeconds += seconds;
    while (this.#heldSeconds > longestHeldSeconds) {
      const oldest = this.#held.shift()?.seconds ?? 0;
      this.#heldSeconds -= oldest;
      this.#lostSeconds += oldest;
    }
  }
}
