import { base64Bytes, hexBytes, isHex } from "./base64-bytes.js";
import { EventSplitter } from "./event-stream.js";
import { valuesAt } from "./field-path.js";
import { JsonSplitter } from "./json-splitter.js";

/** What text that carries audio is said to be. */
export interface TextAudioOptions {
  /** Where the audio is in each JSON value. */
  field: string;
  /** How its bytes are written; absent: what the first of them look like. */
  text?: "base64" | "hex" | undefined;
}

/** Thrown for text that carries no audio; the message says what is in it. */
export class TextAudioError extends Error {
  /** The service reported an error of its own, or the text broke off. */
  readonly broken: boolean;

  /** `broken`: what came before was audio. */
  constructor(message: string, broken: boolean) {
    super(message);
    this.broken = broken;
  }
}

/**
 * Takes the audio out of text: one JSON value, JSON lines, an array, or server-sent events, cut anywhere, also within a character.
 * Values without the field are passed over, but for those that report an error.
 */
export class TextAudio {
  readonly #options: TextAudioOptions;
  readonly #decoder = new TextDecoder();
  #json = new JsonSplitter();
  #events: EventSplitter | undefined;
  /** The beginning, until it tells which form it is. */
  #head: string | undefined = "";
  #hex: boolean | undefined;
  #found = false;
  /** A value without the field, for the message when none has it. */
  #other: string | undefined;

  /** `field` and `text` as declared. */
  constructor(options: TextAudioOptions) {
    this.#options = options;
    this.#hex = options.text && options.text === "hex";
  }

  /**
   * What `text` completes: bytes, or whatever else is in the field.
   * @throws TextAudioError
   */
  push(text: string | Uint8Array): unknown[] {
    const more = typeof text === "string" ? text : this.#decoder.decode(text, { stream: true });
    if (this.#head === undefined) return this.#read(more);
    this.#head += more;
    const head = this.#head.trimStart();
    // As long as the longest name of a field.
    if (head.length < 6 && !/^[[{"]/.test(head)) return [];
    return this.#begin(head);
  }

  /**
   * What only the end completes.
   * @throws TextAudioError when none of it was audio, or the text is cut off.
   */
  end(): unknown[] {
    const found = this.#head === undefined ? [] : this.#begin(this.#head.trimStart());
    const events = this.#events?.end() ?? [];
    for (const data of events) found.push(...this.#take(() => this.#parse(data)));
    found.push(...this.#take(() => this.#json.end()));
    if (!this.#found)
      throw new TextAudioError(
        this.#other === undefined
          ? "The input is empty text."
          : `Nothing in the text has the field ${JSON.stringify(this.#options.field)}: ${this.#other}`,
        false,
      );
    return found;
  }

  /** What is in the field of a value that is parsed already. */
  take(value: unknown): unknown[] {
    const found = valuesAt(value, this.#options.field);
    if (found.length === 0) this.#passOver(value);
    this.#found ||= found.length > 0;
    return found
      .flatMap((one) => (isTexts(one) ? one : [one]))
      .map((one) => (typeof one === "string" ? this.#bytes(one) : one));
  }

  /** The bytes that a text stands for. */
  #bytes(text: string): Uint8Array {
    const written = text.replace(/^data:[^,]*,/, "");
    this.#hex ??= written.length < 32 ? undefined : isHex(written);
    try {
      return this.#hex ? hexBytes(written) : base64Bytes(written);
    } catch (error) {
      throw new TextAudioError(
        `The field ${JSON.stringify(this.#options.field)} is no audio: ${(error as Error).message}`,
        false,
      );
    }
  }

  #begin(head: string): unknown[] {
    this.#head = undefined;
    if (/^(data|event|id|retry)?:/.test(head)) this.#events = new EventSplitter();
    return this.#read(head);
  }

  #read(text: string): unknown[] {
    if (this.#events) return this.#events.push(text).flatMap((data) => this.#take(() => this.#parse(data)));
    return this.#take(() => this.#json.push(text), text);
  }

  /** An event's data; "[DONE]" is how some services say that nothing follows. */
  #parse(data: string): unknown[] {
    return /^\s*(\[DONE\])?\s*$/.test(data) ? [] : [JSON.parse(data)];
  }

  #take(parse: () => unknown[], text = ""): unknown[] {
    let values: unknown[];
    try {
      values = parse();
    } catch (error) {
      const excerpt = text === "" ? "" : ` ${JSON.stringify(text.slice(0, 200))}`;
      throw new TextAudioError(`The text is no JSON: ${(error as Error).message}${excerpt}`, this.#found);
    }
    return values.flatMap((value) => this.take(value));
  }

  #passOver(value: unknown): void {
    const { error, type } = (value ?? {}) as { error?: unknown; type?: unknown };
    const excerpt = JSON.stringify(value)?.slice(0, 200) ?? "nothing";
    if (error || type === "error") throw new TextAudioError(`The service reports an error: ${excerpt}`, this.#found);
    this.#other ??= excerpt;
  }
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
