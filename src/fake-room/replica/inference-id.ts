import { md5 } from "@noble/hashes/legacy.js";
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils.js";

/**
 * The id that Tavus' events carry for an `inference_id` that was sent: "a stable MD5-derived UUID" [certain]. The rule
 * itself is [unknown]; the fake takes the 16 bytes of the MD5 of the UTF-8 text as they are, version bits untouched.
 */
export function normalisedId(id: string): string {
  return bytesToHex(md5(utf8ToBytes(id))).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
