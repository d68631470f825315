/** What has arrived of one item of an answer, in the order of arrival. */
export interface Segment {
  /** The provider's id of the item. */
  readonly itemId: string;
  /** Which part of the item the audio is. */
  readonly contentIndex: number;
  /** Bytes received. */
  bytes: number;
}

/** How much was heard of an item. */
export interface HeardPart {
  /** The provider's id of the item. */
  readonly itemId: string;
  /** Which part of the item. */
  readonly contentIndex: number;
  /** Whole milliseconds that were heard, at most what was received; 0: nothing of the whole item. */
  readonly heardMs: number;
  /** Share of what was received, 0 to 1. */
  readonly share: number;
  /** Heard to its end, and no more of it would have come: the model need not be told. */
  readonly whole: boolean;
}

/** Milliseconds: far more than sums of seconds are off by, far less than a sample. */
const rounding = 1e-6;

/**
 * How much of each item of an answer was heard, when `heardSeconds` of the answer were.
 * @param complete - No more of the answer would have come.
 */
export function heardParts(
  segments: readonly Segment[],
  heardSeconds: number,
  bytesPerSecond: number,
  complete: boolean,
): HeardPart[] {
  const items = new Map<
    string,
    { itemId: string; contentIndex: number; received: number; reached: number; last: boolean }
  >();
  let start = 0;
  for (const [n, { itemId, contentIndex, bytes }] of segments.entries()) {
    const key = `${contentIndex} ${itemId}`;
    const item = items.get(key) ?? { itemId, contentIndex, received: 0, reached: 0, last: false };
    const seconds = bytes / bytesPerSecond;
    item.received += seconds;
    item.reached += Math.min(seconds, Math.max(0, heardSeconds - start));
    item.last = n === segments.length - 1;
    start += seconds;
    items.set(key, item);
  }
  const begun = new Set<string>();
  return [...items.values()].map(({ itemId, contentIndex, received, reached, last }) => {
    // Rounded down: past the end of what was received, the provider answers with an error.
    const receivedMs = Math.floor(received * 1000 + rounding);
    const reachedMs = Math.floor(reached * 1000 + rounding);
    const whole = reachedMs >= receivedMs && (complete || !last);
    // A later part of an item that was begun cannot be forgotten alone: it is cut as early as can be.
    const heardMs = Math.min(begun.has(itemId) ? Math.max(1, reachedMs) : reachedMs, receivedMs);
    if (heardMs > 0) begun.add(itemId);
    return { itemId, contentIndex, heardMs, share: receivedMs === 0 ? 0 : reachedMs / receivedMs, whole };
  });
}
