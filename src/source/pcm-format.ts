import { type PcmFormat, sampleBytes } from "../decode/sample-format.js";
import { MAX_RATE, MIN_RATE } from "../encoder/plan.js";
import type { Encoding } from "./piece.js";

/** What headerless PCM is declared to be. */
export interface PcmDeclaration {
  /** How each sample is stored. */
  encoding: Encoding;
  /** Hz, a whole number from 8000 to 192000. */
  sampleRate: number;
  /** Interleaved channels, 1 to 8, mixed down to one. Default 1. */
  channels?: number | undefined;
}

const encodings: readonly Encoding[] = ["s16le", "f32le", "mulaw", "alaw"];

/** The declaration, checked and with its default. Throws TypeError for an unknown encoding, RangeError for numbers out of range. */
export function checkFormat(format: PcmDeclaration): PcmFormat {
  const { encoding, sampleRate, channels = 1 } = format;
  if (!encodings.includes(encoding) || !(encoding in sampleBytes))
    throw new TypeError(`Unknown encoding ${JSON.stringify(encoding)}: one of ${encodings.join(", ")}.`);
  if (!Number.isInteger(sampleRate) || sampleRate < MIN_RATE || sampleRate > MAX_RATE)
    throw new RangeError(`sampleRate must be a whole number of Hz from ${MIN_RATE} to ${MAX_RATE}, not ${sampleRate}.`);
  if (!Number.isInteger(channels) || channels < 1 || channels > 8)
    throw new RangeError(`channels is ${channels}; it must be a whole number from 1 to 8.`);
  return { encoding, sampleRate, channels };
}
