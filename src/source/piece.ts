import { bufferBlock } from "../capture/decode-file.js";
import { fieldRemedy } from "../decode/recognise.js";
import { EchoError } from "../errors.js";
import { otherType } from "./content-type.js";
import { areBytes, chunksOf, floatsOf, isNumbers } from "./sample-list.js";
import { notThis } from "./wrong-argument.js";

/** Encodings of headerless PCM: signed 16-bit and 32-bit float little-endian, and G.711. */
export type Encoding = "s16le" | "f32le" | "mulaw" | "alaw";

/**
 * One piece of a turn's audio. Objects with samples are what in-browser synthesisers give (kokoro-js, transformers.js,
 * sherpa-onnx); several chunks in one follow one another. `{ type: "Buffer" }` is what JSON makes of a Buffer.
 */
export type Piece =
  | ArrayBuffer
  | ArrayBufferView
  | Response
  | Blob
  | { audio: Samples; sampling_rate: number }
  | { samples: Samples; sampleRate: number }
  | { type: "Buffer"; data: readonly number[] }
  | readonly Piece[];

/** Samples, full scale 1, or 16-bit integers; or chunks of them, one after another. */
export type Samples = Float32Array | Float64Array | Int16Array | readonly number[] | readonly Float32Array[];

/** One piece, or many: what a function given to {@link pcm} makes. */
export type PcmValue = Piece | ReadableStream<Uint8Array> | AsyncIterable<Piece | Promise<Piece>>;

/** Everything that {@link pcm} takes. */
export type PcmInput = PcmValue | Promise<PcmValue> | ((signal: AbortSignal) => PcmValue | Promise<PcmValue>);

/** Text, or values parsed from it, where {@link pcm} is told the field that holds the audio: messages of a socket, an SDK's events. */
export type TextInput = string | object | AsyncIterable<string | object>;

/** A piece as the decoder takes it. */
export type Section =
  | { kind: "bytes"; bytes: Uint8Array; view?: string }
  | { kind: "stream"; stream: ReadableStream<Uint8Array>; contentType: string; length: number | undefined }
  | { kind: "samples"; planes: readonly Float32Array[]; sampleRate: number };

/** Inputs that can be read once, and have been. */
const used = new WeakSet<object>();

/** Whether an input that can be read only once has been, by us or by somebody else. */
export function isUsed(input: object): boolean {
  return (
    used.has(input) ||
    (isStream(input) && input.locked) ||
    (isResponse(input) && (input.bodyUsed || input.body?.locked === true))
  );
}

/** Claims an input that can be read only once; the second claim throws `source-used`. */
export function claim(input: object): void {
  if (isUsed(input)) throw new EchoError("source-used", "This input was read before, and can be read only once.");
  used.add(input);
}

/**
 * Tells what a piece is, and what is in a list of them. `sampleRate`: Hz of lists of numbers that name none; `asText`: text is
 * expected, so that a Response may be any.
 * @throws EchoError `http-status` and `not-audio` for a Response that carries no audio; TypeError for no piece.
 */
export async function* sectionsOf(
  piece: unknown,
  sampleRate: number | undefined,
  asText: boolean,
): AsyncGenerator<Section> {
  const bytes = bytesOf(piece);
  if (bytes) return yield { kind: "bytes", bytes, view: tagOf(piece).slice(8, -1) };
  if (isResponse(piece)) return yield await responseSection(piece, asText);
  const samples = samplesOf(piece, sampleRate);
  if (samples) {
    for (const chunk of samples.chunks) yield { kind: "samples", planes: [chunk], sampleRate: samples.sampleRate };
    return;
  }
  if (isBuffer(piece)) return yield { kind: "samples", ...bufferBlock(piece) };
  const stream = isStream(piece) ? piece : isBody(piece) ? piece.stream() : undefined;
  if (stream) {
    claim(stream);
    return yield { kind: "stream", stream, contentType: (piece as Blob).type ?? "", length: undefined };
  }
  if (!Array.isArray(piece) || isNumbers(piece)) throw noInput(piece);
  for (const one of piece) yield* sectionsOf(one, sampleRate, asText);
}

/** What is said of a value of no form that pcm() takes. */
export function noInput(value: unknown): TypeError {
  if (isNumbers(value))
    return new TypeError(
      areBytes(value)
        ? "pcm() was given whole numbers from 0 to 255, which can be bytes or samples: pass Uint8Array.from(list) or Int16Array.from(list)."
        : "pcm() was given a list of samples without a rate: pass { samples, sampleRate }, or a format.",
    );
  return new TypeError(
    `pcm() takes bytes, a Response, a Blob, a stream of bytes, samples with their rate, or a list or an async iterable of these${notThis(value, "pcm()", "the bytes, decoded from base64, or name the field that holds it")}`,
  );
}

