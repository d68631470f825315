import { RecentIds } from "./recent-ids.js";

/** A provider that cancels by itself has done so by then; audio that still arrives shows that it does not. */
const cancelPatienceSeconds = 0.25;

interface Dropped {
  readonly at: number;
  cancelled: boolean;
}

/** The items of responses, and the responses whose audio is no longer wanted. */
export class DroppedResponses {
  readonly #cancel: (responseId: string) => void;
  readonly #dropped = new Map<string, Dropped>();
  /** Per response, its items and whether something of each reached the replica. */
  readonly #items = new Map<string, Map<string, boolean>>();

  /** Dropped ones that are over: nothing of them is wanted later either. */
  readonly #over = new RecentIds();

  /** `cancel` asks the provider to make no more of a response. */
  constructor(cancel: (responseId: string) => void) {
    this.#cancel = cancel;
  }

  /** Whether a response is not wanted. */
  has(responseId: string): boolean {
    return this.#dropped.has(responseId);
  }

  /** A response has an item. `spoken`: something of it goes to the replica. */
  item(responseId: string, itemId: string, spoken: boolean): void {
    if (!itemId) return;
    const items = this.#items.get(responseId) ?? new Map<string, boolean>();
    this.#items.set(responseId, items.set(itemId, spoken || items.get(itemId) === true));
  }

  /** A response is not wanted any more. `providerCancels`: it need not be asked to. */
  drop(responseId: string | undefined, now: number, providerCancels: boolean): void {
    if (responseId === undefined || this.#dropped.has(responseId)) return;
    this.#dropped.set(responseId, { at: now, cancelled: !providerCancels });
    if (!providerCancels) this.#cancel(responseId);
  }

  /** Audio of a response arrives. Returns whether it is not wanted; a provider that goes on making it is asked to stop. */
  refuses(responseId: string, itemId: string, now: number): boolean {
    const dropped = this.#dropped.get(responseId);
    if (!dropped) return this.#over.has(responseId);
    this.item(responseId, itemId, false);
    if (!dropped.cancelled && now - dropped.at >= cancelPatienceSeconds) {
      dropped.cancelled = true;
      this.#cancel(responseId);
    }
    return true;
  }

  /** A response is over. Returns the items of a dropped one that never reached the replica. */
  done(responseId: string): string[] {
    const dropped = this.#dropped.delete(responseId);
    const items = dropped ? [...(this.#items.get(responseId) ?? [])] : [];
    if (dropped) this.#over.add(responseId);
    this.#items.delete(responseId);
    return items.filter(([, spoken]) => !spoken).map(([itemId]) => itemId);
  }
}
