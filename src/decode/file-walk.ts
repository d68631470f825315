/** What this module, which loads on demand, is handed: how files and frames begin. */
export type Structure = typeof import("./file-start.js") & typeof import("./mpeg-frame.js");

/**
 * One step along a file's structure, from `at` on: where the next part is; where another file begins; "more": the bytes are too few to
 * tell; "frames": from here on nothing tells a length; undefined: no part is there, so that the length of the one before was
 * wrong. Its state changes only when it steps on.
 */
export type Walk = (bytes: Uint8Array, at: number) => number | { file: number } | "more" | "frames" | undefined;

/** How to walk through the file that `bytes`, twelve at least, begin. */
export function walkOf(bytes: Uint8Array, structure: Structure): Walk {
  const { startsWith } = structure;
  if (startsWith(bytes, 0, "OggS")) return oggWalk(structure);
  if (startsWith(bytes, 0, "fLaC")) return flacWalk();
  if (startsWith(bytes, 4, "ftyp")) return mp4Walk(structure);
  if (startsWith(bytes, 0, "\x1a\x45\xdf\xa3")) return webmWalk(structure);
  return mpegWalk(structure);
}

/** What begins at `at`, if it is not what the walk looks for. */
function other(
  { fileStart, mpegFrames }: Structure,
  bytes: Uint8Array,
  at: number,
): { file: number } | "more" | undefined {
  if (at === 0) return undefined;
  const start = fileStart(bytes, at, false) ?? mpegFrames(bytes, at, false);
  return start === "more" ? "more" : start && { file: at };
}

/** Pages by their lengths. A stream begins behind another's data; those that begin together are one file's. Source: RFC 3533. */
function oggWalk(structure: Structure): Walk {
  const { startsWith } = structure;
  let data = false;
  return (bytes, at) => {
    if (!startsWith(bytes, at, "OggS")) return other(structure, bytes, at);
    const segments = bytes[at + 26];
    if (segments === undefined || bytes.length < at + 27 + segments) return "more";
    const begins = ((bytes[at + 5] as number) & 2) > 0;
    if (begins && data) return { file: at };
    const next = bytes.subarray(at + 27, at + 27 + segments).reduce((sum, size) => sum + size, at + 27 + segments);
    if (bytes.length < next) return "more";
    data ||= !begins;
    return next;
  };
}

/** Blocks of metadata by their lengths; frames tell none, so that the next file is looked for in them. Source: RFC 9639. */
function flacWalk(): Walk {
  let frames = false;
  return (bytes, at) => {
    if (at === 0) return 4;
    if (bytes.length < at + 4) return "more";
    // A frame begins with 14 bits of one and a zero.
    if (frames) return bytes[at] === 0xff && ((bytes[at + 1] as number) & 0xfe) === 0xf8 ? "frames" : undefined;
    const header = viewOf(bytes).getUint32(at);
    const next = at + 4 + (header & 0xff_ffff);
    if (bytes.length < next) return "more";
    frames = header >>> 31 === 1;
    return next;
  };
}

/** Boxes by their lengths. Source: ISO 14496-12, 4.2. */
const mp4Walk =
  (structure: Structure): Walk =>
  (bytes, at) => {
    const start = other(structure, bytes, at);
    if (start) return start;
    if (bytes.length < at + 16) return "more";
    const view = viewOf(bytes);
    const size = view.getUint32(at);
    if (!bytes.subarray(at + 4, at + 8).every((byte) => byte >= 0x20 && byte < 0x7f)) return undefined;
    const next = at + (size === 1 ? Number(view.getBigUint64(at + 8)) : size);
    // 0: to the end of the file.
    return next < at + 8 ? undefined : bytes.length < next ? "more" : next;
  };

const segment = 0x1853_8067;
const cluster = 0x1f43_b675;
/** The other elements of a segment and of a cluster. Source: RFC 9559, 5.1. */
const elements = new Set([
  ...[0x114d_9b74, 0x1549_a966, 0x1654_ae6b, 0x1c53_bb6b, 0x1254_c367, 0x1043_a770, 0x1941_a469, 0xec, 0xbf],
  ...[0xe7, 0xa3, 0xa0, 0xab, 0xa7, 0x5854, 0xaf],
]);

