import { bufferBlock } from "../capture/decode-file.js";
import { EchoError } from "../errors.js";
import { notThis } from "./wrong-argument.js";

/** Encodings of headerless PCM: signed 16-bit and 32-bit float little-endian, and G.711. */
export type Encoding = "s16le" | "f32le" | "mulaw" | "alaw";

/** One piece of a turn's audio. Objects with samples are what in-browser synthesisers give (kokoro-js, transformers.js, sherpa-onnx). */
export type Piece =
  | ArrayBuffer
  | ArrayBufferView
  | Response
  | { audio: Float32Array; sampling_rate: number }
  | { samples: Float32Array; sampleRate: number };

/** One piece, or many: what a function given to {@link pcm} makes. */
export type PcmValue = Piece | ReadableStream<Uint8Array> | AsyncIterable<Piece | Promise<Piece>>;

/** Everything that {@link pcm} takes. */
export type PcmInput = PcmValue | Promise<PcmValue> | ((signal: AbortSignal) => PcmValue | Promise<PcmValue>);

/** A piece as the decoder takes it. */
export type Section =
  | { kind: "bytes"; bytes: Uint8Array }
  | { kind: "stream"; stream: ReadableStream<Uint8Array>; contentType: string }
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

/** Tells what a piece is. Throws `http-status` and `not-audio` for a Response that carries no audio, TypeError for no piece. */
export async function sectionOf(piece: unknown): Promise<Section> {
  const bytes = bytesOf(piece);
  if (bytes) return { kind: "bytes", bytes };
  if (isResponse(piece)) return await responseSection(piece);
  const samples = samplesOf(piece);
  if (samples) return { kind: "samples", planes: [samples.samples], sampleRate: samples.sampleRate };
  if (isBuffer(piece)) return { kind: "samples", ...bufferBlock(piece) };
  if (isStream(piece)) {
    claim(piece);
    return { kind: "stream", stream: piece, contentType: "" };
  }
  throw noInput(piece);
}

/** What is said of a value of no form that pcm() takes. */
export function noInput(value: unknown): TypeError {
  return new TypeError(
    `pcm() takes bytes, a Response, a stream of bytes, samples as a Float32Array with their rate, or an async iterable of these${notThis(value, "pcm()", "the bytes, decoded from base64")}`,
  );
}

/** Whether {@link sectionOf} takes it. Throws RangeError for samples at an impossible rate. */
export function isPiece(value: unknown): boolean {
  return !!bytesOf(value) || isResponse(value) || !!samplesOf(value) || isBuffer(value) || isStream(value);
}

/** Releases a piece that came too late: nobody reads it. */
export async function letGo(piece: unknown): Promise<void> {
  const body = isResponse(piece) ? piece.body : piece;
  // Who reads it already has an interest of his own.
  if (isStream(body) && !body.locked) await body.cancel().catch(() => undefined);
}

/** The bytes of a buffer or view; undefined: it is neither. */
export function bytesOf(piece: unknown): Uint8Array | undefined {
  if (ArrayBuffer.isView(piece)) return new Uint8Array(piece.buffer, piece.byteOffset, piece.byteLength);
  const raw =
    piece instanceof ArrayBuffer || ["[object ArrayBuffer]", "[object SharedArrayBuffer]"].includes(tagOf(piece));
  return raw ? new Uint8Array(piece as ArrayBuffer) : undefined;
}

/** Samples with their rate, in the spelling of either library; undefined: it is no such object. */
export function samplesOf(piece: unknown): { samples: Float32Array; sampleRate: number } | undefined {
  if (typeof piece !== "object" || piece === null) return undefined;
  const { audio, sampling_rate, samples = audio, sampleRate = sampling_rate } = piece as Record<string, unknown>;
  // kokoro-js streams { text, phonemes, audio: { audio, sampling_rate } }.
  if (samples && sampleRate === undefined && !ArrayBuffer.isView(samples)) return samplesOf(samples);
  if (tagOf(samples) !== "[object Float32Array]" || typeof sampleRate !== "number") return undefined;
  if (!(sampleRate > 0 && Number.isFinite(sampleRate)))
    throw new RangeError(`The piece's sample rate is ${sampleRate}.`);
  return { samples: samples as Float32Array, sampleRate };
}

/** Whether it is a ReadableStream, of whatever realm. */
export function isStream(value: unknown): value is ReadableStream<Uint8Array> {
  return typeof (value as ReadableStream | null)?.getReader === "function";
}

/** Whether it is a Response, of whatever realm. */
export function isResponse(value: unknown): value is Response {
  return tagOf(value) === "[object Response]";
}

function isBuffer(value: unknown): value is AudioBuffer {
  return tagOf(value) === "[object AudioBuffer]";
}

async function responseSection(response: Response): Promise<Section> {
  claim(response);
  const contentType = response.headers.get("content-type") ?? "";
  if (!response.ok)
    throw new EchoError(
      "http-status",
      `The response's status is ${response.status} ${response.statusText}: ${await excerpt(response)}`,
    );
  if (/^text\/|[/+](json|xml)\b|\/(x-ndjson|javascript)/i.test(contentType))
    throw new EchoError("not-audio", `The response is ${contentType}, not audio: ${await excerpt(response)}`);
  if (!response.body) return { kind: "bytes", bytes: new Uint8Array(0) };
  return { kind: "stream", stream: response.body, contentType };
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
