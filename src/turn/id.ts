/** A random UUID (version 4). `crypto.randomUUID` exists on secure pages only; `getRandomValues` everywhere. */
export const newId = (): string =>
  "10000000-1000-4000-8000-100000000000".replace(/[018]/g, (digit) => {
    const [random = 0] = crypto.getRandomValues(new Uint8Array(1));
    // 8 is the variant: two bits of it are fixed. The others are free.
    return (digit === "8" ? 8 + (random & 3) : random & 15).toString(16);
  });
