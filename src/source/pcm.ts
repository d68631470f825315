import { hasHeader } from "../decode/byte-decoder.js";
import { openInput } from "./open-input.js";
import { checkFormat, type PcmDeclaration } from "./pcm-format.js";
import { bytesOf, type PcmInput } from "./piece.js";
import type { Source } from "./source.js";

/**
 * Audio that is not live: the output of speech synthesis, a file, a recording. Bytes, a Response, a stream of bytes,
 * samples with their rate, a promise of one, an async iterable of many, or a function that makes any of these and gets a
 * signal that aborts when the turn is over.
 *
 * Headerless PCM is `format`; cuts may fall anywhere, also within a sample. WAV, MP3, AAC, Ogg, FLAC are recognised by
 * their first bytes, and `format` does not apply to them; the compressed ones are decoded by the browser when they are
 * complete. Mono s16le at the replica's rate is passed on bit for bit; all else goes through the encoder, at the speed
 * at which the turn takes it: input is asked for only when it is wanted. Several pieces make one turn. Bytes given as
 * buffers are read when the turn is open and must not change until then; they are not modified or transferred.
 *
 * `turn.end()` stops the reading: what had been read is delivered. A Response, a stream or a generator can be spoken once
 * (`source-used`); a function or buffers again and again. A Response that is not ok fails with `http-status`, one that is
 * JSON or text with `not-audio`; an input that throws with `source-failed`, after what it gave before.
 *
 * Throws TypeError or RangeError at the call for an impossible format, text, or bytes without header and format.
 */
export function pcm(input: PcmInput, format?: PcmDeclaration): Source {
  const declared = format && checkFormat(format);
  if (input === null || (typeof input !== "object" && typeof input !== "function"))
    throw new TypeError(
      `pcm() was given ${typeof input}; it takes bytes, a Response, a stream of bytes, or samples. Decode base64 text first.`,
    );
  const bytes = bytesOf(input);
  if (bytes && !declared && bytes.length > 0 && !hasHeader(bytes))
    throw new TypeError('These bytes have no header: pass a format, { encoding: "s16le", sampleRate: 24000 }.');
  return { open: (request) => openInput(input, { format: declared, compressed: false }, request) };
}
