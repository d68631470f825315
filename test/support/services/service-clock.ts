/** The time that a server runs in, in seconds. Every clock of the library fits. */
export interface ServiceClock {
  /** Seconds since an arbitrary origin. */
  now(): number;
  /** Resolves after `seconds`, or as soon as `signal` aborts; never rejects. */
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
}

/** The default: `performance.now()` and `setTimeout`. */
export const wallClock: ServiceClock = {
  now: () => performance.now() / 1000,
  sleep: (seconds, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted || seconds <= 0) return resolve();
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      const timer = setTimeout(wake, Math.min(seconds * 1000, 2 ** 31 - 1));
      signal?.addEventListener("abort", wake, { once: true });
    }),
};

/** Waits for `seconds`; false if `signal` ended the wait. */
export async function elapsed(clock: ServiceClock, seconds: number, signal: AbortSignal): Promise<boolean> {
  if (seconds > 0) await clock.sleep(seconds, signal);
  return !signal.aborted;
}
