import { readdirSync, readFileSync } from "node:fs";
import { joined } from "./joined.js";

/** A file of one of the containers. */
export interface CompressedFile {
  name: string;
  bytes: Uint8Array<ArrayBuffer>;
  /** What is handed to the browser's decoder: leading tags are left out. */
  decoded: Uint8Array<ArrayBuffer>;
}

const folder = new URL("../fixtures/compressed/", import.meta.url);
const file = (name: string, bytes: Uint8Array<ArrayBuffer>, tagBytes = 0): CompressedFile => ({
  name,
  bytes,
  decoded: bytes.slice(tagBytes),
});

/** An ID3v2.4 tag around so many bytes, by ID3v2.4.0, 3.1. */
export function id3(length: number): Uint8Array<ArrayBuffer> {
  const tag = new Uint8Array(10 + length);
  tag.set([0x49, 0x44, 0x33, 4, 0, 0, (length >> 21) & 127, (length >> 14) & 127, (length >> 7) & 127, length & 127]);
  return tag;
}

/** Every fixture, and AAC behind a tag. */
export function compressedFiles(): CompressedFile[] {
  const files = readdirSync(folder).map((name) => {
    const bytes = new Uint8Array(readFileSync(new URL(name, folder)));
    const [a = 0, b = 0, c = 0, d = 0] = bytes.subarray(6, 10);
    const tagged = String.fromCharCode(...bytes.subarray(0, 3)) === "ID3";
    return file(name, bytes, tagged ? 10 + ((a << 21) | (b << 14) | (c << 7) | d) : 0);
  });
  const aac = files.find(({ name }) => name.endsWith(".aac"));
  if (!aac) throw new Error("There is no fixture of AAC.");
  return [...files, file("tagged.aac", joined(Uint8Array, [id3(300), aac.bytes]), 310)];
}

/** Whether files of the same stream are one stream when they follow one another: nothing in them says where one ends. */
export const isContinuous = ({ name }: CompressedFile): boolean => /untagged|aac$/.test(name);
