/** Errors that nobody could catch, collected while a walk runs. */
export interface Stray {
  readonly found: string[];
  restore(): void;
}

/** Takes the place of `reportError`, and listens for unhandled rejections and uncaught errors, until `restore()`. */
export function catchStray(): Stray {
  const found: string[] = [];
  const before = Object.getOwnPropertyDescriptor(globalThis, "reportError");
  Object.defineProperty(globalThis, "reportError", {
    configurable: true,
    writable: true,
    value: (error: unknown) => void found.push(`reportError: ${textOf(error)}`),
  });
  const rejected = (error: unknown): void => void found.push(`unhandled rejection: ${textOf(error)}`);
  process.on("unhandledRejection", rejected);
  return {
    found,
    restore() {
      process.off("unhandledRejection", rejected);
      if (before) Object.defineProperty(globalThis, "reportError", before);
      else Reflect.deleteProperty(globalThis, "reportError");
    },
  };
}

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
