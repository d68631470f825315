/** Base64 of the bytes of these samples, in the machine's order (little-endian everywhere that browsers run). */
export function toBase64(samples: Int16Array | Float32Array): string {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  let binary = "";
  for (let at = 0; at < bytes.length; at += 8192) binary += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(binary);
}

/** The samples of {@link toBase64}. */
export function fromBase64(base64: string): Int16Array<ArrayBuffer> {
  return new Int16Array(Uint8Array.from(atob(base64), (character) => character.charCodeAt(0)).buffer);
}
