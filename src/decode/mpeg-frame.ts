/** A frame of MPEG audio (layers II and III) or of AAC in ADTS, as its header describes it. */
export interface MpegFrame {
  /** Name for messages. */
  name: "MP3" | "AAC";
  /** Bytes from this header to the next one. */
  length: number;
  /** Hz. */
  sampleRate: number;
  /** Channels as the header counts them: 1, or 2 for more. */
  channels: number;
  /** Equal for frames that can belong to one stream. */
  stream: number;
}

/** Rates of the ADTS index. Source: ISO 14496-3, table 1.18. */
export const aacRates: readonly number[] = [
  96000, 88200, 64000, 48000, 44100, 32000, 24000, 22050, 16000, 12000, 11025, 8000, 7350,
];
/** Rates and kbit/s by index. Source: ISO 11172-3 and 13818-3, 2.4.2.3. */
const mpegRates = [44100, 48000, 32000];
const mpeg1Layer3 = [32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const mpeg1Layer2 = [32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384];
const mpeg2 = [8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];

/** Bytes that every header is within. */
export const mpegHeaderBytes = 7;

/**
 * The frame whose header is at `at`; undefined: there is none, or `bytes` end within the header. By itself a header proves
 * little: of random bytes one place in some thousand looks like one.
 */
export function mpegFrame(bytes: Uint8Array, at: number): MpegFrame | undefined {
  const [sync = 0, second = 0, third = 0, fourth = 0, fifth = 0, sixth = 0] = bytes.subarray(at, at + 6);
  if (sync !== 0xff || second < 0xe0 || bytes.length < at + mpegHeaderBytes) return undefined;
  const layer = (second >> 1) & 3;
  if (layer === 0) {
    const sampleRate = aacRates[(third >> 2) & 15];
    const length = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5);
    if (second < 0xf0 || !sampleRate || length < 8) return undefined;
    const channels = ((third & 1) << 2) | (fourth >> 6);
    // Profile, rate, channels.
    return { name: "AAC", length, sampleRate, channels: channels === 1 ? 1 : 2, stream: (third & 0xfd) * 8 + channels };
  }
  const version = (second >> 3) & 3;
  const rate = mpegRates[(third >> 2) & 3];
  const bitrates = version !== 3 ? mpeg2 : layer === 1 ? mpeg1Layer3 : mpeg1Layer2;
  const bitrate = bitrates[(third >> 4) - 1];
  // Layer I is in no use; a sample of -1 looks like it.
  if (layer === 3 || version === 1 || !rate || !bitrate || (fourth & 3) === 2) return undefined;
  const sampleRate = rate / ([4, 1, 2, 1][version] ?? 1);
  const channels = fourth >> 6 === 3 ? 1 : 2;
  const slots = version !== 3 && layer === 1 ? 72 : 144;
  const length = Math.floor((slots * 1000 * bitrate) / sampleRate) + ((third >> 1) & 1);
  return { name: "MP3", length, sampleRate, channels, stream: (second & 0xfe) * 64 + (third & 12) * 4 + channels };
}

/**
 * The first frame at `at`, if the next two are where its length and theirs say, or the input ends there: what a single
 * header cannot prove. undefined: no frames; "more": `bytes` are too few to tell.
 */
export function mpegFrames(bytes: Uint8Array, at: number, ended: boolean): MpegFrame | undefined | "more" {
  const first = mpegFrame(bytes, at);
  let next = at;
  for (let count = 0; count < 3; count++) {
    if (bytes.length < next + mpegHeaderBytes) {
      if (!ended) return couldBegin(bytes, next) ? "more" : undefined;
      return count > 1 || (count === 1 && next === bytes.length) ? first : undefined;
    }
    const frame = mpegFrame(bytes, next);
    // Tags may follow the last frame.
    if (!frame && count > 0 && startsWith(bytes, next, "TAG")) return first;
    if (!frame || frame.stream !== first?.stream) return undefined;
    next += frame.length;
  }
  return first;
}

/** Whether what is there of a header does not speak against one. */
function couldBegin(bytes: Uint8Array, at: number): boolean {
  const [sync = 0xff, second = 0xff] = bytes.subarray(at, at + 2);
  return startsWith(bytes, at, "TAG") || (sync === 0xff && second >= 0xe0);
}

/** Whether the ASCII characters of `text` are at `at`, as far as `bytes` reach. */
export function startsWith(bytes: Uint8Array, at: number, text: string): boolean {
  for (let i = 0; i < text.length && at + i < bytes.length; i++) if (bytes[at + i] !== text.charCodeAt(i)) return false;
  return true;
}
