/** What engines of 2025 and later have natively; older ones take the table below. */
interface NativeBase64 {
  toBase64?: () => string;
}

const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const pad = 61;

/** Two characters for each 12-bit value, as character codes: one look-up per three nibbles instead of two per six bits. */
let pairs: Uint8Array | undefined;

function pairTable(): Uint8Array {
  if (pairs) return pairs;
  const table = new Uint8Array(4096 * 2);
  for (let value = 0; value < 4096; value++) {
    table[2 * value] = alphabet.charCodeAt(value >> 6);
    table[2 * value + 1] = alphabet.charCodeAt(value & 63);
  }
  pairs = table;
  return table;
}

/** Base64 (RFC 4648, padded) without `Uint8Array.prototype.toBase64`, for engines that lack it. Spreads nothing onto the stack. */
export function base64ByTable(bytes: Uint8Array): string {
  const table = pairTable();
  const text = new Uint8Array(Math.ceil(bytes.length / 3) * 4);
  const whole = bytes.length - (bytes.length % 3);
  let to = 0;
  // Reads below are in range by the loop's bounds; `| 0` only tells the compiler so.
  const byte = (index: number): number => bytes[index] ?? 0;
  const put = (value: number): void => {
    text[to++] = table[2 * value] ?? 0;
    text[to++] = table[2 * value + 1] ?? 0;
  };
  for (let from = 0; from < whole; from += 3) {
    const b = byte(from + 1);
    put((byte(from) << 4) | (b >> 4));
    put(((b & 15) << 8) | byte(from + 2));
  }
  if (bytes.length - whole === 1) {
    put(byte(whole) << 4);
    text[to++] = pad;
    text[to++] = pad;
  } else if (bytes.length - whole === 2) {
    const b = byte(whole + 1);
    put((byte(whole) << 4) | (b >> 4));
    text[to++] = table[2 * ((b & 15) << 8)] ?? 0;
    text[to++] = pad;
  }
  return new TextDecoder("latin1").decode(text);
}

const littleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** The bytes of `samples` as s16le whatever the machine's byte order. On little-endian machines a view, not a copy. */
export function pcmBytes(samples: Int16Array): Uint8Array<ArrayBuffer> {
  if (littleEndian && samples.buffer instanceof ArrayBuffer)
    return new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength);
  const bytes = new Uint8Array(samples.byteLength);
  const view = new DataView(bytes.buffer);
  for (let index = 0; index < samples.length; index++) view.setInt16(2 * index, samples[index] ?? 0, true);
  return bytes;
}

/** Base64 of the samples as s16le: the `audio` field of an echo message. */
export function base64Pcm(samples: Int16Array): string {
  const bytes = pcmBytes(samples);
  const native = (bytes as NativeBase64).toBase64;
  return native ? native.call(bytes) : base64ByTable(bytes);
}

/** Characters of the padded base64 of `byteLength` bytes. */
export const base64Length = (byteLength: number): number => Math.ceil(byteLength / 3) * 4;
