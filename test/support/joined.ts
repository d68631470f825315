/** One after another, in an array of the given kind: `joined(Int16Array, chunks)`. */
export function joined<T extends { set(part: ArrayLike<number>, at: number): void }>(
  Kind: new (length: number) => T,
  parts: readonly ArrayLike<number>[],
): T {
  const all = new Kind(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
