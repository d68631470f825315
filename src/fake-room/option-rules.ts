/** What an option takes, and whether a value is of that type and in that range. */
export interface Rule {
  /** Reads after "it takes". */
  readonly takes: string;
  /** The words that it takes, when it takes words alone. */
  readonly words?: readonly string[];
  /** `type` becomes a TypeError, `range` a RangeError. */
  judge(value: unknown): "fits" | "type" | "range";
}

/** A rule for every option of `T`. */
export type Rules<T> = { readonly [K in keyof T]-?: Rule };

const number = (takes: string, inRange: (value: number) => boolean): Rule => ({
  takes,
  judge: (value) => (typeof value !== "number" ? "type" : inRange(value) ? "fits" : "range"),
});
/** A rule for anything else than a number or a word. */
export const typed = (takes: string, fits: (value: unknown) => boolean): Rule => ({
  takes,
  judge: (value) => (fits(value) ? "fits" : "type"),
});

/** true or false. */
export const flag = typed("true or false", (value) => typeof value === "boolean");
/** A probability. */
export const chance = number("a chance from 0 to 1", (value) => value >= 0 && value <= 1);
/** A time that passes. */
export const seconds = number("seconds, 0 or more", (value) => value >= 0 && value < Number.POSITIVE_INFINITY);
/** A time that may never pass. */
export const secondsOrNever = number("seconds, 0 or more, or Infinity", (value) => value >= 0);
/** Any string. */
export const text = typed("a string", (value) => typeof value === "string");
/** A string that says something. */
export const filledText = typed("a string that is not empty", (value) => typeof value === "string" && value !== "");
/** A function. */
export const callable = typed("a function", (value) => typeof value === "function");
/** An object with members. */
export const members = typed("an object", isMembers);
/** A whole number from `least` on. */
export const count = (least: number): Rule =>
  number(`a whole number, ${least} or more`, (value) => Number.isSafeInteger(value) && value >= least);
/** A number that may be infinite, from `least` on. */
export const rate = (least: number): Rule =>
  number(`a number, ${least} or more, or Infinity`, (value) => value >= least);
/** A number that is not infinite, above `bound`. */
export const above = (bound: number): Rule =>
  number(`a finite number above ${bound}`, (value) => value > bound && value < Number.POSITIVE_INFINITY);
/** Any finite number. */
export const finite = number("a finite number", Number.isFinite);
/** One of these words. */
export const choice = (...words: string[]): Rule => ({
  takes: `${words.slice(0, -1).map(show).join(", ")} or ${show(words.at(-1))}`,
  words,
  judge: (value) => (typeof value === "string" && words.includes(value) ? "fits" : "type"),
});

/**
 * Throws for a name without a rule, and for a value that its rule does not take: a typo would test nothing. `undefined`
 * is always taken. `noun` is what an option is called; `elsewhere` says where a name belongs that has no rule here.
 */
export function checkOptions(
  noun: string,
  rules: Readonly<Record<string, Rule>>,
  options: unknown,
  elsewhere: (name: string) => string | undefined = () => undefined,
): asserts options is Record<string, unknown> {
  if (!isMembers(options)) throw new TypeError(`A ${noun} has a name: an object is needed, not ${show(options)}.`);
  const names = Object.keys(rules);
  for (const [name, value] of Object.entries(options)) {
    const rule = Object.hasOwn(rules, name) ? rules[name] : undefined;
    if (!rule)
      throw new TypeError(
        `There is no ${noun} "${name}".${elsewhere(name) ?? didYouMean(name, names)} There are: ${names.join(", ")}.`,
      );
    if (value === undefined) continue;
    const verdict = rule.judge(value);
    if (verdict === "fits") continue;
    const hint = rule.words ? didYouMean(String(value), rule.words) : "";
    const message = `The ${noun} "${name}" is ${show(value)}: it takes ${rule.takes}.${hint}`;
    throw verdict === "type" ? new TypeError(message) : new RangeError(message);
  }
}

/** `state` with `changes`, of which undefined restores the default. `changes` must have been checked. */
export function withChanges<T extends object>(state: T, defaults: T, changes: object): T {
  const result = { ...state } as Record<string, unknown>;
  for (const [name, value] of Object.entries(changes))
    result[name] = value === undefined ? (defaults as Record<string, unknown>)[name] : value;
  return result as T;
}

/** A value as an error shows it, on one short line. */
export function show(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (Array.isArray(value)) return `an array of ${value.length}`;
  if (typeof value === "function") return "a function";
  if (typeof value === "object" && value !== null)
    return value.constructor?.name === "Object"
      ? "an object"
      : `an instance of ${value.constructor?.name ?? "nothing"}`;
  return String(value);
}

function isMembers(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The nearest of `names`, as a question; "" when none is near. */
export function didYouMean(name: string, names: readonly string[]): string {
  const near = names
    .map((other) => ({ other, distance: editDistance(name.toLowerCase(), other.toLowerCase()) }))
    .sort((one, other) => one.distance - other.distance)[0];
  if (!near || near.distance > Math.max(1, Math.floor(name.length / 3))) return "";
  return ` Did you mean "${near.other}"?`;
}

/** Levenshtein's distance, where two letters that changed places count once (optimal string alignment). */
function editDistance(one: string, other: string): number {
  const rows: number[][] = [Array.from({ length: other.length + 1 }, (_, column) => column)];
  const at = (row: number, column: number): number => rows[row]?.[column] ?? 0;
  for (let i = 1; i <= one.length; i++) {
    rows[i] = [i];
    for (let j = 1; j <= other.length; j++) {
      const same = one[i - 1] === other[j - 1];
      const swapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      const least = Math.min(at(i - 1, j) + 1, at(i, j - 1) + 1, at(i - 1, j - 1) + (same ? 0 : 1));
      (rows[i] as number[])[j] = swapped ? Math.min(least, at(i - 2, j - 2) + 1) : least;
    }
  }
  return at(one.length, other.length);
}
