import type { instantiate } from "../build/encoder.js";

/** The most channels that a block can have. */
export const MAX_CHANNELS = 8;
/** The longest block in frames that can be agreed on. */
export const MAX_BLOCK_FRAMES = 4096;

/** A fraction of whole numbers of any size: sample counts stay exact for years and across every change of rate. */
export interface Fraction {
  /** What is divided. */
  numerator: bigint;
  /** What it is divided by, above 0. */
  denominator: bigint;
}

/**
 * How the outputs of a pair of rates are made, designed off the audio thread by `planEncoder()`. Structured-cloneable.
 * The layout of `bank` is described there. Treat it as opaque; the rates are there to read.
 */
export interface EncoderPlan {
  /** Hz of the input. */
  inputRate: number;
  /** Hz of the output. */
  outputRate: number;
  /** Which inner loop of wasm/kernels.ts makes the outputs; `same` is equal rates, passed through. */
  kernel: Kernel;
  /** Input to output rate is `down` : `up` in lowest terms. */
  up: number;
  /** See `up`. */
  down: number;
  /** Floats of input that an output's coefficients are for, a multiple of 4. */
  window: number;
  /** Frames from the start of a group's window to the last one that the group of 8 outputs needs, plus 1. */
  span: number;
  /** Groups of 8 outputs until the phases repeat. */
  groups: number;
  /** Coefficients. */
  bank: Float32Array;
  /** Where the first window starts, in frames of input; below 0 lies silence, or `past`. */
  first: number;
  /** Frames behind the window that the encoder keeps for whoever continues its stream. */
  keep: number;
  /** Mean time from the newest input to the newest output. */
  latencySeconds: number;
  /** What an earlier encoder of the same stream left: input so far in samples of output, and how many it gave. */
  elapsed: Fraction;
  /** Samples that earlier encoders of the stream gave. */
  emitted: number;
  /** The earlier input at this plan's input rate, newest last; empty at the start of a stream. */
  past: Float32Array;
}

/** The numbers are those of wasm/resampler.ts. */
const kernels = { same: 0, whole: 1, fractional: 2, interpolated: 3 } as const;
/** Inner loop of a plan: equal rates, whole ratios, exact phases, or phases interpolated between stored ones. */
export type Kernel = keyof typeof kernels;

/** What the next encoder needs to go on with a stream at another input rate: see `continueEncoder()`. Structured-cloneable. */
export interface EncoderTail {
  /** Hz of the input that ended. */
  inputRate: number;
  /** Hz of the output; it stays the same. */
  outputRate: number;
  /** Input of the whole stream so far, in samples of output. */
  elapsed: Fraction;
  /** Samples given so far. */
  emitted: number;
  /** The last frames of the input, mono, newest last. */
  past: Float32Array;
}

type Exports = Awaited<ReturnType<typeof instantiate>>;

/** Blocks of silence run in the constructor, so that the engine has optimized the code before the first real one. */
const WARM_UP_BLOCKS = 60;

/**
 * One stream of mono s16 out of blocks of float planes. Knows no environment: the audio thread, workers, pages and Node
 * run the same code and the same wasm. After construction nothing is allocated, but once per distinct output length.
 */
export class PcmEncoder {
  /** Mean time from the newest input to the newest output, in seconds. */
  readonly latencySeconds: number;
  readonly #plan: EncoderPlan;
  readonly #maxBlockFrames: number;
  readonly #wasm: Exports;
  readonly #inputs: readonly Float32Array[];
  /** Views on the output, by length: lengths repeat, so that no view is made twice. */
  readonly #outputs: Int16Array[] = [];
  #frames = 0;
  #samples = 0;

  /**
   * Compiles, configures and warms up, all synchronously: about a millisecond.
   * @param wasm The bytes of encoder.wasm.
   * @param plan From `planEncoder()`. It is read here and not kept but for its numbers.
   * @param options `maxBlockFrames`: longest block that encode() will get, 1 to 4096 (default 4096). `dither`: adds
   * triangular noise of ±1 LSB before rounding (default false: digital silence stays silence).
   * @throws RangeError for a `maxBlockFrames` out of range; WebAssembly.CompileError when the page's CSP forbids wasm.
   */
  constructor(wasm: BufferSource, plan: EncoderPlan, options: { maxBlockFrames?: number; dither?: boolean } = {}) {
    const maxBlockFrames = options.maxBlockFrames ?? MAX_BLOCK_FRAMES;
    if (!Number.isInteger(maxBlockFrames) || maxBlockFrames < 1 || maxBlockFrames > MAX_BLOCK_FRAMES)
      throw new RangeError(
        `maxBlockFrames must be a whole number from 1 to ${MAX_BLOCK_FRAMES}, not ${maxBlockFrames}.`,
      );
    const { up, down, window, span, groups, bank, first, keep } = plan;
    const backlog = Math.max(span, -first);
    const block = Math.max(maxBlockFrames, span);
    this.#plan = plan;
    this.#maxBlockFrames = maxBlockFrames;
    this.#wasm = new WebAssembly.Instance(new WebAssembly.Module(wasm)).exports as unknown as Exports;
    const room = this.#wasm.configure(
      kernels[plan.kernel],
      up,
      down,
      window,
      span,
      groups,
      bank.length,
      keep,
      first,
      maxBlockFrames,
      keep + backlog + block + SPARE_FRAMES,
      Math.ceil(((backlog + block) * up) / down) + 16,
      options.dither ? 1 : 0,
    );
    if (!room) throw new RangeError(`No memory for ${plan.inputRate} to ${plan.outputRate} Hz.`);
    const { buffer } = this.#wasm.memory;
    new Float32Array(buffer, this.#wasm.bankPointer(), bank.length).set(bank);
    this.#inputs = Array.from(
      { length: MAX_CHANNELS },
      (_, channel) => new Float32Array(buffer, this.#wasm.inputPointer(channel), maxBlockFrames),
    );
    this.latencySeconds = plan.latencySeconds;
    const silence = [new Float32Array(Math.min(128, maxBlockFrames))];
    for (let i = 0; i < WARM_UP_BLOCKS; i++) this.encode(silence);
    this.reset();
  }

