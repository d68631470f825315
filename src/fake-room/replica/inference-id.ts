import { md5 } from "@noble/hashes/legacy.js";
import { bytesToHex } from "@noble/hashes/utils.js";

/**
 * The id that Tavus' events carry for an `inference_id` that was sent: "a stable MD5-derived UUID" [certain]. The rule
 * itself is [unknown]; the fake takes the 16 bytes of the MD5 of the UTF-8 text as they are, version bits untouched.
 */
export function normalisedId(id: string): string {
  return bytesToHex(md5(utf8(id))).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

/** As TextEncoder does it, which jsdom lacks. */
function utf8(text: string): Uint8Array {
  const bytes = encodeURIComponent(text.replace(/\p{Surrogate}/gu, "\ufffd")).replace(/%(..)/g, (_, hex: string) =>
    String.fromCharCode(Number.parseInt(hex, 16)),
  );
  return Uint8Array.from(bytes, (character) => character.charCodeAt(0));
}