/** Whether {@link sectionsOf} takes it. Throws RangeError for samples at an impossible rate. */
export function isPiece(value: unknown, sampleRate?: number): boolean {
  return (
    !!bytesOf(value) ||
    isResponse(value) ||
    !!samplesOf(value, sampleRate) ||
    isBuffer(value) ||
    isStream(value) ||
    isBody(value) ||
    (Array.isArray(value) && !isNumbers(value) && value.every((one) => isPiece(one, sampleRate)))
  );
}

/** Releases a piece that came too late: nobody reads it. */
export async function letGo(piece: unknown): Promise<void> {
  const body = isResponse(piece) ? piece.body : piece;
  // Who reads it already has an interest of his own.
  if (isStream(body) && !body.locked) await body.cancel().catch(() => undefined);
}

/** The bytes of a buffer or view, or of what JSON makes of a Buffer; undefined: it is none. */
export function bytesOf(piece: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(piece)) return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  const raw =
    piece instanceof ArrayBuffer || ["[object ArrayBuffer]", "[object SharedArrayBuffer]"].includes(tagOf(piece));
  if (raw) return new Uint8Array(piece as ArrayBuffer);
  const { type, data } = (piece ?? {}) as { type?: unknown; data?: unknown };
  return type === "Buffer" && Array.isArray(data) ? Uint8Array.from(data as number[]) : undefined;
}

/** Samples with their rate, in the spelling of either library; undefined: it is no such object. `rate`: Hz of a bare list. */
export function samplesOf(piece: unknown, rate?: number): { chunks: Float32Array[]; sampleRate: number } | undefined {
  if (typeof piece !== "object" || piece === null) return undefined;
  if (isNumbers(piece)) {
    const samples = rate === undefined || areBytes(piece) ? undefined : floatsOf(piece);
    return samples && { chunks: [samples], sampleRate: rate as number };
  }
  const {
    audio,
    data,
    sampling_rate,
    samples = audio ?? data,
    sampleRate = sampling_rate,
  } = piece as Record<string, unknown>;
  // kokoro-js streams { text, phonemes, audio: { audio, sampling_rate } }.
  if (samples && sampleRate === undefined && !ArrayBuffer.isView(samples) && !Array.isArray(samples))
    return samplesOf(samples);
  const chunks = typeof sampleRate === "number" ? chunksOf(samples) : undefined;
  if (!chunks || typeof sampleRate !== "number") return undefined;
  if (!(sampleRate > 0 && Number.isFinite(sampleRate)))
    throw new RangeError(`The piece's sample rate is ${sampleRate}.`);
  return { chunks, sampleRate };
}

/** Whether it is a ReadableStream, of whatever realm. */
export function isStream(value: unknown): value is ReadableStream<Uint8Array> {
  return typeof (value as ReadableStream | null)?.getReader === "function";
}

/** Whether it is a Response, of whatever realm. */
export function isResponse(value: unknown): value is Response {
  return tagOf(value) === "[object Response]";
}

/** Whether it has bytes to give as a stream: a Blob, or what clients of services make of a response. */
function isBody(value: unknown): value is { stream(): ReadableStream<Uint8Array> } {
  return typeof (value as Blob | null)?.stream === "function";
}

function isBuffer(value: unknown): value is AudioBuffer {
  return tagOf(value) === "[object AudioBuffer]";
}

async function responseSection(response: Response, asText: boolean): Promise<Section> {
  claim(response);
  const { headers, ok, status, statusText, body } = response;
  const contentType = headers.get("content-type") ?? "";
  if (!ok)
    throw new EchoError("http-status", `The response's status is ${status} ${statusText}: ${await excerpt(response)}`);
  const other = asText ? undefined : otherType(contentType);
  if (other)
    throw new EchoError(
      "not-audio",
      `The response is ${contentType}, ${other}, not audio: ${await excerpt(response)}`,
      {
        remedy: `Check what the request asks for. ${fieldRemedy}`,
      },
    );
  if (!body) return { kind: "bytes", bytes: new Uint8Array(0) };
  // Of what was compressed on its way, the length is another.
  const length = headers.has("content-encoding") ? 0 : Number(headers.get("content-length"));
  return { kind: "stream", stream: body, contentType, length: length > 0 ? length : undefined };
}

/** The beginning of a body, for a message. The rest is not downloaded. */
async function excerpt(response: Response): Promise<string> {
  try {
    const reader = response.body?.getReader();
    const { value } = (await reader?.read()) ?? {};
    await reader?.cancel();
    return JSON.stringify(new TextDecoder().decode(value).slice(0, 200));
  } catch (error) {
    return `(unreadable: ${String(error)})`;
  }
}

function tagOf(value: unknown): string {
  return Object.prototype.toString.call(value);
}
