/** Index of the first sample in which two recordings differ, the shorter one's length if one ends early, −1 if they are the same. */
export function firstDifference(a: Int16Array, b: Int16Array): number {
  const shorter = Math.min(a.length, b.length);
  for (let k = 0; k < shorter; k++) if (a[k] !== b[k]) return k;
  return a.length === b.length ? -1 : shorter;
}
