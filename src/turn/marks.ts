/**
 * Leaves a `performance.measure` named `tavus-echo:<what>` that ends now and lasted `milliseconds`, for the browser's own
 * tools. `detail.id` is the turn's. Without such an API it does nothing.
 */
export function measure(what: string, id: string, milliseconds: number): void {
  if (typeof performance?.measure !== "function") return;
  const end = performance.now();
  performance.measure(`tavus-echo:${what}`, { start: Math.max(0, end - milliseconds), end, detail: { id } });
}
