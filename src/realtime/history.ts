/** Who said something: the caller, the model, or nobody (what the app let the model know). */
export type HistoryRole = "user" | "replica" | "context";

/** Something that was said, as a new session is told of it. */
export interface HistoryEntry {
  /** The provider's id of the item, or one of ours for what the app said. */
  id: string;
  role: HistoryRole;
  text: string;
}

interface Entry {
  role: HistoryRole;
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
  #serial = 0;
  /** Called when it turns out that only a part of an item was heard. */
  onCut: (id: string) => void = () => {};

  /** Whether the caller has said anything that an answer can be to. */
  get asks(): boolean {
    return [...this.#entries.values()].some(({ role }) => role === "user");
  }

  /** Keeps a place for an item: a caller's transcript often arrives after the answer to it. */
  place(itemId: string, role: HistoryRole): void {
    if (!itemId || this.#entries.has(itemId)) return;
    this.#entries.set(itemId, { role, text: "" });
    const [oldest] = this.#entries.keys();
    if (this.#entries.size > longest && oldest !== undefined) this.#entries.delete(oldest);
  }

  /** The whole text of an item. `heard`: the provider has cut it to what was heard already. */
  write(itemId: string, role: HistoryRole, text: string, heard = false): void {
    this.place(itemId, role);
    const entry = this.#entries.get(itemId);
    if (!entry) return;
    entry.text = text;
    if (heard) delete entry.part;
  }

  /** All the text of an item; "" when it is unknown. */
  textOf(itemId: string): string {
    return this.#entries.get(itemId)?.text ?? "";
  }

  /** What the app itself said: the caller's typed words, or context. */
  add(role: HistoryRole, text: string): void {
    this.write(`app_${++this.#serial}`, role, text);
  }

  /** Only `part` (0 to 1) of an item was heard. */
  cut(itemId: string, part: number): void {
    const entry = this.#entries.get(itemId);
    if (!entry) return;
    entry.part = part;
    if (part < 1) this.onCut(itemId);
  }

  /** Forgets all. */
  clear(): void {
    this.#entries.clear();
  }

  /** What to tell a new session. The words of an item that was cut are an estimate: as much of the text as of the sound. */
  entries(): HistoryEntry[] {
    return [...this.#entries]
      .map(([id, { role, text, part = 1 }]) => ({ id, role, text: part < 1 ? firstWords(text, part) : text }))
      .filter(({ text }) => text);
  }
}

/** As many whole words of `text` as `part` of its length holds. */
export function firstWords(text: string, part: number): string {
  const end = text.lastIndexOf(" ", Math.floor(text.length * part));
  return end > 0 ? `${text.slice(0, end)} …` : "";
}
