import { decodeFile } from "../capture/decode-file.js";
import { type Block, ByteDecoder, beginsFile } from "../decode/byte-decoder.js";
import type { PcmFormat } from "../decode/sample-format.js";
import { EchoError } from "../errors.js";
import type { Warning } from "../warning.js";
import { encodeBlocks, expectBlocks } from "./encode-blocks.js";
import { isUsed, type PcmInput } from "./piece.js";
import { readInput, readStream } from "./read-input.js";
import type { OpenRequest } from "./source.js";

/** What is known about an input before its first byte. */
export interface InputDescription {
  /** What headerless bytes are; undefined: they must bring a header. */
  format: PcmFormat | undefined;
  /** It is an audio file: what is not recognised goes to the browser's decoder. */
  compressed: boolean;
}

/** Decodes and encodes `input` as fast as the stream is read, and no faster. */
export async function openInput(
  input: PcmInput,
  description: InputDescription,
  request: OpenRequest,
): Promise<ReadableStream<Int16Array>> {
  request.signal.throwIfAborted();
  if (isUsed(input)) throw new EchoError("source-used", "This input was read before, and can be read only once.");
  if (description.format) expectBlocks(description.format, request.sampleRate, request.audio);
  const stop = new AbortController();
  const over = new AbortController();
  const listening = { signal: over.signal };
  const chunks = encodeBlocks(decodeInput(input, description, request, stop.signal), request.sampleRate, request.audio);
  const finish = (reason: unknown): void => {
    stop.abort(reason);
    over.abort();
  };
  const release = (reason: unknown): void => {
    finish(reason);
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
          controller.close();
          finish(undefined);
        } catch (error) {
          if (over.signal.aborted) return;
          controller.error(sourceError(error));
          finish(error);
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
  { format, compressed }: InputDescription,
  request: OpenRequest,
  stop: AbortSignal,
): AsyncGenerator<Block> {
  // Said once: the pieces of a turn come from one place, and are alike.
  const said = new Set<string>();
  const warn = (warning: Warning): void => {
    if (!said.has(warning.code)) request.warn?.(warning);
    said.add(warning.code);
  };
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
        yield { sampleRate: section.sampleRate, planes: section.planes };
        continue;
      }
      decoder ??= new ByteDecoder({
        format,
        compressed: compressed || (section.kind === "stream" && compressedTypes.test(section.contentType)),
        decodeFile,
        warn,
      });
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

const compressedTypes = /^(audio|video)\/(mpeg|mp3|aac|aacp|ogg|opus|flac|x-flac|mp4|webm|x-m4a)\b/i;

function sourceError(error: unknown): EchoError {
  if (error instanceof EchoError) return error;
  return new EchoError("source-failed", `The input broke off: ${String(error)}`, { cause: error });
}
