import { hasHeader } from "../decode/recognise.js";
import { openInput } from "./open-input.js";
import { checkDeclaration, type PcmDeclaration, type TextDeclaration } from "./pcm-format.js";
import { bytesOf, isPiece, noInput, type PcmInput, type TextInput } from "./piece.js";
import { isAsyncIterable } from "./read-input.js";
import type { Source } from "./source.js";

/**
 * Audio that is not live: the output of speech synthesis, a file, a recording.
 *
 * Headerless PCM is `format`; cuts may fall anywhere, also within a sample. WAV, MP3, AAC, Ogg, FLAC, MP4 and WebM are
 * recognised by their structure, also behind one another, and `format` does not apply to them; the compressed ones are
 * decoded by the browser when they are complete. Without a format, a response's type counts (`audio/L16;rate=16000`).
 * Mono s16le at the replica's rate is passed on bit for bit; all else goes through the encoder, at the speed at which the
 * turn takes it: input is asked for only when it is wanted. Several pieces make one turn. Bytes given as buffers are read
 * when the turn is open and must not change until then; they are not modified or transferred.
 *
 * `turn.end()` stops the reading: what had been read is delivered. A Response, a stream or a generator can be spoken once
 * (`source-used`); a function or buffers again and again. A Response that is not ok fails with `http-status`, one that is
 * JSON or text with `not-audio`; an input that throws or is cut short with `source-failed`, after what it gave before. What
 * looks like something else than was declared is spoken as declared, and raises a warning: `format-implausible`,
 * `byte-order`, `rate-mismatch`, `not-a-number`, `base64-as-audio`.
 *
 * @param input Bytes, a Response, a Blob, a stream of bytes, samples with their rate, a list or an async iterable of many or
 * of promises, a promise of any of these, or a function that makes it and gets a signal that aborts when nothing more is
 * read: at the end, at a failure, when the turn is interrupted.
 * @param format What headerless PCM is. With `field`, the audio is base64 or hexadecimal text in that field of JSON, JSON lines or
 * server-sent events.
 * @throws TypeError or RangeError at the call for an impossible format, an input of another form, or bytes without header
 * and format.
 */
export function pcm(input: PcmInput, format?: PcmDeclaration): Source;
/** As above, where the audio is text in a field of JSON, JSON lines or server-sent events. */
export function pcm(input: PcmInput | TextInput, declaration: TextDeclaration): Source;
/** Both of the above. */
export function pcm(input: PcmInput | TextInput, declaration?: PcmDeclaration | TextDeclaration): Source {
  const { format, field } = checkDeclaration(declaration);
  // It may fail long before its turn, which is when that is told.
  if (isThenable(input)) input.then(undefined, () => undefined);
  else if (typeof input !== "function" && !field && !isPiece(input, format?.sampleRate) && !isAsyncIterable(input))
    throw noInput(input);
  const bytes = bytesOf(input);
  if (bytes && !declaration && bytes.length > 0 && !hasHeader(bytes))
    throw new TypeError('These bytes have no header: pass a format, { encoding: "s16le", sampleRate: 24000 }.');
  return { open: (request) => openInput(input as PcmInput, { format, field, compressed: false }, request) };
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null)?.then === "function";
}
