import { hasHeader } from "../decode/byte-decoder.js";
import { openInput } from "./open-input.js";
import { checkFormat, type PcmDeclaration } from "./pcm-format.js";
import { bytesOf, isPiece, noInput, type PcmInput } from "./piece.js";
import { isAsyncIterable } from "./read-input.js";
import type { Source } from "./source.js";

/**
 * Audio that is not live: the output of speech synthesis, a file, a recording. Bytes, a Response, a stream of bytes,
 * samples with their rate, an async iterable of many or of promises, a promise of any of these, or a function that makes
 * it and gets a signal that aborts when nothing more is read: at the end, at a failure, when the turn is interrupted.
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
 * Throws TypeError or RangeError at the call for an impossible format, an input of another form, or bytes without header and
 * format.
 */
export function pcm(input: PcmInput, format?: PcmDeclaration): Source {
  const declared = format && checkFormat(format);
  // It may fail long before its turn, which is when that is told.
  if (isThenable(input)) input.then(undefined, () => undefined);
  else if (typeof input !== "function" && !isPiece(input) && !isAsyncIterable(input)) throw noInput(input);
  const bytes = bytesOf(input);
  if (bytes && !declared && bytes.length > 0 && !hasHeader(bytes))
    throw new TypeError('These bytes have no header: pass a format, { encoding: "s16le", sampleRate: 24000 }.');
  return { open: (request) => openInput(input, { format: declared, compressed: false }, request) };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null)?.then === "function";
}
