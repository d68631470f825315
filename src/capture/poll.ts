/** Between two looks. */
const lookMilliseconds = 100;

/** Calls `look` again and again until `signal` aborts: for what changes without an event. */
export function poll(look: () => void, signal: AbortSignal): void {
  const timer = setInterval(look, lookMilliseconds);
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
}
