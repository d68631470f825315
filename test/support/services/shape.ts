/** What is wrong with a message, in a form that each service words in its own way. */
export interface Problem {
  reason: "unknown" | "missing" | "type" | "value";
  /** Where: names joined by dots; empty for the message itself. */
  path: string;
  /** What belongs there. */
  expected: string;
}

/** Looks at a value; undefined if it is right. */
export type Check = (value: unknown, path: string) => Problem | undefined;

/** A field that may be left out. */
export interface Optional {
  optional: Check;
}

/** A check for every field of an SDK's type: a field that the type does not have, or lacks here, does not compile. */
export type Fields<T> = { [K in keyof T]-?: undefined extends T[K] ? Check | Optional : Check };

/** Marks a field that may be left out. */
export const optional = (check: Check): Optional => ({ optional: check });

/** An object with the fields of `T` and no others. */
export function object<T extends object>(fields: Fields<T>): Check {
  const known = fields as Record<string, Check | Optional>;
  return (value, path) => {
    if (!isRecord(value)) return { reason: "type", path, expected: "an object" };
    for (const name of Object.keys(value))
      if (!Object.hasOwn(known, name)) return { reason: "unknown", path: join(path, name), expected: "no such field" };
    for (const [name, field] of Object.entries(known)) {
      const check = typeof field === "function" ? field : field.optional;
      if (value[name] === undefined) {
        if (typeof field === "function") return { reason: "missing", path: join(path, name), expected: "a value" };
        continue;
      }
      const problem = check(value[name], join(path, name));
      if (problem) return problem;
    }
    return undefined;
  };
}

/** One of several objects, told apart by a text field. */
export function variant(key: string, kinds: Readonly<Record<string, Check>>): Check {
  return (value, path) => {
    if (!isRecord(value)) return { reason: "type", path, expected: "an object" };
    const kind = value[key];
    if (kind === undefined) return { reason: "missing", path: join(path, key), expected: "a text" };
    if (typeof kind !== "string" || !Object.hasOwn(kinds, kind))
      return { reason: "value", path: join(path, key), expected: `one of ${Object.keys(kinds).join(", ")}` };
    return kinds[kind](value, path);
  };
}

const typed =
  (expected: string, test: (value: unknown) => boolean, reason: Problem["reason"] = "type"): Check =>
  (value, path) =>
    test(value) ? undefined : { reason, path, expected };

/** A text. */
export const text: Check = typed("a string", (value) => typeof value === "string");
/** A text of at least one character. */
export const filled: Check = typed("a string that is not empty", (value) => typeof value === "string" && value !== "");
/** True or false. */
export const flag: Check = typed("a boolean", (value) => typeof value === "boolean");
/** Any JSON object. */
export const record: Check = typed("an object", (value) => isRecord(value));
/** Any JSON value. */
export const anything: Check = () => undefined;

/** A number within bounds, both included. */
export function number(least = Number.NEGATIVE_INFINITY, most = Number.POSITIVE_INFINITY): Check {
  return (value, path) => {
    if (typeof value !== "number") return { reason: "type", path, expected: "a number" };
    return value >= least && value <= most
      ? undefined
      : { reason: "value", path, expected: `a number from ${least} to ${most}` };
  };
}

/** A whole number within bounds, both included. */
export function integer(least = Number.MIN_SAFE_INTEGER, most = Number.MAX_SAFE_INTEGER): Check {
  const bounded = number(least, most);
  return (value, path) =>
    typeof value === "number" && !Number.isInteger(value)
      ? { reason: "type", path, expected: "an integer" }
      : bounded(value, path);
}

/** One of the named values. */
export function literal(...values: readonly (string | number | boolean)[]): Check {
  return typed(`one of ${values.join(", ")}`, (value) => values.includes(value as string), "value");
}

/** A list whose every entry passes. */
export function list(check: Check, most = Number.POSITIVE_INFINITY): Check {
  return (value, path) => {
    if (!Array.isArray(value)) return { reason: "type", path, expected: "an array" };
    if (value.length > most) return { reason: "value", path, expected: `at most ${most} entries` };
    for (const [k, entry] of value.entries()) {
      const problem = check(entry, join(path, String(k)));
      if (problem) return problem;
    }
    return undefined;
  };
}

/** Null, or what passes. */
export const nullable =
  (check: Check): Check =>
  (value, path) =>
    value === null ? undefined : check(value, path);

/** What passes one of several checks; the last one's problem otherwise. */
export const either =
  (...checks: readonly Check[]): Check =>
  (value, path) => {
    let problem: Problem | undefined;
    for (const check of checks) {
      problem = check(value, path);
      if (!problem) return undefined;
    }
    return problem;
  };

/** Whether a value is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);
