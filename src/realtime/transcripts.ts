import type { History } from "./history.js";
import type { VoiceEvent } from "./voice-event.js";

/** What the caller or the model said. */
export interface Transcript {
  /** Who. */
  role: "user" | "replica";
  /** What was said so far, or in all when `final`. The model's may hold words that were cut before they were heard. */
  text: string;
  /** False while more is to come. */
  final: boolean;
}

/** Puts transcripts together from their pieces. */
export class Transcripts {
  readonly #history: History;
  readonly #tell: (transcript: Transcript) => void;
  readonly #texts = new Map<string, string>();

  /** `tell` is called with every change. */
  constructor(history: History, tell: (transcript: Transcript) => void) {
    this.#history = history;
    this.#tell = tell;
  }

  /** Takes an event. Returns what it adds to the text of its item. */
  take({ role, itemId, text, final, whole, heard }: VoiceEvent & { type: "transcript" }): string {
    const key = `${role} ${itemId}`;
    const before = this.#texts.get(key) ?? "";
    const all = final || whole ? text : before + text;
    if (final) this.#texts.delete(key);
    else this.#texts.set(key, all);
    this.#history.write(itemId, role, all, heard);
    this.#tell({ role, text: all, final });
    return all.startsWith(before) ? all.slice(before.length) : "";
  }
}
