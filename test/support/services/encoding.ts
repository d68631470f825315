import { decodeAlaw, decodeMulaw, encodeG711 } from "./g711.js";

/** How samples are written as bytes: little-endian PCM of 16 bits, 32-bit floats, G.711. */
export type Encoding = "s16le" | "f32le" | "mulaw" | "alaw";

/** Bytes of one sample. */
export const sampleBytes: Readonly<Record<Encoding, number>> = { s16le: 2, f32le: 4, mulaw: 1, alaw: 1 };

/** Samples as bytes. Floats are the sample over 32768, exactly. */
export function encode(samples: Int16Array, encoding: Encoding): Buffer {
  const bytes = Buffer.alloc(samples.length * sampleBytes[encoding]);
  for (let k = 0; k < samples.length; k++) {
    if (encoding === "s16le") bytes.writeInt16LE(samples[k], k * 2);
    else if (encoding === "f32le") bytes.writeFloatLE(samples[k] / 32_768, k * 4);
    else bytes[k] = encodeG711(samples[k], encoding === "mulaw" ? decodeMulaw : decodeAlaw);
  }
  return bytes;
}

/** Bytes as samples; what follows the last whole sample is left out. */
export function decode(bytes: Uint8Array, encoding: Encoding): Int16Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const samples = new Int16Array(Math.floor(bytes.byteLength / sampleBytes[encoding]));
  for (let k = 0; k < samples.length; k++) {
    if (encoding === "s16le") samples[k] = view.getInt16(k * 2, true);
    else if (encoding === "f32le") samples[k] = fromFloat(view.getFloat32(k * 4, true));
    else samples[k] = encoding === "mulaw" ? decodeMulaw(bytes[k]) : decodeAlaw(bytes[k]);
  }
  return samples;
}

const fromFloat = (value: number): number => Math.max(-32_768, Math.min(32_767, Math.round(value * 32_768)));

/** Strict base64 (RFC 4648, section 4, with padding) as bytes, or undefined. */
export function fromBase64(text: string): Buffer | undefined {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return undefined;
  return Buffer.from(text, "base64");
}
