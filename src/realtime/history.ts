interface Entry {
  role: "user" | "replica";
  text: string;
  /** Share that was heard, once it was cut. */
  part?: number;
}

/** Items that are kept: a new session is reminded of these, and an hour of talk is not sent again. */
const longest = 40;

/**
 * What was said, in order, so that a session that is opened after a lost one can be told. Text only: the sound, the
 * model's tool calls and words that were not transcribed are gone.
 */
export class History {
  readonly #entries = new Map<string, Entry>();

  /** Keeps a place for an item: a caller's transcript often comes after the answer to it. */
  place(itemId: string, role: "user" | "replica"): void {
    if (!itemId || this.#entries.has(itemId)) return;
    this.#entries.set(itemId, { role, text: "" });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > longest && oldest !== undefined) this.#entries.delete(oldest);
  }

  /** The whole text of an item. */
  write(itemId: string, role: "user" | "replica", text: string): void {
    this.place(itemId, role);
    const entry = this.#entries.get(itemId);
    if (entry) entry.text = text;
  }

  /** Only `part` (0 to 1) of an item was heard. */
  cut(itemId: string, part: number): void {
    const entry = this.#entries.get(itemId);
    if (entry) entry.part = part;
  }

  /** Forgets all. */
  clear(): void {
    this.#entries.clear();
  }

  /** What to tell a new session. The words of an item that was cut are an estimate: as much of the text as of the sound. */
  entries(): { role: "user" | "replica"; text: string }[] {
    return [...this.#entries.values()]
      .map(({ role, text, part = 1 }) => ({ role, text: part < 1 ? firstWords(text, part) : text }))
      .filter(({ text }) => text);
  }
}

function firstWords(text: string, part: number): string {
  const end = text.lastIndexOf(" ", Math.floor(text.length * part));
  return end > 0 ? `${text.slice(0, end)} …` : "";
}
