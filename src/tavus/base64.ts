/** What engines of 2025 and later have natively: 20 times as fast as what older ones take below. */
interface NativeBase64 {
  toBase64?: () => string;
}

/** Arguments that a call takes in every engine, with room to spare: a spread of all bytes would overflow the stack. */
const sliceBytes = 8192;

/** Base64 (RFC 4648, padded) of `bytes`. */
export function toBase64(bytes: Uint8Array): string {
  const native = (bytes as NativeBase64).toBase64;
  if (native) return native.call(bytes);
  let binary = "";
  for (let at = 0; at < bytes.length; at += sliceBytes)
    binary += String.fromCharCode(...bytes.subarray(at, at + sliceBytes));
  return btoa(binary);
}

/**
 * Base64 of the samples as s16le: the `audio` field of an echo message. Nothing is swapped: every engine that has
 * WebAssembly SIMD runs on little-endian machines.
 */
export const base64Pcm = (samples: Int16Array): string =>
  toBase64(new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength));
