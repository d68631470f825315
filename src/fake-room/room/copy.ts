/** A copy of a message, as it crosses from a page to the call machine. Where there is no structured clone (jsdom), JSON does: it is what leaves the machine. */
export function copyOf(data: unknown): unknown {
  if (typeof structuredClone === "function") return structuredClone(data);
  return data === undefined ? undefined : JSON.parse(JSON.stringify(data));
}
