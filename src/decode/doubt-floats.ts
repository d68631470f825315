import type { Warning } from "../warning.js";
import type { SampleFormats } from "./readings.js";

/** Floats of audio are within this of full scale, and above the least that anybody writes. */
const most = 16;
const least = 1e-10;

/**
 * What is wrong with the numbers of samples declared as floats. `certain`: they are floats all the same; else they may be
 * another encoding. undefined: nothing.
 */
export function doubtFloats(
  bytes: Uint8Array,
  { decodeFrames }: SampleFormats,
): { warning: Warning; certain: boolean } | undefined {
  const [samples] = decodeFrames(bytes, { encoding: "f32le", sampleRate: 0, channels: 1 }) as [Float32Array];
  const finite = samples.filter(Number.isFinite);
  const counted = finite.filter((sample) => sample !== 0);
  const plausible = counted.filter((sample) => Math.abs(sample) > least && Math.abs(sample) < most).length;
  const missing = samples.length - finite.length;
  if (missing > 0 && plausible >= 0.95 * counted.length)
    return {
      warning: {
        code: "not-a-number",
        message: `${percent(missing, samples.length)} of the samples are no numbers (NaN or infinite), and are heard as silence.`,
        remedy: "Look for a division by zero in what makes the samples, or a model that overflows at its precision.",
      },
      certain: true,
    };
  const peak = finite.reduce((peak, sample) => Math.max(peak, Math.abs(sample)), 0);
  const integers = counted.every(Number.isInteger);
  if (missing === 0 && peak >= 2 && peak <= 2 ** 31 && (integers || isSmooth(samples)) && (integers || peak > most))
    return {
      warning: {
        code: "format-implausible",
        message: `The floats reach ${Math.round(peak)}, and full scale is 1: they look like ${peak > 32_768 ? "integers" : "16-bit integers"} that were converted without scaling.`,
        remedy: `Divide each sample by ${peak > 2 ** 23 ? 2 ** 31 : peak > 32_768 ? 2 ** 23 : 32_768}.`,
      },
      certain: true,
    };
  if (counted.length < 32 || plausible > 0.7 * (counted.length + missing)) return undefined;
  return {
    warning: {
      code: "format-implausible",
      message: `${percent(counted.length + missing - plausible, counted.length + missing)} of the samples declared as f32le are far outside full scale or not numbers.`,
      remedy: 'The data is probably 16-bit: declare { encoding: "s16le" }.',
    },
    certain: false,
  };
}

/** Whether neighbours resemble one another. */
function isSmooth(samples: Float32Array): boolean {
  let power = 0;
  let difference = 0;
  for (let n = 1; n < samples.length; n++) {
    power += (samples[n] as number) ** 2;
    difference += ((samples[n] as number) - (samples[n - 1] as number)) ** 2;
  }
  return difference < power / 2;
}

function percent(part: number, whole: number): string {
  return `${Math.max(1, Math.round((100 * part) / whole))} %`;
}