  /**
   * Encodes one block: 1 to 8 planes of the same length, 0 to `maxBlockFrames` frames, down-mixed to mono by the speaker
   * rules of Web Audio. The number of planes may change from call to call. NaN counts as 0.
   * @returns The samples that are complete, in a view that is valid until the next call.
   * @throws RangeError for planes that do not fit; the stream then goes on as if the call had not been made.
   */
  encode(planes: readonly Float32Array[]): Int16Array {
    const frames = this.#check(planes);
    for (let channel = 0; channel < planes.length; channel++) {
      const plane = planes[channel];
      if (plane) this.#inputs[channel]?.set(plane);
    }
    this.#frames += frames;
    const count = this.#wasm.encode(planes.length, frames);
    this.#samples += count;
    return this.#output(count);
  }

  /**
   * Ends the stream: gives the samples that waited for more input. All samples together are then exactly
   * round(frames · outputRate / inputRate), half up. The encoder is ready for a new stream.
   * @returns A view that is valid until the next call.
   */
  flush(): Int16Array {
    const { numerator, denominator } = this.#elapsed();
    const total = (2n * numerator + denominator) / (2n * denominator);
    const rest = Number(total) - this.#plan.emitted - this.#samples;
    const made = this.#wasm.silence(this.#plan.span);
    if (made < rest) throw new Error(`flush() made ${made} of ${rest} samples: a defect.`);
    const output = this.#output(rest);
    this.reset();
    return output;
  }

  /**
   * What the next encoder needs to go on with this stream at another input rate, the device's new one: hand it to
   * `continueEncoder()`. Nothing is flushed; samples that wait for input come out of the next encoder. Call it after the last
   * encode() and before reset().
   */
  tail(): EncoderTail {
    const length = this.#wasm.historyLength();
    return {
      inputRate: this.#plan.inputRate,
      outputRate: this.#plan.outputRate,
      elapsed: this.#elapsed(),
      emitted: this.#plan.emitted + this.#samples,
      past: new Float32Array(this.#wasm.memory.buffer, this.#wasm.historyPointer(), length).slice(),
    };
  }

  /** Back to the plan's start, without giving what waited. */
  reset(): void {
    this.#wasm.reset();
    this.#frames = 0;
    this.#samples = 0;
    const { past } = this.#plan;
    if (past.length === 0) return;
    const end = this.#wasm.historyPointer() + 4 * this.#wasm.historyLength();
    new Float32Array(this.#wasm.memory.buffer, end - 4 * past.length, past.length).set(past);
  }

  #check(planes: readonly Float32Array[]): number {
    if (!(planes.length >= 1 && planes.length <= MAX_CHANNELS))
      throw new RangeError(`planes must be 1 to ${MAX_CHANNELS} channels, not ${planes.length}.`);
    const frames = planes[0]?.length ?? 0;
    if (frames > this.#maxBlockFrames)
      throw new RangeError(`planes must have 0 to ${this.#maxBlockFrames} frames (maxBlockFrames), not ${frames}.`);
    for (let channel = 1; channel < planes.length; channel++)
      if (planes[channel]?.length !== frames)
        throw new RangeError(`planes must all have ${frames} frames as the first, not ${planes[channel]?.length}.`);
    return frames;
  }

  /** Input of the whole stream, in samples of output. */
  #elapsed(): Fraction {
    const { elapsed, inputRate, outputRate } = this.#plan;
    return sum(elapsed, {
      numerator: BigInt(this.#frames) * BigInt(outputRate),
      denominator: BigInt(inputRate),
    });
  }

  #output(count: number): Int16Array {
    let view = this.#outputs[count];
    if (!view) {
      view = new Int16Array(this.#wasm.memory.buffer, this.#wasm.outputPointer(), count);
      this.#outputs[count] = view;
    }
    return view;
  }
}

/** Room in the history beyond what is needed, in frames, so that it is rarely moved to the front. */
const SPARE_FRAMES = 2048;

function sum(a: Fraction, b: Fraction): Fraction {
  const numerator = a.numerator * b.denominator + b.numerator * a.denominator;
  const denominator = a.denominator * b.denominator;
  const divisor = greatestCommonDivisor(numerator, denominator);
  return { numerator: numerator / divisor, denominator: denominator / divisor };
}

function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  return b === 0n ? a : greatestCommonDivisor(b, a % b);
}
