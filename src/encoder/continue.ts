import type { EncoderPlan, EncoderTail } from "../../worklet/encoder.js";
import { extrapolate } from "./extrapolate.js";
import { designPlan, type Position } from "./plan.js";

/** Half the length of the interpolating sinc, in samples of the lower rate. */
const HALF = 32;
/** Where the sinc cuts off, relative to the lower Nyquist frequency, and its Kaiser window: flat within -90 dB below 0.84. */
const CUTOFF = 0.92;
const BETA = 9;

/**
 * The plan that goes on with a stream at another input rate. The bank's phases are moved to where the next sample lies,
 * so that timing and counts stay exact. Not cached.
 * @param inputRate Hz, a whole number from 8000 to 192000; the new one.
 * @param tail What the earlier encoder left: `PcmEncoder.tail()`.
 * @throws RangeError for a rate that is out of range.
 */
export function continueEncoder(inputRate: number, tail: EncoderTail): EncoderPlan {
  const { elapsed, emitted, outputRate } = tail;
  const plan = { ...designPlan(inputRate, outputRate, positionAfter(tail, inputRate)), elapsed, emitted };
  return { ...plan, past: pastAt(inputRate, tail, plan.keep - plan.first) };
}

/** Where the stream's next sample lies on the grid of a new input rate whose frame 0 follows the tail's last frame. */
function positionAfter(tail: EncoderTail, inputRate: number): Position {
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
function pastAt(inputRate: number, tail: EncoderTail, frames: number): Float32Array {
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
