import { ask, type TavusAccount } from "./account.js";

/** Entries to a page: more than Tavus' default of 10, few enough for one answer. */
const pageSize = 50;
/** An account with more than that has another problem, or the API repeats itself. */
const mostPages = 200;

/**
 * Every entry of a list of Tavus': `GET` of all its pages, each entry as `read` takes it (undefined passes one over), once by its
 * id. Lists have `data` and `total_count`, and pages of `limit` entries, from `page` 1 on [certain].
 */
export async function listAll<Entry>(
  account: TavusAccount,
  path: string,
  query: Readonly<Record<string, string>>,
  read: (entry: unknown) => Entry | undefined,
  idOf: (entry: Entry) => string,
): Promise<readonly Entry[]> {
  const found = new Map<string, Entry>();
  for (let page = 1; page <= mostPages; page++) {
    const asked = new URLSearchParams({ ...query, limit: String(pageSize), page: String(page) });
    const { data, total_count: total } = await ask(account, {
      ...{ method: "GET", path: `${path}?${asked}`, repeatable: true },
    });
    const before = found.size;
    for (const entry of Array.isArray(data) ? data.map(read) : [])
      if (entry && !found.has(idOf(entry))) found.set(idOf(entry), entry);
    // A server may send fewer than asked, or know no pages: only a page without news is surely the last.
    if (found.size === before || (typeof total === "number" && found.size >= total)) break;
  }
  return [...found.values()];
}
