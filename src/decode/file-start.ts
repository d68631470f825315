import { mpegFrames, startsWith } from "./mpeg-frame.js";

/** What begins at a place: a WAV, or a file that the browser decodes. */
export type FileStart = "wav" | "file";

/** Whether something is so; "more": the bytes are too few to tell. */
type Verdict = boolean | "more";

/** The longest chunks, boxes and tags in front of the first sound that are waited for. */
const longestHeader = 0x10_0000;

/** How a file can begin, by its first byte. MP4 has a length before its name: 0 in its first byte. */
const signatures: Readonly<Record<number, (bytes: Uint8Array, at: number, ended: boolean) => Verdict>> = {
  0: isMp4,
  26: isWebm,
  73: isTagged,
  79: isOgg,
  82: isWavHeader,
  102: isFlac,
};

/**
 * Whether a file begins at `at`, by its structure and not by its name alone: samples that only spell "RIFF" are samples.
 * undefined: none does; "more": `bytes` are too few to tell, which the end of the input (`ended`) settles.
 *
 * Sources: RIFF and WAVE as in wav.ts; RFC 3533, 7845, Vorbis I and the FLAC mapping (Ogg); RFC 9639 (FLAC); RFC 8794 and 9559
 * (WebM); ISO 14496-12 (MP4); ID3v2.4, 3.1.
 */
export function fileStart(bytes: Uint8Array, at: number, ended: boolean): FileStart | "more" | undefined {
  const verdict = signatures[bytes[at] ?? -1]?.(bytes, at, ended) ?? false;
  if (verdict === "more") return ended ? undefined : "more";
  return verdict ? (bytes[at] === 82 ? "wav" : "file") : undefined;
}

/** The first place from `from` on, and before `to`, where a file begins or could. */
export function findFileStart(
  bytes: Uint8Array,
  from: number,
  to: number,
  ended: boolean,
): { at: number; start: FileStart | "more" } | undefined {
  for (let at = from; at < to; at++) {
    const start = (bytes[at] as number) in signatures && fileStart(bytes, at, ended);
    // Zeros at the end that go on from others are silence, which is not held back.
    if (start && !(start === "more" && bytes.length < at + 4 && bytes[at] === 0 && bytes[at - 1] === 0))
      return { at, start };
  }
  return undefined;
}

/** A WAV's header: its chunks up to a format that can be, and is followed by another chunk. */
function isWavHeader(bytes: Uint8Array, at: number): Verdict {
  if (!(startsWith(bytes, at, "RIFF") || startsWith(bytes, at, "RF64")) || !startsWith(bytes, at + 8, "WAVE"))
    return false;
  const view = viewOf(bytes);
  if (bytes.length < at + 12) return "more";
  const length = view.getUint32(at + 4, true);
  if (length > 0 && length < 36) return false;
  for (let chunk = at + 12; ; ) {
    if (!isPrintable(bytes, chunk)) return false;
    if (bytes.length < chunk + 8) return "more";
    const size = view.getUint32(chunk + 4, true);
    if (size > longestHeader) return false;
    if (startsWith(bytes, chunk, "fmt ")) {
      if (size < 16 || size > 4096) return false;
      if (bytes.length < chunk + 24) return "more";
      if (!isFormat(view, chunk + 8)) return false;
      const next = chunk + 8 + size;
      return isPrintable(bytes, next) && (bytes.length < next + 4 ? "more" : true);
    }
    if (startsWith(bytes, chunk, "data")) return false;
    chunk += 8 + size + (size % 2);
  }
}

/** A format whose numbers agree with one another. */
function isFormat(view: DataView, at: number): boolean {
  const [tag, channels, blockAlign, bits] = [0, 2, 12, 14].map((offset) => view.getUint16(at + offset, true));
  const rate = view.getUint32(at + 4, true);
  if (!channels || channels > 32 || rate < 1000 || rate > 768_000) return false;
  // MPEG frames in a WAV have no size of their own.
  if (tag === 0x55 || tag === 0x50) return true;
  const bytesPerSecond = view.getUint32(at + 8, true);
  return (
    [1, 3, 6, 7, 0xfffe].includes(tag as number) &&
    blockAlign === channels * Math.ceil((bits as number) / 8) &&
    blockAlign > 0 &&
    // Some writers leave it out, or forget the channels.
    [0, rate * blockAlign, (rate * blockAlign) / channels].includes(bytesPerSecond)
  );
}

