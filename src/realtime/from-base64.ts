/** The bytes of base64 text, in either alphabet, padded or not; undefined when it is none. */
export function fromBase64(text: string): Uint8Array | undefined {
  try {
    // RFC 4648, 5: the alphabet for URLs, which atob does not know.
    const binary = atob(/[-_]/.test(text) ? text.replaceAll("-", "+").replaceAll("_", "/") : text);
    const bytes = new Uint8Array(binary.length);
    for (let n = 0; n < bytes.length; n++) bytes[n] = binary.charCodeAt(n);
    return bytes;
  } catch {
    // atob's own error says no more than that.
    return undefined;
  }
}
