/** Ids that were seen, the newest 64: an hour of talk has no end of them. */
export class RecentIds {
  readonly #ids = new Set<string>();

  /** Keeps an id. */
  add(id: string): void {
    this.#ids.add(id);
    const [oldest] = this.#ids;
    if (this.#ids.size > longest && oldest !== undefined) this.#ids.delete(oldest);
  }

  /** Whether an id is among the newest. */
  has(id: string): boolean {
    return this.#ids.has(id);
  }
}

const longest = 64;
