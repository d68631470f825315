/** Options that say whose account is used and how, and are never sent. */
const accountOptions: ReadonlySet<string> = new Set([
  ...["apiKey", "baseUrl", "signal", "timeoutSeconds", "retries", "fetch", "clock"],
]);

/** Names of a function's own options, each with the field of the API that it becomes. */
export type FieldNames = Readonly<Record<string, string>>;

/**
 * The body of a request: `options` under the API's names, and what `options.fields` holds as it is. Undefined is left out.
 *
 * @throws TypeError for an option that does not exist, and for a field that is given twice with two values: one of them
 * would be lost without a word.
 */
export function bodyOf(caller: string, options: object, names: FieldNames): Record<string, unknown> {
  const { fields = {}, ...own } = options as { fields?: unknown } & Record<string, unknown>;
  if (typeof fields !== "object" || fields === null || Array.isArray(fields))
    throw new TypeError(`${caller}(): fields must be an object of Tavus' own fields.`);
  // Tavus' own spelling is understood for what has an option.
  const spelt = new Set(Object.values(names));
  const body: Record<string, unknown> = {};
  const put = (name: string, value: unknown): void => {
    if (value === undefined) return;
    if (name in body && body[name] !== value && JSON.stringify(body[name]) !== JSON.stringify(value))
      throw new TypeError(`${caller}(): ${name} is given twice, with two values. Leave one of them out.`);
    body[name] = value;
  };
  for (const [option, value] of Object.entries(own)) {
    if (accountOptions.has(option)) continue;
    const name = Object.hasOwn(names, option) ? names[option] : spelt.has(option) ? option : undefined;
    if (name === undefined && value !== undefined)
      throw new TypeError(`${caller}(): there is no option ${option}. Put a field of Tavus' own into fields.`);
    if (name !== undefined) put(name, value);
  }
  for (const [name, value] of Object.entries(fields)) put(name, value);
  return body;
}

/** Tavus' two words for one thing: a persona is a PAL, a replica is a face. Both are taken, one at a time. */
const vocabularies = [
  ["persona_id", "replica_id", "default_replica_id", "persona_name"],
  ["pal_id", "face_id", "default_face_id", "pal_name"],
] as const;

/**
 * Refuses a body in both of Tavus' vocabularies: which of two ids it would take is unknown.
 *
 * @throws TypeError that names both.
 */
export function oneVocabulary(caller: string, body: object): void {
  const [older, newer] = vocabularies.map((words) => words.find((word) => word in body));
  if (older && newer)
    throw new TypeError(
      `${caller}(): ${older} and ${newer} are of two vocabularies. Give replicaId and personaId, or faceId and palId.`,
    );
}
