import { decodeFile } from "../capture/decode-file.js";
import { type Block, ByteDecoder } from "../decode/byte-decoder.js";
import { hasHeader } from "../decode/recognise.js";
import type { PcmFormat } from "../decode/sample-format.js";
import { SampleWatch } from "../decode/sample-watch.js";
import { EchoError } from "../errors.js";
import type { Warning } from "../warning.js";
import { contradiction, formatOf, isCompressed, labelOf } from "./content-type.js";
import { encodeBlocks, expectBlocks } from "./encode-blocks.js";
import type { CheckedDeclaration } from "./pcm-format.js";
import { bytesOf, isUsed, type PcmInput, type Section, sectionsOf } from "./piece.js";
import { readInput, readStream } from "./read-input.js";
import type { OpenRequest } from "./source.js";

/** What is known about an input before its first byte. */
export interface InputDescription extends CheckedDeclaration {
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
  { format, field, compressed }: InputDescription,
  request: OpenRequest,
  stop: AbortSignal,
): AsyncGenerator<Block> {
  // Said once: the pieces of a turn come from one place, and are alike.
  const said = new Set<string>();
  const warn = (warning: Warning): void => {
    if (!said.has(warning.code)) request.warn?.(warning);
    said.add(warning.code);
  };
  const watch = new SampleWatch(warn);
  let decoder: ByteDecoder | undefined;
  const finish = async function* (): AsyncGenerator<Block> {
    const finished = decoder;
    decoder = undefined;
    if (finished) yield* finished.end(stop.aborted);
  };
  const decoderOf = (contentType: string): ByteDecoder => {
    const label = labelOf(contentType);
    return new ByteDecoder({
      format: format ?? formatOf(label),
      anyOrder: !format && label?.anyOrder === true,
      compressed: compressed || isCompressed(contentType),
      headerless: () => {
        const told = label && format && contradiction(contentType, label, format);
        if (told) warn(told);
      },
      decodeFile,
      warn,
    });
  };
  const sampleRate = format?.sampleRate;
  const text =
    field &&
    new (await import("./text-sections.js")).TextSections(field, {
      sectionsOf,
      readStream: (stream) => readStream(stream, stop),
      fail: (code, message, cause) => new EchoError(code, message, { cause }),
      sampleRate,
    });
  const sections = readInput(input, stop, (piece) => text?.read(piece) ?? sectionsOf(piece, sampleRate, false));
  const decode = async function* (section: Section): AsyncGenerator<Block> {
    if (section.kind === "samples") {
      yield* finish();
      const [plane = new Float32Array(0)] = section.planes;
      watch.push(bytesOf(plane) as Uint8Array, floats);
      yield { sampleRate: section.sampleRate, planes: section.planes };
      return;
    }
    if (section.kind === "bytes") {
      const told = format && otherView(section.view, section.bytes, format.encoding);
      if (told) warn(told);
      decoder ??= decoderOf("");
      yield* decoder.push(section.bytes);
      return;
    }
    decoder ??= decoderOf(section.contentType);
    let received = 0;
    for await (const bytes of readStream(section.stream, stop)) {
      received += bytes.length;
      yield* decoder.push(bytes);
    }
    const { bytesPerSecond } = decoder;
    // A response is complete in itself: what it lacks is not to be found in the next one.
    yield* finish();
    if (!stop.aborted) checkLength(received, section.length, bytesPerSecond);
  };
  try {
    for await (const section of sections) yield* decode(section);
    if (text) for await (const section of text.end()) yield* decode(section);
  } catch (error) {
    // Asked to end: what was read is all there is.
    if (!stop.aborted) {
      const missing = decoder?.missingSeconds ?? 0;
      yield* remaining(finish());
      throw sourceError(error, missing);
    }
  }
  if (!request.signal.aborted) yield* finish();
  await watch.end();
}

/** What objects with samples hold. */
const floats: PcmFormat = { encoding: "f32le", sampleRate: 0, channels: 1 };

/** What a decoder still holds when its input fails; its own complaint about an incomplete end says nothing new. */
async function* remaining(blocks: AsyncGenerator<Block>): AsyncGenerator<Block> {
  try {
    yield* blocks;
  } catch {
    // The failure of the input is what is reported.
  }
}

/** What is said of a typed array whose samples are of another kind than declared. */
function otherView(view: string | undefined, bytes: Uint8Array, declared: string): Warning | undefined {
  const encoding = { Float32Array: "f32le", Float64Array: "f64le", Int16Array: "s16le" }[view ?? ""];
  if (!encoding || encoding === declared || bytes.length === 0 || hasHeader(bytes)) return undefined;
  return {
    code: "format-implausible",
    message: `A ${view} was given, and ${declared} is declared: its bytes are read as such.`,
    remedy:
      encoding === "f64le"
        ? 'Convert it first: Float32Array.from(samples), declared as { encoding: "f32le" }.'
        : `Declare { encoding: "${encoding}" }.`,
  };
}

/** A body that ends before the length that its headers told is cut short, though nothing has failed. */
function checkLength(received: number, length: number | undefined, bytesPerSecond: number | undefined): void {
  const missing = (length ?? 0) - received;
  if (!length || missing <= length / 100 || (bytesPerSecond && missing / bytesPerSecond <= 0.1)) return;
  const lacks = bytesPerSecond ? `${(missing / bytesPerSecond).toFixed(2)} s` : `${missing} of ${length} bytes`;
  throw new EchoError(
    "source-failed",
    `The response is cut short: ${lacks} are missing of what its Content-Length says.`,
    {
      remedy: "What came was sent. Check the connection to the server.",
    },
  );
}

function sourceError(error: unknown, missingSeconds = 0): EchoError {
  if (error instanceof EchoError) return error;
  const missing = missingSeconds > 0 ? `; ${missingSeconds.toFixed(2)} s are missing` : "";
  return new EchoError("source-failed", `The input broke off: ${String(error)}${missing}.`, { cause: error });
}
