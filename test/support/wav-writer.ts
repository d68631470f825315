import { joined } from "./joined.js";

/** Sample encodings of a WAV, written from the formats' definitions and not with the decoder's code. */
export type WavEncoding = "u8" | "s16le" | "s24le" | "s32le" | "f32le" | "f64le" | "mulaw" | "alaw";

/** How the file is laid out. */
export interface WavLayout {
  encoding: WavEncoding;
  sampleRate: number;
  channels: number;
  /** WAVE_FORMAT_EXTENSIBLE instead of the plain tag. */
  extensible?: boolean;
  /** What stands where the length of the data should: the truth, a streaming writer's placeholder, or RF64's. */
  length?: "exact" | "zero" | "ffffffff" | "7ffff000" | "rf64";
  /** Chunks before the data, one of odd length; and after it where the length is known. */
  extraChunks?: boolean;
}

const tags: Record<WavEncoding, [tag: number, bytes: number]> = {
  u8: [1, 1],
  s16le: [1, 2],
  s24le: [1, 3],
  s32le: [1, 4],
  f32le: [3, 4],
  f64le: [3, 8],
  alaw: [6, 1],
  mulaw: [7, 1],
};

/** Bytes of one sample. */
export const bytesPerSample = (encoding: WavEncoding): number => tags[encoding][1];

/** A file of the given layout around `data`, which holds whole interleaved frames. */
export function writeWav(data: Uint8Array, layout: WavLayout): Uint8Array<ArrayBuffer> {
  const { encoding, sampleRate, channels, extensible = false, length = "exact", extraChunks = false } = layout;
  const [tag, bytes] = tags[encoding];
  const blockAlign = channels * bytes;
  const format = new DataView(new ArrayBuffer(extensible ? 40 : 16));
  format.setUint16(0, extensible ? 0xfffe : tag, true);
  format.setUint16(2, channels, true);
  format.setUint32(4, sampleRate, true);
  format.setUint32(8, sampleRate * blockAlign, true);
  format.setUint16(12, blockAlign, true);
  format.setUint16(14, bytes * 8, true);
  if (extensible) {
    format.setUint16(16, 22, true);
    format.setUint16(18, bytes * 8, true);
    format.setUint16(24, tag, true);
    for (const [i, byte] of [0, 0, 0, 0, 0x10, 0, 0x80, 0, 0, 0xaa, 0, 0x38, 0x9b, 0x71].entries())
      format.setUint8(26 + i, byte);
  }
  const ds64 = new DataView(new ArrayBuffer(28));
  ds64.setBigUint64(8, BigInt(data.length), true);
  const sizes = { exact: data.length, zero: 0, ffffffff: 0xffff_ffff, "7ffff000": 0x7fff_f000, rf64: 0xffff_ffff };
  const bounded = length === "exact" || length === "rf64";
  const chunks = [
    ...(length === "rf64" ? [chunk("ds64", ds64)] : []),
    ...(extraChunks ? [chunk("JUNK", new Uint8Array(7).fill(0x55))] : []),
    chunk("fmt ", format),
    ...(extraChunks ? [chunk("LIST", new Uint8Array(26).fill(0x41)), chunk("fact", new Uint8Array(4))] : []),
    // Who does not know the length writes no padding either.
    chunk("data", data, sizes[length], bounded),
    ...(extraChunks && bounded ? [chunk("LIST", new Uint8Array(13).fill(0x7f))] : []),
  ];
  const body = joined(Uint8Array, [text("WAVE"), ...chunks]);
  const head = new DataView(new ArrayBuffer(8));
  head.setUint32(4, bounded && length === "exact" ? body.length : 0xffff_ffff, true);
  const riff = new Uint8Array(head.buffer);
  riff.set(text(length === "rf64" ? "RF64" : "RIFF"));
  return joined(Uint8Array, [riff, body]);
}

/** The plainest of them: mono, 16 bit. */
export const monoWav = (pcm: Int16Array, sampleRate: number): Uint8Array<ArrayBuffer> =>
  writeWav(new Uint8Array(pcm.buffer, pcm.byteOffset, pcm.byteLength), { encoding: "s16le", sampleRate, channels: 1 });

/** What one stored sample means, full scale 1, from the formats' definitions. */
export function meaning(encoding: WavEncoding, view: DataView, at: number): number {
  switch (encoding) {
    case "u8":
      return view.getUint8(at) / 128 - 1;
    case "s16le":
      return view.getInt16(at, true) / 2 ** 15;
    case "s24le":
      return (view.getUint8(at) + 256 * view.getUint8(at + 1) + 65_536 * view.getInt8(at + 2)) / 2 ** 23;
    case "s32le":
      return view.getInt32(at, true) / 2 ** 31;
    case "f32le":
      return view.getFloat32(at, true);
    case "f64le":
      return view.getFloat64(at, true);
    case "mulaw": {
      // G.711: sign, exponent, mantissa, all inverted; a 14-bit value of ((2m + 33) · 2^e - 33).
      const code = 255 - view.getUint8(at);
      const value = (2 * (code % 16) + 33) * 2 ** (Math.floor(code / 16) % 8) - 33;
      return (code >= 128 ? -value : value) / 2 ** 13;
    }
    case "alaw": {
      // G.711: even bits inverted; a 13-bit value of (2m + 1), and (2m + 33) · 2^(e - 1) from the second segment on.
      const code = view.getUint8(at) ^ 0x55;
      const exponent = Math.floor(code / 16) % 8;
      const value = exponent === 0 ? 2 * (code % 16) + 1 : (2 * (code % 16) + 33) * 2 ** (exponent - 1);
      return (code >= 128 ? value : -value) / 2 ** 12;
    }
  }
}

function chunk(id: string, body: Uint8Array | DataView, size = body.byteLength, padded = true): Uint8Array {
  const bytes = new Uint8Array(body.buffer, body.byteOffset, body.byteLength);
  const head = new DataView(new ArrayBuffer(8));
  head.setUint32(4, size, true);
  const header = new Uint8Array(head.buffer);
  header.set(text(id));
  return joined(Uint8Array, [header, bytes, new Uint8Array(padded ? bytes.length % 2 : 0)]);
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);
