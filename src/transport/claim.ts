/** What is in use by a live Replica: a call, or a transport that names none. */
const claimed = new WeakSet<object>();

/** Claims `key` for one Replica; returns the release. Throws when another live Replica has it. */
export function claim(key: object): () => void {
  if (claimed.has(key))
    throw new TypeError(
      "A live Replica uses this call already, and two would speak over each other: close() the other one first, which frees the call at once.",
    );
  claimed.add(key);
  let held = true;
  return () => {
    if (held) claimed.delete(key);
    held = false;
  };
}
