import { isRecord } from "../shape.js";

/** `over` on `base`, objects within objects included: how a session's settings are updated. */
export function lay(base: Record<string, unknown>, over: Record<string, unknown>): Record<string, unknown> {
  const laid = { ...base };
  for (const [name, value] of Object.entries(over)) {
    const below = laid[name];
    laid[name] = isRecord(below) && isRecord(value) ? lay(below, value) : value;
  }
  return laid;
}
