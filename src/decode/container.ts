import type { mpegFrame } from "./mpeg-frame.js";

/** What a browser's decoder takes, and its own rate in Hz where the bytes tell, so that nothing resamples but our filter. */
export interface Container {
  /** Name for messages. */
  name: string;
  /** What `canPlayType()` takes. */
  type: string;
  /** Hz; undefined: not in the bytes at hand. */
  sampleRate: number | undefined;
}

/**
 * What a file is, by its first bytes: MP3, AAC (ADTS), Ogg (Opus, Vorbis, FLAC), FLAC, MP4 or WebM; undefined: none of them.
 *
 * Sources: ISO 11172-3 (frame header), ISO 13818-7 (ADTS), RFC 3533, 7845 and Vorbis I (Ogg), RFC 9639 (FLAC), ISO 14496-12.
 */
export function recogniseContainer(bytes: Uint8Array, frameOf: typeof mpegFrame): Container | undefined {
  const text = (at: number, length: number): string => String.fromCharCode(...bytes.subarray(at, at + length));
  if (text(0, 4) === "fLaC") return { name: "FLAC", type: "audio/flac", sampleRate: flacRate(bytes, 8) };
  if (text(0, 4) === "OggS") return ogg(bytes, text);
  if (text(4, 4) === "ftyp") return { name: "MP4", type: "audio/mp4", sampleRate: mp4Rate(bytes) };
  if (view(bytes, 0, 4)?.getUint32(0) === 0x1a45dfa3) return { name: "WebM", type: "audio/webm", sampleRate: 48_000 };
  const frame = frameOf(bytes, 0);
  if (!frame) return text(0, 3) === "ID3" ? { name: "MP3", type: "audio/mpeg", sampleRate: undefined } : undefined;
  const { name, sampleRate } = frame;
  return { name, type: name === "MP3" ? "audio/mpeg" : "audio/aac", sampleRate };
}

function flacRate(bytes: Uint8Array, streamInfo: number): number | undefined {
  // STREAMINFO: two block sizes (2 bytes each), two frame sizes (3 each), then 20 bits of rate.
  const rate = view(bytes, streamInfo + 10, 4)?.getUint32(0);
  return rate === undefined || rate >>> 12 === 0 ? undefined : rate >>> 12;
}

function ogg(bytes: Uint8Array, text: (at: number, length: number) => string): Container {
  const packet = 27 + (bytes[26] ?? 0);
  const codec = (name: string, sampleRate: number | undefined): Container => ({
    name: `Ogg ${name}`,
    type: `audio/ogg; codecs="${name.toLowerCase()}"`,
    sampleRate,
  });
  if (text(packet, 8) === "OpusHead") return codec("Opus", 48_000);
  if (text(packet + 1, 6) === "vorbis") return codec("Vorbis", view(bytes, packet + 12, 4)?.getUint32(0, true));
  if (text(packet + 1, 4) === "FLAC") return codec("FLAC", flacRate(bytes, packet + 17));
  return { name: "Ogg", type: "audio/ogg", sampleRate: undefined };
}

/** AudioSampleEntry of ISO 14496-12: the rate, 16.16, is 28 bytes after its type. Opus and others give another meaning to it. */
function mp4Rate(bytes: Uint8Array): number | undefined {
  const at = bytes.findIndex(
    (byte, n) => byte === 0x6d && bytes[n + 1] === 0x70 && bytes[n + 2] === 0x34 && bytes[n + 3] === 0x61,
  );
  const rate = at < 0 ? undefined : view(bytes, at + 28, 2)?.getUint16(0);
  return rate && rate >= 7350 ? rate : undefined;
}

function view(bytes: Uint8Array, at: number, length: number): DataView | undefined {
  return bytes.length < at + length ? undefined : new DataView(bytes.buffer, bytes.byteOffset + at, length);
}
