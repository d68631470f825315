import { badRequest } from "./failure.js";
import { checkFields, eitherOf, type FieldKind, type Fields, textOf } from "./fields.js";
import { type Vocabulary, vocabularies } from "./vocabulary.js";

/** A persona, or PAL, in words of neither vocabulary. */
export interface Persona {
  readonly id: string;
  readonly name: string;
  readonly mode: "full" | "echo";
  readonly defaultFace: string | undefined;
  /** `system` for those that Tavus made. */
  readonly type: "user" | "system";
  readonly createdAt: string;
  /** Everything else of the request. */
  readonly fields: Fields;
}

const kinds: Readonly<Record<string, FieldKind>> = {
  persona_name: "text",
  pal_name: "text",
  pipeline_mode: ["full", "echo"],
  system_prompt: "text",
  context: "text",
  default_replica_id: "text",
  default_face_id: "text",
  document_ids: "texts",
  document_tags: "texts",
  layers: "object",
  objectives_id: "text",
  guardrails_id: "text",
};

/** Reads a request that makes one. Throws a Failure of status 400. `unknown` gets the fields that are not documented. */
export function readPersona(
  id: string,
  fields: Fields,
  words: Vocabulary,
  createdAt: string,
  unknown: (names: string[]) => void,
): Persona {
  unknown(checkFields(fields, kinds));
  const mode = (textOf(fields, "pipeline_mode") ?? "full") as Persona["mode"];
  // Needed unless in echo mode [certain].
  if (mode === "full" && !textOf(fields, "system_prompt")) throw badRequest("system_prompt is required");
  const defaultFace = eitherOf(fields, vocabularies.pals.defaultFace, vocabularies.personas.defaultFace);
  // Required of PALs, optional for personas [certain].
  if (words === vocabularies.pals && defaultFace === undefined) throw badRequest("default_face_id is required");
  const name = eitherOf(fields, vocabularies.pals.name, vocabularies.personas.name) ?? id;
  return { id, name, mode, defaultFace, type: "user", createdAt, fields };
}

/** What the API tells of one, in the words of the collection that was asked. */
export function showPersona(persona: Persona, words: Vocabulary): Record<string, unknown> {
  const { persona_name, pal_name, default_replica_id, default_face_id, ...rest } = persona.fields;
  return {
    ...rest,
    [words.id]: persona.id,
    [words.name]: persona.name,
    pipeline_mode: persona.mode,
    ...(persona.defaultFace !== undefined && { [words.defaultFace]: persona.defaultFace }),
    created_at: persona.createdAt,
  };
}

/** Echo personas that exist for everybody: pipecat's and LiveKit's [certain]. */
export const stockPersonas: readonly Persona[] = ["pipecat0", "pb87e71797da"].map((id) => ({
  id,
  name: id,
  mode: "echo",
  defaultFace: undefined,
  type: "system",
  createdAt: "2025-01-01T00:00:00.000Z",
  fields: {},
}));
