import type { AudioSetup, Source } from "../source/source.js";
import type { Warning } from "../warning.js";
import { RealtimeError } from "./realtime-error.js";

/** What an input is opened with. */
export interface VoiceInputOptions {
  source: Source;
  /** Hz at which it is read. */
  sampleRate: 24_000 | 16_000;
  audio?: AudioSetup | undefined;
  /** True while the provider must hear silence in place of the input. */
  muted(): boolean;
  /** Takes samples; false while there is no session. */
  deliver(samples: Int16Array): boolean;
  warn(warning: Warning): void;
  report(error: RealtimeError): void;
}

/** 40 ms: short enough for the provider's detector, long enough for 25 messages a second. */
const chunkSeconds = 0.04;
/** Kept while there is no session: what the caller said into a lost connection still counts, what is older does not. */
const longestHeldSeconds = 5;
/** A detector needs silence to see an end; an input that is over gives none. */
const trailingSilenceSeconds = 1;

/** Reads a source from opening to `close()`, over as many connections as that takes. */
export class VoiceInput {
  readonly #options: VoiceInputOptions;
  readonly #stop = new AbortController();
  readonly #held: Int16Array[] = [];
  #heldFrames = 0;
  #lostFrames = 0;

  /** Opens nothing. */
  constructor(options: VoiceInputOptions) {
    this.#options = options;
  }

  /** Hz of its samples. */
  get sampleRate(): number {
    return this.#options.sampleRate;
  }

  /** Opens the source; it is read from then on. Rejects with what the source rejects with. */
  async open(): Promise<void> {
    const { signal } = this.#stop;
    const { source, sampleRate, audio, warn } = this.#options;
    const chunkFrames = sampleRate * chunkSeconds;
    const ended = new AbortController().signal;
    const stream = await source.open({ sampleRate, chunkFrames, ended, signal, audio, warn });
    // Closed while a permission was asked for: what came after all is let go.
    if (signal.aborted) stream.cancel().catch(() => {});
    else void this.#read(stream);
  }

  /** A session is there (again): what was held goes first. */
  flush(): void {
    if (this.#lostFrames > 0) {
      const lost = `${(this.#lostFrames / this.sampleRate).toFixed(1)} s of the input`;
      const message = `${lost} could not be kept until the session was there.`;
      this.#options.report(new RealtimeError("input-dropped", message));
    }
    const held = this.#held.splice(0);
    this.clear();
    for (const chunk of held) this.#options.deliver(chunk);
  }

  /** What is held does not count any more. */
  clear(): void {
    this.#held.length = 0;
    this.#heldFrames = 0;
    this.#lostFrames = 0;
  }

  /** Drops what is held and lets the source go: it releases what it opened and nothing that was lent to it. */
  close(): void {
    this.#stop.abort();
    this.clear();
  }

  async #read(stream: ReadableStream<Int16Array>): Promise<void> {
    const reader = stream.getReader();
    const { signal } = this.#stop;
    signal.addEventListener("abort", () => void reader.cancel().catch(() => {}), { once: true });
    try {
      for (;;) {
        const { done, value } = await reader.read();
        if (signal.aborted) return;
        if (done) return this.#take(new Int16Array(this.sampleRate * trailingSilenceSeconds));
        this.#take(this.#options.muted() ? new Int16Array(value.length) : value);
      }
    } catch (cause) {
      if (!signal.aborted) this.#options.report(new RealtimeError("input-failed", "The input broke off.", { cause }));
    }
  }

  #take(chunk: Int16Array): void {
    if (this.#options.deliver(chunk)) return;
    this.#held.push(chunk);
    this.#heldFrames += chunk.length;
    while (this.#heldFrames > longestHeldSeconds * this.sampleRate) {
      const oldest = this.#held.shift()?.length ?? 0;
      this.#heldFrames -= oldest;
      this.#lostFrames += oldest;
    }
  }
}
