/** Values of the characters of base64 and of its URL-safe form; -1: none of them. */
const values = new Int8Array(128).fill(-1);
for (const [at, character] of [..."ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"].entries())
  values[character.charCodeAt(0)] = at;
values["-".charCodeAt(0)] = 62;
values["_".charCodeAt(0)] = 63;

/**
 * The bytes that base64 text stands for: plain or URL-safe, with white space or without, padded or not; several texts that
 * were padded may follow one another.
 * @throws SyntaxError for text that is no base64.
 */
export function base64Bytes(text: string): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(Math.ceil((text.length * 3) / 4));
  let length = 0;
  let bits = 0;
  let count = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    const value = code < 128 ? (values[code] as number) : -1;
    if (value >= 0) {
      bits = (bits << 6) | value;
      if (++count < 4) continue;
      bytes[length++] = bits >> 16;
      bytes[length++] = bits >> 8;
      bytes[length++] = bits;
      bits = count = 0;
      continue;
    }
    // The end of one text: what comes behind its padding begins anew.
    if (code === 0x3d) {
      length = rest(bytes, length, bits, count);
      bits = count = 0;
    } else if (code !== 0x20 && (code < 9 || code > 13))
      throw new SyntaxError(`${JSON.stringify(text[at])} is no character of base64.`);
  }
  if (count === 1) throw new SyntaxError("The base64 text is cut off.");
  return bytes.slice(0, rest(bytes, length, bits, count));
}

/** Writes what two or three characters stand for. */
function rest(bytes: Uint8Array, at: number, bits: number, count: number): number {
  if (count < 2) return at;
  bytes[at] = count === 2 ? bits >> 4 : bits >> 10;
  if (count === 2) return at + 1;
  bytes[at + 1] = bits >> 2;
  return at + 2;
}

/**
 * The bytes that hexadecimal text stands for.
 * @throws SyntaxError for text that is none.
 */
export function hexBytes(text: string): Uint8Array<ArrayBuffer> {
  const digits = text.replace(/\s/g, "");
  if (digits.length % 2 > 0 || /[^\da-f]/i.test(digits)) throw new SyntaxError("The text is not hexadecimal.");
  return Uint8Array.from({ length: digits.length / 2 }, (_, n) => Number.parseInt(digits.slice(2 * n, 2 * n + 2), 16));
}

/** Whether text that stands for bytes is hexadecimal. Base64 has capital letters too, unless it is as short as chance. */
export function isHex(text: string): boolean {
  return text.length >= 32 && text.length % 2 === 0 && /^[\da-f]+$/.test(text);
}
