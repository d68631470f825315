import { type FileStart, fileStart } from "./file-start.js";
import { mpegFrames, startsWith } from "./mpeg-frame.js";
import { isWav } from "./wav.js";

/** What is known about bytes before they are looked at. */
export interface Expected {
  /** An encoding was declared, which outranks whatever samples can look like. */
  declared: boolean;
  /** They are called a compressed file. */
  compressed: boolean;
  /** No more are to come. */
  ended: boolean;
}

/** Text that is told from samples, which would be noise. */
export interface TextFound {
  /** Its form, for messages. */
  text: string;
  /** Its beginning. */
  excerpt: string;
}

/** What helps where the audio is inside of text. */
export const fieldRemedy =
  'If it carries the audio as base64 or hex, name its field: pcm(input, { field: "audio", encoding: "s16le", sampleRate: 24000 }).';

/** Bytes that every name of a container is within, and that text is told by. */
const nameBytes = 12;
const textBytes = 64;

/** Names of containers that no samples were declared to be, by their place. */
const names: readonly (readonly [number, string])[] = [
  [0, "ID3"],
  [0, "fLaC"],
  [0, "OggS"],
  [4, "ftyp"],
  [0, "\x1a\x45\xdf\xa3"],
];

/** What texts begin with that come instead of audio. */
const texts: readonly (readonly [RegExp, string])[] = [
  [/^\s*[[{]\s*["{\]}]/, "JSON"],
  [/^(data|event|id|retry|):/, "server-sent events"],
  [/^\s*<[!?a-z]/i, "HTML or XML"],
  [/^--[^\r\n]+\r?\n/, "multipart"],
  [/^#EXTM3U/, "a playlist"],
];

/**
 * What `bytes` begin: a file, headerless samples, or text. undefined: nothing that is known, and no encoding was declared; "more": they are too
 * few to tell. A structure decides wherever an encoding was declared; else a container's name does.
 */
export function recognise(
  bytes: Uint8Array,
  expected: Expected,
): FileStart | "samples" | TextFound | "more" | undefined {
  const { declared, compressed, ended } = expected;
  if (bytes.length === 0) return "more";
  if (bytes.length < nameBytes && !ended) return "more";
  const start = fileStart(bytes, 0, ended);
  if (start) return start;
  if (isWav(bytes) && !declared) return "wav";
  const named = names.some(([at, name]) => bytes.length >= at + name.length && startsWith(bytes, at, name));
  if (named && (!declared || compressed)) return "file";
  const frames = (compressed || !declared) && mpegFrames(bytes, 0, ended);
  if (frames) return frames === "more" ? "more" : "file";
  const text = textOf(bytes, ended);
  if (text) return text;
  if (declared) return "samples";
  return compressed ? "file" : undefined;
}

/** Text of a form that comes instead of audio. */
function textOf(bytes: Uint8Array, ended: boolean): TextFound | "more" | undefined {
  const head = bytes.subarray(0, 200);
  if (!isText(head)) return undefined;
  const excerpt = new TextDecoder().decode(head);
  const text = texts.find(([pattern]) => pattern.test(excerpt))?.[1];
  if (!text) return undefined;
  return bytes.length < textBytes && !ended ? "more" : { text, excerpt };
}

/** Whether all are printable, or white space; beyond ASCII, as UTF-8 is. */
function isText(bytes: Uint8Array): boolean {
  return bytes.every((byte) => (byte >= 0x20 && byte !== 0x7f) || (byte >= 9 && byte < 14));
}

/** Whether `bytes` begin as an audio file does that brings its own header. */
export function hasHeader(bytes: Uint8Array): boolean {
  const kind = recognise(bytes, { declared: false, compressed: false, ended: true });
  return kind === "wav" || kind === "file";
}

/** Whether 16-bit samples are noise as little-endian, and much smoother as big-endian. */
export function isBigEndian(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const roughness = (littleEndian: boolean): number => {
    let power = 0;
    let difference = 0;
    for (let at = 2; at + 2 <= bytes.length; at += 2) {
      const sample = view.getInt16(at, littleEndian);
      power += sample ** 2;
      difference += (sample - view.getInt16(at - 2, littleEndian)) ** 2;
    }
    return power > 0 ? difference / power : 0;
  };
  return roughness(false) < roughness(true) / 2;
}
