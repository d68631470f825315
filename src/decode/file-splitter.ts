import { type Container, recogniseContainer } from "./container.js";
import { framesAt, type Structure, type Walk, walkOf } from "./file-walk.js";

/** A whole file. */
export interface WholeFile {
  /** All its bytes, in a buffer of their own. */
  bytes: Uint8Array<ArrayBuffer>;
  /** What they told; undefined: nothing that is known. */
  container: Container | undefined;
}

/**
 * Collects a compressed file as it arrives, and finds where another begins: by the lengths that its pages, boxes, elements
 * or frames tell, and where these lead nowhere by the first beginning of a file from there on.
 */
export class FileSplitter {
  readonly #structure: Structure;
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(4096);
  #length = 0;
  #walk: Walk | undefined;
  /** How far the structure has been followed, and from where on it was lost. */
  #at = 0;
  #before = 0;
  #lost: number | undefined;

  /** `structure`: how files and frames begin. */
  constructor(structure: Structure) {
    this.#structure = structure;
  }

  /** Takes bytes of the file; returns those that no longer belong to it, when another begins. `ended`: no more are to come. */
  push(bytes: Uint8Array, ended: boolean): Uint8Array | undefined {
    this.#append(bytes);
    const all = this.#buffer.subarray(0, this.#length);
    if (all.length < 12) return undefined;
    this.#walk ??= walkOf(all, this.#structure);
    while (this.#lost === undefined) {
      const step = this.#walk(all, this.#at);
      if (typeof step === "object") return this.#cut(step.file);
      if (typeof step === "number") {
        this.#before = this.#at;
        this.#at = step;
      } else if (step === "more" && !ended) return undefined;
      // What led here nowhere may hold the beginning of another file; what has no lengths, from here on.
      else this.#lost = (step === undefined ? this.#before : this.#at) + 1;
    }
    return this.#search(all, ended);
  }

  /** The first beginning of a file from where the structure was lost. */
  #search(bytes: Uint8Array, ended: boolean): Uint8Array | undefined {
    const { fileStart, mpegFrames } = this.#structure;
    for (let at = this.#lost ?? 0; at < bytes.length; at++) {
      const start = fileStart(bytes, at, ended) ?? (bytes[at] === 0xff ? mpegFrames(bytes, at, ended) : undefined);
      if (!start) continue;
      this.#lost = at;
      return start === "more" ? undefined : this.#cut(at);
    }
    this.#lost = bytes.length;
    return undefined;
  }

  /** The file that was collected; undefined: none. */
  end(): WholeFile | undefined {
    if (this.#length === 0) return undefined;
    // Decoders stumble over tags: a second one, or one in front of AAC.
    const bytes = this.#buffer.slice(framesAt(this.#buffer.subarray(0, this.#length), this.#structure), this.#length);
    this.#length = 0;
    // Not from the first bytes: the rate may stand behind a picture, or at the end.
    return { bytes, container: recogniseContainer(bytes, this.#structure.mpegFrame) };
  }

  #cut(at: number): Uint8Array {
    const rest = this.#buffer.slice(at, this.#length);
    this.#length = at;
    return rest;
  }

  #append(bytes: Uint8Array): void {
    if (this.#length + bytes.length > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(2 * this.#buffer.length, this.#length + bytes.length));
      larger.set(this.#buffer.subarray(0, this.#length));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#length);
    this.#length += bytes.length;
  }
}
