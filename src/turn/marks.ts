/**
 * Leaves a `performance.measure` named `tavus-echo:<what>` that ends now and lasted `milliseconds`, for the browser's own
 * tools: a recording of their performance panel shows it, and a PerformanceObserver is given it. It is cleared at once, so
 * that the page's list of entries does not grow with every turn. `detail.id` is the turn's. Without such an API it does nothing.
 */
export function measure(what: string, id: string, milliseconds: number): void {
  if (typeof performance?.measure !== "function") return;
  const name = `tavus-echo:${what}`;
  const end = performance.now();
  performance.measure(name, { start: Math.max(0, end - milliseconds), end, detail: { id } });
  performance.clearMeasures(name);
}
