import type { Warning } from "../warning.js";
import { doubtChannels } from "./doubt-channels.js";
import { doubtFloats } from "./doubt-floats.js";
import type { mpegFrames } from "./mpeg-frame.js";
import { areSingle, isCentered, type Reading, read, readWide, type SampleFormats } from "./readings.js";
import type { PcmFormat, SampleType } from "./sample-format.js";

/** What this module, which loads on demand, is handed: how samples are stored, and frames of MPEG audio told. */
export type DoubtTools = SampleFormats & { mpegFrames: typeof mpegFrames };

/** Fewer bytes tell nothing about the encoding. */
const leastBytes = 256;

/** Enough to judge a reading by. */
const mostBytes = 4096;

/** How samples are called in a message, and what helps. */
const names: Readonly<Record<SampleType, string>> = {
  s16le: "16-bit samples, little-endian",
  s16be: "16-bit samples, big-endian",
  s24le: "24-bit samples",
  s32le: "32-bit integers",
  f32le: "32-bit floats",
  f64le: "64-bit floats",
  mulaw: "µ-law",
  alaw: "A-law",
  u8: "8-bit samples without a sign",
};
const remedies: Readonly<Partial<Record<SampleType, string>>> = {
  s16be: "Swap the bytes of each sample, or ask the service for little-endian PCM.",
  f32le: 'Declare { encoding: "f32le" }: a Float32Array was probably sent without conversion.',
  f64le: "Convert them first: new Float32Array(samples), declared as f32le.",
};

/**
 * What declared samples most likely are when they are not what was declared. A guess from statistics, so it is a warning and
 * never an error: it is made only where another reading is far smoother than the declared one. undefined: nothing speaks
 * against the declaration.
 * @param bytes A window of whole frames.
 * @param first It is the first window: what is wrong here was not right before.
 */
export function doubt(bytes: Uint8Array, format: PcmFormat, first: boolean, tools: DoubtTools): Warning | undefined {
  // Error messages are short.
  if (isText(bytes))
    return {
      code: "base64-as-audio",
      message: "The bytes declared as audio are all printable text, as base64, hex or JSON is.",
      remedy:
        'Name the field if they are JSON: pcm(input, { field: "audio", encoding: "s16le", sampleRate: 24000 }); else decode them first: Uint8Array.fromBase64(text).',
    };
  const { encoding, channels } = format;
  const numbers = encoding === "f32le" ? doubtFloats(bytes, tools) : undefined;
  if (numbers?.certain || bytes.length < leastBytes) return numbers?.warning;
  if (findFrames(bytes, tools))
    return implausible(format, "frames of MP3 or AAC", "Declare nothing, and serve it as audio/mpeg or audio/aac.");
  const looked = bytes.subarray(0, mostBytes - (mostBytes % (24 * channels)));
  // All bytes about equally frequent: noise in whatever way it is read.
  if (!numbers && entropy(bytes) > 7.95) return undefined;
  const declared = read(tools, looked, encoding, channels);
  const best = smoothest(tools, looked, declared, channels);
  if (best) return first || !isLost(best, encoding) ? mistaken(format, best) : lost(encoding);
  if (numbers) return numbers.warning;
  const right = doubtChannels(bytes, format, tools);
  return right && implausible(format, ...right);
}

/** The reading that is far smoother than the declared one, if there is any. */
function smoothest(tools: DoubtTools, bytes: Uint8Array, declared: Reading, channels: number): Reading | undefined {
  const narrow = declared.encoding === "mulaw" || declared.encoding === "alaw";
  const single = areSingle(bytes);
  if (narrow && single) return lawOf(tools, bytes, channels, declared);
  const limits = [0, 1, 2].map(
    (count) => Math.min(2.5, read(tools, bytes, declared.encoding, count || channels).roughness) / 4,
  );
  const smoother = readWide(tools, bytes, channels).filter(
    (reading) =>
      (reading.encoding !== declared.encoding || reading.shift > 0) &&
      // What has the exponents of floats at every place is floats, of this size or the other.
      (declared.encoding !== "f32le" || declared.roughness === Infinity || reading.encoding === "f64le") &&
      reading.roughness < (limits[reading.channels] ?? (limits[0] as number)),
  );
  const best = smoother.sort((a, b) => a.roughness - b.roughness)[0];
  return best ?? (single && isLoud(tools, bytes, declared.encoding) ? lawOf(tools, bytes, channels) : undefined);
}