/** An Ogg page that begins a stream with the header of a codec. */
function isOgg(bytes: Uint8Array, at: number): Verdict {
  if (!startsWith(bytes, at, "OggS\0")) return false;
  if (bytes.length < at + 27) return "more";
  if (((bytes[at + 5] as number) & 0xfa) !== 2) return false;
  const packet = at + 27 + (bytes[at + 26] as number);
  const codecs = ["OpusHead", "\x01vorbis", "\x7fFLAC", "Speex   ", "fishead"];
  return codecs.some((codec) => startsWith(bytes, packet, codec)) && (bytes.length < packet + 8 ? "more" : true);
}

function isFlac(bytes: Uint8Array, at: number): Verdict {
  if (!startsWith(bytes, at, "fLaC")) return false;
  if (bytes.length < at + 22) return "more";
  const view = viewOf(bytes);
  // STREAMINFO is the first block and has 34 bytes: two block sizes, two frame sizes, 20 bits of rate.
  const [least, most] = [view.getUint16(at + 8), view.getUint16(at + 10)];
  const isFirst = (view.getUint32(at + 4) & 0x7fff_ffff) === 34;
  return isFirst && least >= 16 && most >= least && view.getUint32(at + 18) >>> 12 > 0;
}

/** An EBML header whose document is WebM or Matroska. */
function isWebm(bytes: Uint8Array, at: number): Verdict {
  if (!startsWith(bytes, at, "\x1a\x45\xdf\xa3")) return false;
  for (let n = at + 5; n < at + 64; n++)
    for (const type of ["webm", "matroska"])
      if (startsWith(bytes, n, `\x42\x82${String.fromCharCode(0x80 + type.length)}${type}`))
        return bytes.length < n + 3 + type.length ? "more" : true;
  return bytes.length < at + 64 ? "more" : false;
}

/** A file type box, and another box behind it. */
function isMp4(bytes: Uint8Array, at: number): Verdict {
  if (!startsWith(bytes, at + 4, "ftyp") || bytes[at + 1] || bytes[at + 2]) return false;
  if (bytes.length < at + 4) return "more";
  const size = viewOf(bytes).getUint32(at);
  if (size < 16 || size % 4 > 0 || size > 1024 || !isPrintable(bytes, at + 8)) return false;
  return bytes.length < at + size + 8 ? "more" : isPrintable(bytes, at + size + 4);
}

/** An ID3 tag, and MPEG frames or another tag behind it. */
function isTagged(bytes: Uint8Array, at: number, ended: boolean): Verdict {
  if (!startsWith(bytes, at, "ID3")) return false;
  if (bytes.length < at + 10) return "more";
  const [version = 0, revision = 0, flags = 0, ...size] = bytes.subarray(at + 3, at + 10);
  if (version < 2 || version > 4 || revision > 15 || flags & 15 || size.some((seven) => seven > 127)) return false;
  const next = afterTag(bytes, at);
  if (next - at > longestHeader * 16) return false;
  if (bytes.length <= next) return "more";
  if (startsWith(bytes, next, "ID3")) return isTagged(bytes, next, ended);
  const frames = mpegFrames(bytes, skipZeros(bytes, next), ended);
  return frames === "more"
    ? "more"
    : frames !== undefined || (bytes.length < next + 4 ? "more" : fileStart(bytes, next, ended) !== undefined);
}

/** The place behind the ID3 tag at `at`. */
export function afterTag(bytes: Uint8Array, at: number): number {
  const [flags = 0, a = 0, b = 0, c = 0, d = 0] = bytes.subarray(at + 5, at + 10);
  // A footer is as long as the header.
  return at + (flags & 16 ? 20 : 10) + ((a << 21) | (b << 14) | (c << 7) | d);
}

/** Some writers pad a tag beyond the length that it tells. */
function skipZeros(bytes: Uint8Array, from: number): number {
  let at = from;
  while (bytes[at] === 0 && at < from + 4096) at++;
  return at;
}

/** Whether four bytes are printable, as far as they are there. */
function isPrintable(bytes: Uint8Array, at: number): boolean {
  return bytes.subarray(at, at + 4).every((byte) => byte >= 0x20 && byte < 0x7f);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
