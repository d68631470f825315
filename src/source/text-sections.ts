import { TextAudio, TextAudioError, type TextAudioOptions } from "../decode/text-audio.js";
import type { EchoError } from "../errors.js";
import type { Section } from "./piece.js";

/** What this module, which loads on demand, is handed of the core. */
export interface TextSurroundings {
  sectionsOf(piece: unknown, sampleRate: number | undefined, asText: boolean): AsyncIterable<Section>;
  readStream(stream: ReadableStream<Uint8Array>): AsyncIterable<Uint8Array>;
  fail(code: "not-audio" | "source-failed", message: string, cause: unknown): EchoError;
  /** Hz of lists of samples. */
  sampleRate: number | undefined;
}

/** Takes the audio out of pieces of text, bytes of text, and values that are parsed already. */
export class TextSections {
  readonly #options: TextAudioOptions;
  readonly #around: TextSurroundings;
  /** What is being read; undefined: nothing has begun. */
  #text: TextAudio | undefined;

  /** `options`: where the audio is. */
  constructor(options: TextAudioOptions, around: TextSurroundings) {
    this.#options = options;
    this.#around = around;
  }

  /**
   * The sections in a piece.
   * @throws EchoError `not-audio` for text without the field, `source-failed` where audio came before.
   */
  async *read(piece: unknown): AsyncGenerator<Section> {
    if (typeof piece === "string") return yield* this.#give((text) => text.push(piece));
    if (isRecord(piece)) return yield* this.#give((text) => text.take(piece));
    for await (const section of this.#around.sectionsOf(piece, this.#around.sampleRate, true)) {
      if (section.kind === "samples") yield section;
      else if (section.kind === "bytes") yield* this.#give((text) => text.push(section.bytes));
      else {
        for await (const bytes of this.#around.readStream(section.stream))
          yield* this.#give((text) => text.push(bytes));
        // A response is complete in itself.
        yield* this.end();
      }
    }
  }

  /** What only the end completes. */
  async *end(): AsyncGenerator<Section> {
    if (this.#text) yield* this.#give((text) => text.end());
    this.#text = undefined;
  }

  async *#give(take: (text: TextAudio) => unknown[]): AsyncGenerator<Section> {
    this.#text ??= new TextAudio(this.#options);
    let found: unknown[];
    try {
      found = take(this.#text);
    } catch (error) {
      if (!(error instanceof TextAudioError)) throw error;
      throw this.#around.fail(error.broken ? "source-failed" : "not-audio", error.message, error);
    }
    for (const audio of found) yield* this.#around.sectionsOf(audio, this.#around.sampleRate, false);
  }
}

/** Whether it is a value that somebody has parsed: no buffer, no response, no samples. */
function isRecord(piece: unknown): boolean {
  if (typeof piece !== "object" || piece === null || Array.isArray(piece)) return false;
  const prototype = Object.getPrototypeOf(piece);
  return prototype === null || Object.getPrototypeOf(prototype) === null ? !("getReader" in piece) : false;
}
