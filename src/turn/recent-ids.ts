/** Events about what is over come within seconds; this many utterances are not over in that time. */
const most = 64;

/** The ids of the latest utterances that are no longer, or never were, the current turn. */
export class RecentIds {
  readonly #ids = new Set<string>();

  /** Adds `ids`; the oldest make room. */
  add(ids: readonly string[]): void {
    for (const id of ids) this.#ids.add(id);
    for (const id of this.#ids) {
      if (this.#ids.size <= most) break;
      this.#ids.delete(id);
    }
  }

  /** Whether `id` is one of them. */
  has(id: string | undefined): boolean {
    return id !== undefined && this.#ids.has(id);
  }
}