/** Elements by their lengths; segments and clusters are entered, for live ones tell no length. Source: RFC 8794, 9559. */
const webmWalk =
  (structure: Structure): Walk =>
  (bytes, at) => {
    const start = other(structure, bytes, at);
    if (start) return start;
    const idLength = Math.clz32(bytes[at] ?? 0) - 23;
    const sizeLength = Math.clz32(bytes[at + idLength] ?? 0) - 23;
    if (bytes.length < at + 12) return "more";
    if (idLength > 4 || sizeLength > 8) return undefined;
    const content = at + idLength + sizeLength;
    const id = bytes.subarray(at, at + idLength).reduce((sum, byte) => sum * 256 + byte, 0);
    if (id === segment || id === cluster) return content;
    if (at > 0 && !elements.has(id)) return undefined;
    const size = bytes
      .subarray(at + idLength + 1, content)
      .reduce((sum, byte) => sum * 256 + byte, (bytes[at + idLength] as number) & (0xff >> sizeLength));
    if (size >= 2 ** (7 * sizeLength) - 1) return undefined;
    return bytes.length < content + size ? "more" : content + size;
  };

/** Frames by their lengths, and tags. Another file begins where the stream changes, or where an encoder's own frame says so. */
function mpegWalk(structure: Structure): Walk {
  const { afterTag, findFileStart, mpegFrame, mpegFrames, startsWith } = structure;
  let stream: number | undefined;
  let synced = false;
  let last = 0;
  return (bytes, at) => {
    if (bytes.length < at + 10) return "more";
    if (startsWith(bytes, at, "TAG")) return at + 128;
    if (startsWith(bytes, at, "APETAGEX"))
      return bytes.length < at + 32 ? "more" : at + 32 + viewOf(bytes).getUint32(at + 12, true);
    const tag = startsWith(bytes, at, "ID3") ? afterTag(bytes, at) : at;
    const begins = stream !== undefined && beginsStream(structure, bytes, tag, stream);
    if (begins) return begins === "more" ? "more" : { file: at };
    if (tag > at) return tag;
    const frame = mpegFrame(bytes, at);
    const frames = synced && frame?.stream === stream ? frame : frame && mpegFrames(bytes, at, false);
    if (frames === "more") return "more";
    if (frames) {
      stream = frames.stream;
      synced = true;
      last = at;
      return at + frames.length;
    }
    // The last frame may have been cut off.
    const found = stream === undefined ? undefined : findFileStart(bytes, synced ? last + 1 : at, at + 1, false);
    if (found) return found.start === "more" ? "more" : { file: found.at };
    // Something between the frames: they go on where three of them stand in a row.
    synced = false;
    return at + 1;
  };
}

/** Whether the frame at `at` begins another stream: by its header, or by a frame that encoders put in front of all others. */
function beginsStream(
  { mpegFrame, mpegFrames, mpegHeaderBytes, startsWith }: Structure,
  bytes: Uint8Array,
  at: number,
  stream: number,
): boolean | "more" {
  const frame = mpegFrame(bytes, at);
  if (!frame) return bytes.length < at + mpegHeaderBytes ? "more" : false;
  if (bytes.length < at + 48) return "more";
  if (frame.stream !== stream) {
    const frames = mpegFrames(bytes, at, false);
    return frames === "more" ? "more" : frames !== undefined;
  }
  // Behind the side information, which has 9, 17 or 32 bytes; VBRI always behind 32.
  return [13, 21, 36].some((offset) => ["Xing", "Info", "VBRI"].some((name) => startsWith(bytes, at + offset, name)));
}

/** Where the frames begin behind leading tags; 0 where none lead, or no frames follow. */
export function framesAt(bytes: Uint8Array, { afterTag, mpegFrame, startsWith }: Structure): number {
  let at = 0;
  while (startsWith(bytes, at, "ID3") && bytes.length > at + 10) at = afterTag(bytes, at);
  while (bytes[at] === 0) at++;
  return mpegFrame(bytes, at) ? at : 0;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
