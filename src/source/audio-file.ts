import { openInput } from "./open-input.js";
import type { PcmValue } from "./piece.js";
import type { Source } from "./source.js";
import { notThis } from "./wrong-argument.js";

/**
 * A whole audio file: a Blob (from a file input), a URL, the bytes of one, or an AudioBuffer that is decoded already.
 * WAV is decoded as it arrives, everything else by the browser when it is complete, at the file's own rate; then the
 * encoder. It can be spoken again and again. A URL is fetched at its turn, under the rules of `fetch` (CORS);
 * `http-status` and `not-audio` say what came instead.
 *
 * Throws TypeError for anything else, a string too: pass `new URL(text, location.href)`.
 */
export function audioFile(input: Blob | URL | ArrayBuffer | AudioBuffer): Source {
  const make = inputOf(input);
  return { open: (request) => openInput(make, { format: undefined, field: undefined, compressed: true }, request) };
}

function inputOf(input: Blob | URL | ArrayBuffer | AudioBuffer): (signal: AbortSignal) => PcmValue | Promise<PcmValue> {
  if (input instanceof URL) return (signal) => fetch(input, { signal });
  // A Response, so that a large file is read as it is decoded; its type is checked as that of any other.
  if (input instanceof Blob) return () => new Response(input);
  if (ArrayBuffer.isView(input) || input instanceof ArrayBuffer) return () => input;
  if (Object.prototype.toString.call(input) === "[object AudioBuffer]") return () => input as never;
  throw new TypeError(
    `audioFile() takes a Blob, a URL, an ArrayBuffer or an AudioBuffer${notThis(input, "audioFile()", "new URL(text, location.href)")}`,
  );
}
