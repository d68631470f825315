import { badRequest } from "./failure.js";

/** Members of a JSON object. */
export type Fields = Readonly<Record<string, unknown>>;

/** What a documented field takes. */
export type FieldKind = "text" | "flag" | "object" | "texts" | "seconds" | "participants" | readonly string[];

const wrong: Readonly<Record<Exclude<FieldKind, readonly string[]>, [(value: unknown) => boolean, string]>> = {
  text: [(value) => typeof value !== "string", "must be a string"],
  flag: [(value) => typeof value !== "boolean", "must be a boolean"],
  object: [(value) => typeof value !== "object" || value === null || Array.isArray(value), "must be an object"],
  texts: [
    (value) => !Array.isArray(value) || value.some((one) => typeof one !== "string"),
    "must be an array of strings",
  ],
  seconds: [(value) => !(Number.isInteger(value) && Number(value) >= 0), "must be an integer number of seconds"],
  // The replica counts [certain].
  participants: [(value) => !(Number.isInteger(value) && Number(value) >= 2), "must be an integer of 2 or more"],
};

/** A body that is an object; anything else is a 400. */
export function membersOf(body: unknown): Fields {
  if (wrong.object[0](body)) throw badRequest("Body must be a JSON object");
  return body as Fields;
}

/** A 400 for a documented field with a wrong value. Gives the names that are not documented. */
export function checkFields(fields: Fields, kinds: Readonly<Record<string, FieldKind>>): string[] {
  const unknown: string[] = [];
  for (const [name, value] of Object.entries(fields)) {
    const kind = Object.hasOwn(kinds, name) ? kinds[name] : undefined;
    if (kind === undefined) unknown.push(name);
    else if (typeof kind !== "string") {
      if (typeof value !== "string" || !kind.includes(value))
        throw badRequest(`${name} must be one of: ${kind.join(", ")}`);
    } else {
      const [isWrong, message] = wrong[kind];
      if (isWrong(value)) throw badRequest(`${name} ${message}`);
    }
  }
  return unknown;
}

/** A string that was checked before; undefined when it is missing or empty. */
export const textOf = (fields: Fields, name: string): string | undefined => {
  const value = fields[name];
  return typeof value === "string" && value !== "" ? value : undefined;
};

/** The same under either of two names, the newer first; a 400 when both are there and differ. Which of them the service prefers is [unknown]. */
export function eitherOf(fields: Fields, newer: string, older: string): string | undefined {
  const [one, other] = [textOf(fields, newer), textOf(fields, older)];
  if (one !== undefined && other !== undefined && one !== other)
    throw badRequest(`${newer} and ${older} differ: give one of them`);
  return one ?? other;
}
