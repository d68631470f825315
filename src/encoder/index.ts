import { MAX_CHANNELS, PcmEncoder } from "../../worklet/encoder.js";
import { planEncoder } from "./plan.js";
import { loadWasm } from "./wasm.js";

export { impulseResponse } from "./prototype.js";

/** What createEncoder() takes. */
export interface EncoderOptions {
  /** Hz of the input: a whole number from 8000 to 192000. */
  inputRate: number;
  /** Hz of the output, likewise. */
  outputRate: number;
  /** Planes per block, 1 to 8. Without it any number is taken, and it may change. */
  channels?: number | undefined;
  /** Adds triangular noise of ±1 LSB before rounding. Default false: digital silence stays silence. */
  dither?: boolean | undefined;
  /** Longest block in frames, 1 to 4096 (the default). */
  maxBlockFrames?: number | undefined;
  /** The bytes of encoder.wasm; by default they are loaded from beside the package's own modules. */
  wasm?: BufferSource | undefined;
}

/** One stream of mono s16. See createEncoder(). */
export interface Encoder {
  /**
   * Encodes a block: one plane, or one per channel, of the same length, 0 to `maxBlockFrames` frames; several are
   * down-mixed by the speaker rules of Web Audio. Returns a view that is valid until the next call.
   * @throws RangeError for planes that do not fit; the stream then goes on as if the call had not been made.
   */
  encode(planes: Float32Array | readonly Float32Array[]): Int16Array;
  /**
   * Ends the stream and gives its tail, in a view that is valid until the next call. Total output is then exactly
   * round(frames · outputRate / inputRate), half up. The next encode() begins a new stream.
   */
  flush(): Int16Array;
  /** Drops the stream; the next encode() begins a new one. */
  reset(): void;
  /** Mean time from the newest input to the newest output, in seconds. */
  readonly latencySeconds: number;
  /** Releases the memory. Later calls throw. */
  close(): void;
}

/**
 * Makes an encoder: float PCM at one rate to s16 mono at another. The same code and wasm run in the library's worklet;
 * this entry works in pages, workers and Node.
 * @throws RangeError (as a rejection) naming the option and its range; EchoError when the wasm cannot be had.
 */
export async function createEncoder(options: EncoderOptions): Promise<Encoder> {
  const { inputRate, outputRate, channels, dither, maxBlockFrames, wasm } = options;
  const plan = planEncoder(inputRate, outputRate);
  if (channels !== undefined && !(Number.isInteger(channels) && channels >= 1 && channels <= MAX_CHANNELS))
    throw new RangeError(`channels must be a whole number from 1 to ${MAX_CHANNELS}, not ${String(channels)}.`);
  let encoder: PcmEncoder | undefined = new PcmEncoder(wasm ?? (await loadWasm()), plan, {
    ...(dither !== undefined && { dither }),
    ...(maxBlockFrames !== undefined && { maxBlockFrames }),
  });
  const { latencySeconds } = encoder;
  const open = (): PcmEncoder => {
    if (!encoder) throw new TypeError("This encoder is closed: make a new one.");
    return encoder;
  };
  return {
    encode(planes) {
      const list = planes instanceof Float32Array ? [planes] : planes;
      if (channels !== undefined && list.length !== 1 && list.length !== channels)
        throw new RangeError(`planes must be 1 or ${channels} (channels), not ${list.length}.`);
      return open().encode(list);
    },
    flush: () => open().flush(),
    reset: () => open().reset(),
    latencySeconds,
    close: () => {
      encoder = undefined;
    },
  };
}
