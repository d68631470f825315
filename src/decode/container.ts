/** What a browser's decoder takes, and its own rate in Hz where the first bytes tell, so that nothing resamples but our filter. */
export interface Container {
  /** Name for messages. */
  name: string;
  /** Hz; undefined: not in the bytes at hand. */
  sampleRate: number | undefined;
}

/**
 * Recognises MP3, AAC (ADTS), Ogg (Opus, Vorbis, FLAC), FLAC, MP4 and WebM by their first bytes; undefined: none of them.
 * Headerless PCM can look like an MPEG frame by chance, so `weak` marks must be allowed by who knows that it is none.
 *
 * Sources: ISO 11172-3 (frame header), ISO 13818-7 (ADTS), RFC 3533, 7845 and Vorbis I (Ogg), RFC 9639 (FLAC), ISO 14496-12.
 */
export function recogniseContainer(bytes: Uint8Array, weak: boolean): Container | undefined {
  const text = (at: number, length: number): string => String.fromCharCode(...bytes.subarray(at, at + length));
  if (text(0, 3) === "ID3") return { name: "MP3", sampleRate: mpegRate(bytes, id3Length(bytes)) };
  if (text(0, 4) === "fLaC") return { name: "FLAC", sampleRate: flacRate(bytes, 8) };
  if (text(0, 4) === "OggS") return { name: "Ogg", sampleRate: oggRate(bytes, text) };
  if (text(4, 4) === "ftyp") return { name: "MP4", sampleRate: undefined };
  if (view(bytes, 0, 4)?.getUint32(0) === 0x1a45dfa3) return { name: "WebM", sampleRate: 48_000 };
  if (!weak || bytes[0] !== 0xff) return undefined;
  const second = bytes[1] ?? 0;
  if ((second & 0xf6) === 0xf0) return { name: "AAC", sampleRate: aacRates[((bytes[2] ?? 0) >> 2) & 15] };
  if ((second & 0xe0) === 0xe0 && (second & 0x06) !== 0) return { name: "MP3", sampleRate: mpegRate(bytes, 0) };
  return undefined;
}

const aacRates = [96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350];
const mpeg1Rates = [44100, 48000, 32000];

function id3Length(bytes: Uint8Array): number {
  const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(6, 10);
  return 10 + ((a << 21) | (b << 14) | (c << 7) | d);
}

function mpegRate(bytes: Uint8Array, at: number): number | undefined {
  const [sync = 0, version = 0, third = 0] = bytes.subarray(at, at + 3);
  const rate = mpeg1Rates[(third >> 2) & 3];
  if (sync !== 0xff || (version & 0xe0) !== 0xe0 || rate === undefined) return undefined;
  const divisor = [4, undefined, 2, 1][(version >> 3) & 3];
  return divisor && rate / divisor;
}

function flacRate(bytes: Uint8Array, streamInfo: number): number | undefined {
  // STREAMINFO: two block sizes (2 bytes each), two frame sizes (3 each), then 20 bits of rate.
  const rate = view(bytes, streamInfo + 10, 4)?.getUint32(0);
  return rate === undefined || rate >>> 12 === 0 ? undefined : rate >>> 12;
}

function oggRate(bytes: Uint8Array, text: (at: number, length: number) => string): number | undefined {
  const packet = 27 + (bytes[26] ?? 0);
  if (text(packet, 8) === "OpusHead") return 48_000;
  if (text(packet + 1, 6) === "vorbis") return view(bytes, packet + 12, 4)?.getUint32(0, true);
  if (text(packet + 1, 4) === "FLAC") return flacRate(bytes, packet + 17);
  return undefined;
}

function view(bytes: Uint8Array, at: number, length: number): DataView | undefined {
  return bytes.length < at + length ? undefined : new DataView(bytes.buffer, bytes.byteOffset + at, length);
}