/** Which 8-bit encoding it is, if another than the declared one is clearly smoother. */
function lawOf(tools: DoubtTools, bytes: Uint8Array, channels: number, declared?: Reading): Reading | undefined {
  if (isNoise(bytes)) return undefined;
  const [mulaw, alaw, u8] = (["mulaw", "alaw", "u8"] as const).map((law) => read(tools, bytes, law, channels)) as [
    Reading,
    Reading,
    Reading,
  ];
  const law = mulaw.roughness < alaw.roughness ? mulaw : alaw;
  const guess = isCentered(bytes) && u8.roughness < 1.2 * law.roughness ? u8 : law;
  if (guess.encoding === declared?.encoding || guess.roughness > 0.7) return undefined;
  return declared && guess.roughness > declared.roughness / 1.4 ? undefined : guess;
}

/** Whether the samples are as loud as misread bytes are: a fifth of full scale and more. */
function isLoud({ decodeFrames }: DoubtTools, bytes: Uint8Array, encoding: SampleType): boolean {
  const [plane] = decodeFrames(bytes, { encoding, sampleRate: 0, channels: 1 }) as [Float32Array];
  return !(plane.reduce((sum, sample) => sum + sample * sample, 0) < 0.04 * plane.length);
}

/** Whether what is read is the declared encoding, but for bytes that are missing. */
function isLost(reading: Reading, encoding: SampleType): boolean {
  return reading.encoding === encoding || (encoding === "s16le" && reading.encoding === "s16be");
}

/** Bytes that are all about equally frequent, or hardly change, tell nothing about one byte's meaning. */
function isNoise(bytes: Uint8Array): boolean {
  return new Set(bytes).size < 40 || entropy(bytes) > 7.6;
}

/** Bits that a byte is worth, 8 where all are equally frequent; without the bias of few bytes (Miller and Madow). */
function entropy(bytes: Uint8Array): number {
  const counts = new Int32Array(256);
  for (const byte of bytes) counts[byte] = (counts[byte] as number) + 1;
  let bits = 0;
  for (const count of counts) if (count > 0) bits -= (count / bytes.length) * Math.log2(count / bytes.length);
  return bits + (counts.filter(Boolean).length - 1) / (2 * Math.LN2 * bytes.length);
}

function mistaken(format: PcmFormat, reading: Reading): Warning {
  const { encoding, shift } = reading;
  if (isLost(reading, format.encoding))
    return {
      code: "byte-order",
      message:
        encoding === "s16be" && shift === 0
          ? "The samples are noise as little-endian, and smooth as big-endian."
          : `The samples are noise as declared, and smooth when ${shift} byte${shift > 1 ? "s are" : " is"} left out in front.`,
      remedy:
        "Check that no byte was lost before the first sample; else swap the bytes of each sample, or ask the service for little-endian PCM.",
    };
  const declare = ["s16le", "mulaw", "alaw"].includes(encoding) ? `Declare { encoding: "${encoding}" }.` : undefined;
  return implausible(
    format,
    names[encoding],
    declare ?? remedies[encoding] ?? "Ask the service for 16-bit samples, or send a WAV.",
  );
}

function lost(encoding: SampleType): Warning {
  return {
    code: "byte-order",
    message: `The samples were smooth as ${encoding} and became noise: a byte was lost, or one too many came.`,
    remedy: "Check what passes the bytes on: pieces may be cut anywhere, but none may be dropped or repeated.",
  };
}

function implausible({ encoding }: PcmFormat, what: string, remedy: string): Warning {
  return { code: "format-implausible", message: `The bytes declared as ${encoding} look like ${what}.`, remedy };
}

/** Frames of MP3 or AAC wherever they begin. */
function findFrames(bytes: Uint8Array, { mpegFrames }: DoubtTools): boolean {
  for (let at = bytes.indexOf(0xff); at >= 0; at = bytes.indexOf(0xff, at + 1))
    if (typeof mpegFrames(bytes, at, false) === "object") return true;
  return false;
}

function isText(bytes: Uint8Array): boolean {
  // A constant, or a square wave, can be printable by chance.
  if (new Set(bytes.subarray(0, 256)).size <= 8) return false;
  return bytes.every((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d || byte === 0x09);
}
