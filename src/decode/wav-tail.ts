import { fileStart } from "./file-start.js";
import { startsWith } from "./mpeg-frame.js";

/** Chunks that writers put behind the samples, and the bytes that they begin with. */
const tailChunks = ["LIST", "id3 ", "ID3 ", "C2PA", "bext", "cue ", "fact", "smpl", "PEAK", "iXML", "_PMX"];
const firstBytes = /* @__PURE__ */ new Set(/* @__PURE__ */ tailChunks.map((id) => id.charCodeAt(0)));

/** The longest chunk that is waited for. */
const longestChunk = 0x10_0000;

/** The two lengths that some servers append, which they should have written into the header. */
const lengthsBytes = 8;

/**
 * Where, behind samples of unknown length, something begins that is none and reaches to the end of the input or to the next
 * file: known chunks, or the two lengths that the header should have had.
 * @param to Where to stop looking.
 * @param came Bytes of samples before `bytes`.
 * @param ended No more bytes are to come.
 * @returns Its place, and its length or "more" when the bytes are too few to tell; undefined: all are samples.
 */
export function findTail(
  bytes: Uint8Array,
  to: number,
  came: number,
  ended: boolean,
): { at: number; what: number | "more" } | undefined {
  for (let at = 0; at < to; at++) {
    if (!firstBytes.has(bytes[at] as number)) continue;
    const what = tailLength(bytes, at, ended);
    if (what) return { at, what };
  }
  const last = bytes.length - lengthsBytes;
  if (!ended) return to > last ? { at: Math.max(0, last), what: "more" } : undefined;
  if (to < bytes.length || last < 0) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset + last, lengthsBytes);
  const data = came + last;
  return view.getUint32(4, true) === data && view.getUint32(0, true) === data + 36
    ? { at: last, what: lengthsBytes }
    : undefined;
}

/** Bytes of the known chunks from `at` on, if nothing but another file follows; 0: there are none. */
function tailLength(bytes: Uint8Array, at: number, ended: boolean): number | "more" {
  const more = ended ? 0 : "more";
  let end = at;
  while (end < bytes.length) {
    if (!tailChunks.some((id) => startsWith(bytes, end, id))) {
      const start = end > at && fileStart(bytes, end, ended);
      return start === "more" ? "more" : start ? end - at : 0;
    }
    if (bytes.length < end + 8) return more;
    const size = new DataView(bytes.buffer, bytes.byteOffset + end).getUint32(4, true);
    if (size > longestChunk) return 0;
    end += 8 + size;
    if (end > bytes.length) return more;
    // Padding, where the writer pads.
    if (size % 2 === 1 && bytes[end] === 0) end++;
  }
  return ended ? end - at : "more";
}
