/** The fields of a JSON object, still unchecked. */
export type Fields = { readonly [name: string]: unknown };

/** Whether a value is a JSON object. */
export const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** The fields of `value`; none when it is no object. */
export const fieldsOf = (value: unknown): Fields => (isFields(value) ? value : {});

/** `value` when it is text, else "". */
export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** `value` when it is a list, else an empty one. */
export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

/** `over` laid on `base`, objects within objects included; arrays and null replace, undefined does not. */
export function merge(base: Fields, over: Fields): Fields {
  const merged = new Map(Object.entries(base));
  for (const [name, value] of Object.entries(over)) {
    const below = merged.get(name);
    if (value !== undefined) merged.set(name, isFields(below) && isFields(value) ? merge(below, value) : value);
  }
  return Object.fromEntries(merged);
}

/** Drops undefined fields, and leaves what is within the others alone. */
export function present(fields: Fields): Fields {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

/** Drops undefined fields and the objects that are empty without them. */
export function defined(fields: Fields): Fields {
  const kept = Object.entries(fields)
    .map(([name, value]) => [name, isFields(value) ? defined(value) : value] as const)
    .filter(([, value]) => value !== undefined && !(isFields(value) && Object.keys(value).length === 0));
  return Object.fromEntries(kept);
}

/** `silenceDurationMs` → `silence_duration_ms`. */
export function snakeCase(fields: Fields): Fields {
  const entries = Object.entries(fields);
  return Object.fromEntries(
    entries.map(([name, value]) => [name.replace(/[A-Z]/g, (capital) => `_${capital.toLowerCase()}`), value]),
  );
}

/** A frame as a JSON object: text, or the bytes of text. Undefined when it is none. */
export function jsonOf(frame: unknown): Fields | undefined {
  try {
    const text = frame instanceof Uint8Array ? new TextDecoder().decode(frame) : frame;
    const value: unknown = typeof text === "string" ? JSON.parse(text) : text;
    return isFields(value) ? value : undefined;
  } catch {
    // Not JSON: the caller says what came instead.
    return undefined;
  }
}
