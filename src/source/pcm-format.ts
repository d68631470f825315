import type { PcmFormat } from "../decode/sample-format.js";
import type { TextAudioOptions } from "../decode/text-audio.js";
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
  /**
   * The input is text, JSON, JSON lines or server-sent events, and this is where its audio is in each value: `"audio"`,
   * `"data.audio"`, `"candidates[0].content.parts"`. Where an array is in the way of a name, every element is looked into.
   */
  field?: string | undefined;
  /** How the bytes in `field` are written. Default: what they look like. */
  text?: "base64" | "hex" | undefined;
}

/** The same for text whose audio brings a header of its own: no encoding needs to be declared. */
export type TextDeclaration = Partial<PcmDeclaration> & { field: string };

/** A declaration that has been checked. */
export interface CheckedDeclaration {
  /** What headerless samples are; undefined: they bring a header. */
  format: PcmFormat | undefined;
  /** Where in text they are; undefined: the input is no text. */
  field: TextAudioOptions | undefined;
}

const encodings: readonly Encoding[] = ["s16le", "f32le", "mulaw", "alaw"];

/** What services call the encodings. */
const otherNames: readonly (readonly [RegExp, Encoding])[] = [
  [/f(loat)?_?32/i, "f32le"],
  [/u-?law|pcmu/i, "mulaw"],
  [/a-?law|pcma/i, "alaw"],
  [/16|^l?pcm$/i, "s16le"],
];

/**
 * The declaration, checked and with its defaults.
 * @throws TypeError for an unknown encoding, RangeError for numbers that are none, or out of range.
 */
export function checkDeclaration(declaration: PcmDeclaration | TextDeclaration | undefined): CheckedDeclaration {
  if (!declaration) return { format: undefined, field: undefined };
  const { field, text } = declaration;
  if (field !== undefined && (typeof field !== "string" || field === ""))
    throw new TypeError('field must be the name of a field, e.g. "audio" or "data.audio".');
  if (text !== undefined && text !== "base64" && text !== "hex")
    throw new TypeError(`text is ${JSON.stringify(text)}; it must be "base64" or "hex".`);
  const bare = field !== undefined && declaration.encoding === undefined && declaration.sampleRate === undefined;
  return {
    format: bare ? undefined : checkFormat(declaration as PcmDeclaration),
    field: field === undefined ? undefined : { field, text },
  };
}

/**
 * The format of headerless samples, checked and with its default.
 * @throws TypeError for an unknown encoding, RangeError for numbers that are none, or out of range.
 */
export function checkFormat(format: PcmDeclaration): PcmFormat {
  const { encoding, sampleRate, channels = 1 } = format;
  if (!encodings.includes(encoding)) {
    const meant = otherNames.find(([pattern]) => pattern.test(String(encoding)))?.[1];
    throw new TypeError(
      `Unknown encoding ${JSON.stringify(encoding)}: ${meant ? `"${meant}" is what it is called here` : `one of ${encodings.join(", ")}`}.`,
    );
  }
  checkNumber("sampleRate", sampleRate);
  checkNumber("channels", channels);
  if (!Number.isInteger(sampleRate) || sampleRate < MIN_RATE || sampleRate > MAX_RATE)
    throw new RangeError(`sampleRate must be a whole number of Hz from ${MIN_RATE} to ${MAX_RATE}, not ${sampleRate}.`);
  if (!Number.isInteger(channels) || channels < 1 || channels > 8)
    throw new RangeError(`channels is ${channels}; it must be a whole number from 1 to 8.`);
  return { encoding, sampleRate, channels };
}

function checkNumber(name: string, value: unknown): void {
  if (typeof value === "number") return;
  throw new RangeError(
    value === undefined
      ? `${name} is missing.`
      : `${name} must be a number, not ${typeof value === "string" ? `the string ${JSON.stringify(value)}` : typeof value}.`,
  );
}
