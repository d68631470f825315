/** The bytes of base64 text, in either alphabet, padded or not; undefined when it is none. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    // RFC 4648, 5: the alphabet for URLs, which atob does not know.
    const plain = /[-_]/.test(text) ? text.replaceAll("-", "+").replaceAll("_", "/") : text;
    return Uint8Array.from(atob(plain), (character) => character.charCodeAt(0));
  } catch {
    // atob's own error says no more than that.
    return undefined;
  }
}
