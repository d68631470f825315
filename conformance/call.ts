/** What the suite uses of daily-js: the real client's call object, or what stands for it. */
export interface Call {
  /** Throws `Message data too large. Max size is N` for what the client does not take [certain]. */
  sendAppMessage(data: unknown, to?: string): unknown;
  participants(): Record<string, { session_id: string; user_id: string; local: boolean }>;
  room(): Promise<unknown>;
  on(event: "app-message", listener: (event: { data: unknown; fromId: string }) => void): unknown;
}

/** Seconds, and a way to wait. */
export interface SuiteClock {
  now(): number;
  sleep(seconds: number, signal?: AbortSignal): Promise<void>;
}

/** Wall-clock time. */
export const wallClock: SuiteClock = {
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
