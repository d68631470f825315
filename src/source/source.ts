import type { Warning } from "../warning.js";

/** Where capture finds its context and its files. The replica hands its own `audio` option to every source it opens. */
export interface AudioSetup {
  /** The app's own context; without one the sources share a context that the library makes and closes. */
  context?: AudioContext | undefined;
  /** URL of `worklet.js`, for pages that host it themselves. Default: beside the library's own module. */
  workletUrl?: string | URL | undefined;
  /** URL of `encoder.wasm`, likewise. */
  wasmUrl?: string | URL | undefined;
  /** Seconds until what is loaded counts as never coming, above 0: the turn then fails with `load-timeout`. Default 20. */
  loadTimeoutSeconds?: number | undefined;
  /** Where a source that was prepared tells what concerns no turn. The replica's own; not to be set. */
  warn?: ((warning: Warning) => void) | undefined;
}

/** What a turn asks of the source it opens. */
export interface OpenRequest {
  /** Hz of the samples to deliver: 24000 or 16000. */
  sampleRate: number;
  /** Samples per chunk that the turn prefers (about 60 ms at the default message limit); any length is accepted. */
  chunkFrames: number;
  /** Aborts when the turn is asked to end: flush what was captured, then close the stream. */
  ended: AbortSignal;
  /** Aborts when the turn is interrupted or has failed: drop everything and release what was opened. */
  signal: AbortSignal;
  /** The replica's `audio` option; absent when a source is opened by something other than a replica. */
  audio?: AudioSetup | undefined;
  /** Tells the app something that does not fail the turn; the replica emits it as its `warning` event. */
  warn?: ((warning: Warning) => void) | undefined;
}

/**
 * Where a turn's samples come from. Cold: making one asks for nothing and opens nothing.
 *
 * Write your own with `open` alone: return a stream of `Int16Array` chunks, mono, at `sampleRate`. Closing the stream
 * ends the turn, erroring it fails the turn after what was delivered has been sent. The turn owns the chunks it reads.
 */
export interface Source {
  /** Live sources open at `speak()` and are buffered (20 s at most) while they wait; others open at their turn. */
  readonly live?: boolean | undefined;
  /** Brings permission, loading and their errors forward. Idempotent. */
  prepare?(audio?: AudioSetup): Promise<void>;
  /** What it knows of why it gives silence, in a sentence: asked when it does. */
  silence?(): string | undefined;
  /** The turn that was given this source is over, and never opened it: nobody will read what waits. */
  discard?(): void;
  /** Starts delivering. Rejects with an EchoError when it cannot. */
  open(request: OpenRequest): Promise<ReadableStream<Int16Array>>;
}
