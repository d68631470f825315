/**
 * The one source of time: pacer, position, timeouts and the fake room all take it as a parameter, so that tests run
 * minutes in milliseconds. Times are seconds.
 */
export interface Clock {
  /** Seconds since an arbitrary origin; never goes back. */
  now(): number;
  /**
   * Resolves after `seconds` (at once when 0 or less), or as soon as `signal` aborts: it never rejects. How late it
   * resolves is up to the platform (throttled tabs, blocked threads), so callers look at `now()` again.
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
      const timer = setTimeout(wake, seconds * 1000);
      signal?.addEventListener("abort", wake, { once: true });
    }),
};
