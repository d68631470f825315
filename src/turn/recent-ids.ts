/** Events about what is over come within seconds; this many utterances are not over in that time. */
const most = 64;

/** The ids of the latest utterances that are no longer, or never were, the current turn. */
export class RecentIds {
  #ids: readonly (string | undefined)[] = [];

  /** Adds `ids`, where there are any; the oldest make room. */
  add(...ids: readonly (string | undefined)[]): void {
    this.#ids = [...this.#ids, ...ids].slice(-most);
  }

  /** Whether `id` is one of them. */
  has(id: string | undefined): boolean {
    return id !== undefined && this.#ids.includes(id);
  }
}
