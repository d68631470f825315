/** What has arrived of one item of an answer, in the order of arrival. */
export interface Segment {
  /** The provider's id of the item. */
  readonly itemId: string;
  /** Which part of the item the audio is. */
  readonly contentIndex: number;
  /** Bytes received. */
  bytes: number;
}

/** An item of which the model must forget the end. */
export interface Truncation {
  /** The provider's id of the item. */
  readonly itemId: string;
  /** Which part of the item. */
  readonly contentIndex: number;
  /** Whole milliseconds from the item's beginning that were heard; at least 1, at most what was received. */
  readonly audioEndMs: number;
}

/**
 * What the model has to be told when `heardSeconds` of an answer were heard. An item of which nothing was heard is left
 * alone (providers take no 0), and so is one that was heard whole. `complete`: no more of the answer would have come.
 */
export function truncations(
  segments: readonly Segment[],
  heardSeconds: number,
  bytesPerSecond: number,
  complete: boolean,
): Truncation[] {
  const cuts: Truncation[] = [];
  let start = 0;
  segments.forEach(({ itemId, contentIndex, bytes }, n) => {
    // Rounded down: past the end of what was received, the provider answers with an error.
    const received = Math.floor((bytes / bytesPerSecond) * 1000);
    const heard = Math.floor((heardSeconds - start / bytesPerSecond) * 1000);
    const audioEndMs = Math.min(heard, received);
    const whole = heard >= received && (complete || n < segments.length - 1);
    if (audioEndMs > 0 && !whole) cuts.push({ itemId, contentIndex, audioEndMs });
    start += bytes;
  });
  return cuts;
}
