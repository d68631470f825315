/**
 * What Tavus may make of an `inference_id`: "a stable MD5-derived UUID" [certain]; how, is [unknown]. Each rule is a candidate that
 * the suite computes and compares with what comes back.
 */
import { md5 } from "@noble/hashes/legacy.js";
import { bytesToHex, concatBytes, hexToBytes, utf8ToBytes } from "@noble/hashes/utils.js";

const uuid = (bytes: Uint8Array): string =>
  bytesToHex(bytes).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
const fromUuid = (text: string): Uint8Array => hexToBytes(text.replaceAll("-", ""));

/** The version and the variant as RFC 9562 puts them over a hash. */
function stamped(hash: Uint8Array): Uint8Array {
  const bytes = hash.slice(0, 16);
  bytes[6] = ((bytes[6] ?? 0) & 0x0f) | 0x30;
  bytes[8] = ((bytes[8] ?? 0) & 0x3f) | 0x80;
  return bytes;
}

/** RFC 9562, 6.6. */
const namespaces = {
  DNS: "6ba7b810-9dad-11d1-80b4-00c04fd430c8",
  URL: "6ba7b811-9dad-11d1-80b4-00c04fd430c8",
  OID: "6ba7b812-9dad-11d1-80b4-00c04fd430c8",
  X500: "6ba7b814-9dad-11d1-80b4-00c04fd430c8",
  nil: "00000000-0000-0000-0000-000000000000",
} as const;

/** UUID version 3: the MD5 of a namespace and a name, stamped (RFC 9562, 5.3). */
export function uuid3(namespace: string, name: string): string {
  return uuid(stamped(md5(concatBytes(fromUuid(namespace), utf8ToBytes(name)))));
}

/** Name of a rule → the id that it makes of one that was sent in a conversation. */
export const idRules: Readonly<Record<string, (id: string, conversationId: string) => string>> = {
  "as it was sent": (id) => id,
  "MD5 of the text as a UUID": (id) => uuid(md5(utf8ToBytes(id))),
  "MD5 of the text as a UUID of version 3": (id) => uuid(stamped(md5(utf8ToBytes(id)))),
  "MD5 of the text without hyphens as a UUID": (id) => uuid(md5(utf8ToBytes(id.replaceAll("-", "")))),
  "MD5 of the 16 bytes as a UUID": (id) => (isUuid(id) ? uuid(md5(fromUuid(id))) : ""),
  "MD5 of conversation and id as a UUID": (id, conversation) => uuid(md5(utf8ToBytes(conversation + id))),
  "MD5 in hexadecimal": (id) => bytesToHex(md5(utf8ToBytes(id))),
  ...Object.fromEntries(
    Object.entries(namespaces).map(([name, space]) => [
      `UUID of version 3 in the ${name} namespace`,
      (id: string) => uuid3(space, id),
    ]),
  ),
  "UUID of version 3 in the conversation's DNS name": (id, conversation) =>
    uuid3(uuid3(namespaces.DNS, conversation), id),
};

const isUuid = (text: string): boolean => /^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text);
