/**
 * The one source of time: pacer, position, timeouts and the fake room all take it as a parameter, so that tests run
 * minutes in milliseconds. Times are seconds.
 */
export interface Clock {
  /** Seconds since an arbitrary origin; never goes back. */
  now(): number;
  /**
   * Resolves after `seconds` (at once when 0 or less; Infinity: never), or as soon as `signal` aborts: it never rejects.
   * How late it resolves is up to the platform (throttled tabs, blocked threads), so callers look at `now()` again.
   */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
}

/** Wall-clock time: `performance.now()` and `setTimeout`. */
export const systemClock: Clock = {
  now: () => performance.now() / 1000,
  sleep: (seconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted || seconds <= 0) return resolve();
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      // setTimeout takes 31 bits of milliseconds; beyond that it would fire at once.
      const timer = Number.isFinite(seconds) ? setTimeout(wake, Math.min(seconds * 1000, 2 ** 31 - 1)) : undefined;
      signal?.addEventListener("abort", wake, { once: true });
    }),
};
