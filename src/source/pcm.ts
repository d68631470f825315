import { decodeFile } from "../capture/decode-file.js";
import { type Block, ByteDecoder, beginsFile, hasHeader } from "../decode/byte-decoder.js";
import type { PcmFormat } from "../decode/sample-format.js";
import { EchoError } from "../errors.js";
import { encodeBlocks } from "./encode-blocks.js";
import { checkFormat, type PcmDeclaration } from "./pcm-format.js";
import { bytesOf, isUsed, type PcmInput, type Section } from "./piece.js";
import { readInput, readStream } from "./read-input.js";
import type { OpenRequest, Source } from "./source.js";

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
  return {
    open: async (request) => {
      request.signal.throwIfAborted();
      if (isUsed(input)) throw new EchoError("source-used", "This input was read before, and can be read only once.");
      return openPcm(input, declared, request);
    },
  };
}

function openPcm(input: PcmInput, format: PcmFormat | undefined, request: OpenRequest): ReadableStream<Int16Array> {
  const stop = new AbortController();
  const over = new AbortController();
  const listening = { signal: over.signal };
  const chunks = encodeBlocks(decodeInput(input, format, request, stop.signal), request.sampleRate, request.audio);
  const release = (reason: unknown): void => {
    stop.abort(reason);
    over.abort();
    // Runs the clean-up of everything that is being read. What it meets is of no use to anybody now.
    chunks.return(undefined).catch(() => undefined);
  };
  request.ended.addEventListener("abort", () => stop.abort(request.ended.reason), listening);
  if (request.ended.aborted) stop.abort(request.ended.reason);
  return new ReadableStream<Int16Array>(
    {
      start: (controller) =>
        request.signal.addEventListener(
          "abort",
          () => {
            controller.error(request.signal.reason);
            release(request.signal.reason);
          },
          listening,
        ),
      pull: async (controller) => {
        try {
          const { done, value } = await nextFilled(chunks);
          if (over.signal.aborted) return;
          if (!done) return controller.enqueue(value);
          over.abort();
          controller.close();
        } catch (error) {
          if (over.signal.aborted) return;
          over.abort();
          controller.error(sourceError(error));
        }
      },
      cancel: release,
    },
    // Nothing is computed before it is asked for, and an error comes after what preceded it.
    new CountQueuingStrategy({ highWaterMark: 0 }),
  );
}

/** The next chunk that is not empty. */
async function nextFilled(chunks: AsyncGenerator<Int16Array>): Promise<IteratorResult<Int16Array, undefined>> {
  for (;;) {
    const next = await chunks.next();
    if (next.done) return { done: true, value: undefined };
    if (next.value.length > 0) return next;
  }
}

async function* decodeInput(
  input: PcmInput,
  format: PcmFormat | undefined,
  request: OpenRequest,
  stop: AbortSignal,
): AsyncGenerator<Block> {
  const warn = request.warn ?? quiet;
  let decoder: ByteDecoder | undefined;
  const finish = async function* (): AsyncGenerator<Block> {
    const finished = decoder;
    decoder = undefined;
    if (finished) yield* finished.end();
  };
  try {
    for await (const section of readInput(input, stop)) {
      if (section.kind !== "bytes" || beginsFile(section.bytes)) yield* finish();
      if (section.kind === "samples") {
        yield { sampleRate: section.sampleRate, planes: [section.samples] };
        continue;
      }
      decoder ??= new ByteDecoder(options(format, contentTypeOf(section), warn));
      if (section.kind === "bytes") {
        yield* decoder.push(section.bytes);
        continue;
      }
      for await (const bytes of readStream(section.stream, stop)) yield* decoder.push(bytes);
      // A response is complete in itself: what it lacks is not to be found in the next one.
      yield* finish();
    }
  } catch (error) {
    // Asked to end: what was read is all there is.
    if (!stop.aborted) {
      yield* remaining(finish());
      throw error;
    }
  }
  if (!request.signal.aborted) yield* finish();
}

/** What a decoder still holds when its input fails; its own complaint about an incomplete end says nothing new. */
async function* remaining(blocks: AsyncGenerator<Block>): AsyncGenerator<Block> {
  try {
    yield* blocks;
  } catch {
    // The failure of the input is what is reported.
  }
}

function options(format: PcmFormat | undefined, contentType: string, warn: NonNullable<OpenRequest["warn"]>) {
  return { format, compressed: compressedTypes.test(contentType), decodeFile, warn };
}

const compressedTypes = /^(audio|video)\/(mpeg|mp3|aac|aacp|ogg|opus|flac|x-flac|mp4|webm|x-m4a)\b/i;

function contentTypeOf(section: Section): string {
  return section.kind === "stream" ? section.contentType : "";
}

function sourceError(error: unknown): EchoError {
  if (error instanceof EchoError) return error;
  return new EchoError("source-failed", `The input broke off: ${String(error)}`, { cause: error });
}

function quiet(): void {
  // Nobody listens to warnings here.
}
