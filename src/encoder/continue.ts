import type { EncoderTail } from "../../worklet/encoder.js";
import { extrapolate } from "./extrapolate.js";

/** Half the length of the interpolating sinc, in samples of the lower rate. */
const HALF = 32;
/** Where the sinc cuts off, relative to the lower Nyquist frequency, and its Kaiser window: flat within -90 dB below 0.84. */
const CUTOFF = 0.92;
const BETA = 9;

/** Where the next sample of output lies, in frames of the new input: `whole` + `fraction`, 0 ≤ fraction < 1. */
export interface Position {
  /** Frames, below 0 when earlier encoders owe samples. */
  whole: number;
  /** Rest of a frame. */
  fraction: number;
}

/** Where the stream's next sample lies on the grid of a new input rate whose frame 0 follows the tail's last frame. */
export function positionAfter(tail: EncoderTail, inputRate: number): Position {
  const { numerator, denominator } = tail.elapsed;
  const frames = (BigInt(tail.emitted) * denominator - numerator) * BigInt(inputRate);
  const unit = denominator * BigInt(tail.outputRate);
  const rest = ((frames % unit) + unit) % unit;
  return { whole: Number((frames - rest) / unit), fraction: Number(rest) / Number(unit) };
}

/**
 * The tail's last `frames` frames at the new input rate, newest last. The filter of the next encoder then runs over the
 * seam as over any other place. Frames near the end need the input after it, which is not known yet: it is predicted from
 * what came before. The prediction shapes only how the last 32 samples are interpolated, and is not heard itself.
 */
export function pastAt(inputRate: number, tail: EncoderTail, frames: number): Float32Array {
  if (inputRate === tail.inputRate) return tail.past.slice(-frames);
  const scale = Math.min(1, inputRate / tail.inputRate) * CUTOFF;
  const reach = HALF / scale;
  const input = extrapolate(tail.past, Math.ceil(reach));
  return Float32Array.from({ length: frames }, (_, i) => {
    const center = tail.past.length + ((i - frames) * tail.inputRate) / inputRate;
    let sum = 0;
    for (let n = Math.max(0, Math.ceil(center - reach)); n <= Math.min(input.length - 1, center + reach); n++)
      sum += (input[n] ?? 0) * scale * windowedSinc(scale * (n - center));
    return sum;
  });
}

function windowedSinc(t: number): number {
  const edge = 1 - (t / HALF) ** 2;
  if (edge <= 0) return 0;
  const sinc = t === 0 ? 1 : Math.sin(Math.PI * t) / (Math.PI * t);
  return (sinc * bessel(BETA * Math.sqrt(edge))) / bessel(BETA);
}

/** Modified Bessel function of the first kind, order 0, by its power series. */
function bessel(x: number): number {
  let term = 1;
  let sum = 1;
  for (let k = 1; term > sum * 1e-17; k++) {
    term *= (x / (2 * k)) ** 2;
    sum += term;
  }
  return sum;
}
