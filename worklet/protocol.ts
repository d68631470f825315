import { version } from "../package.json";
import type { EncoderPlan, EncoderTail } from "./encoder.js";

/** Name under which the processor is registered in its AudioWorkletGlobalScope: a worklet.js of another version has another. */
export const processorName = `tavus-echo-${version}`;

/** What the processor is made with: `processorOptions`, structured-cloned, so the audio thread owns its copies. */
export interface CaptureOptions {
  /** Bytes of `encoder.wasm`: a `WebAssembly.Module` cannot be posted to a worklet in Chromium. */
  wasm: ArrayBuffer;
  /** Filter bank and rates, designed off the audio thread. */
  plan: EncoderPlan;
  /** Samples per chunk at the output rate. */
  chunkFrames: number;
  /** True: capture from the first block on. False: stay armed, remember `ringFrames`, and wait for `start`. */
  started: boolean;
  /** Input frames that an armed processor remembers, so that a capture can begin in the past. 0: none. */
  ringFrames: number;
  /** Context frame at which the capture ends by itself: the length of an OfflineAudioContext. */
  endFrame?: number | undefined;
  /** Posts `speech` when somebody begins and ceases to speak; the node's second input is the replica's voice, if connected. */
  gate?: boolean | undefined;
}

/** Commands of the main thread. None carries a buffer that is handed over. */
export type ToWorklet =
  /** Begin a capture at context frame `fromFrame`, or as far back as the ring reaches. Posted only when armed. */
  | { type: "start"; plan: EncoderPlan; chunkFrames: number; fromFrame: number }
  /** Deliver all that was captured, answer `drained`, and be armed again. `keep`: another processor goes on with the stream. */
  | { type: "drain"; keep?: true }
  /** Stop for good. Not answered. */
  | { type: "close" };

/** Reports of the audio thread, in the order of the samples. */
export type FromWorklet =
  /** The processor lives: every block from now on is seen. */
  | { type: "ready" }
  /**
   * `pcm`: a copy, the receiver owns it. `frame`: index of its first sample since the capture began, at the
   * output rate, so that a missing chunk would be noticed. `level`: RMS, 0 to 1.
   */
  | { type: "chunk"; pcm: Int16Array; frame: number; level: number }
  /** RMS of the input since the last report, 0 to 1; only while armed (chunks carry their own). */
  | { type: "level"; level: number }
  /** Answer to `drain`, after the last chunk. `frame`: context frame at which the capture ended. `tail`: given `keep`. */
  | { type: "drained"; frame: number; tail?: EncoderTail | undefined }
  /** Speech began or ended. `frame`: context frame of the first block that was loud (or quiet). */
  | { type: "speech"; active: boolean; frame: number }
  /** The processor broke and has stopped; nothing follows. */
  | { type: "failed"; message: string };
