import { defaultTokenSeconds, meetingToken } from "../room/meeting-token.js";
import { badRequest } from "./failure.js";
import { checkFields, eitherOf, type FieldKind, type Fields, textOf } from "./fields.js";
import type { Persona } from "./personas.js";
import { type Vocabulary, vocabularies } from "./vocabulary.js";

/** A conversation as the API tells it, and what is known of it besides. */
export type ApiConversation = Readonly<Record<string, unknown>> & {
  readonly conversation_id: string;
  readonly status: "active" | "ended";
};

const kinds: Readonly<Record<string, FieldKind>> = {
  replica_id: "text",
  persona_id: "text",
  face_id: "text",
  pal_id: "text",
  conversation_name: "text",
  callback_url: "text",
  conversational_context: "text",
  custom_greeting: "text",
  enable_dynamic_greeting: "flag",
  audio_only: "flag",
  require_auth: "flag",
  test_mode: "flag",
  max_participants: "participants",
  memory_stores: "texts",
  document_ids: "texts",
  document_tags: "texts",
  document_retrieval_strategy: ["speed", "quality", "balanced"],
  properties: "object",
};

const propertyKinds: Readonly<Record<string, FieldKind>> = {
  max_call_duration: "seconds",
  participant_left_timeout: "seconds",
  participant_absent_timeout: "seconds",
  require_auth: "flag",
  enable_recording: "flag",
  enable_closed_captions: "flag",
  enable_transcription: "flag",
  apply_greenscreen: "flag",
  language: "text",
  recording_s3_bucket_name: "text",
  recording_s3_bucket_region: "text",
  aws_assume_role_arn: "text",
};

/** What a request that makes one is answered with. */
interface Made {
  readonly conversation: ApiConversation;
  /** The answer: without what only `verbose=true` tells, with the token. */
  readonly answer: object;
}

/** Reads a request that makes one. Throws a Failure of status 400. `unknown` gets the fields that are not documented. */
export function makeConversation(
  id: string,
  fields: Fields,
  personas: ReadonlyMap<string, Persona>,
  now: Date,
  unknown: (names: string[]) => void,
): Made {
  const undocumented = checkFields(fields, kinds);
  const properties = (fields.properties ?? {}) as Fields;
  const inside = checkFields(properties, propertyKinds).map((name) => `properties.${name}`);
  unknown([...undocumented, ...inside]);
  // An hour at most [certain].
  if (Number(properties.max_call_duration ?? 1) > 3600 || properties.max_call_duration === 0)
    throw badRequest("max_call_duration must be between 1 and 3600");
  const personaId = eitherOf(fields, vocabularies.pals.id, vocabularies.personas.id);
  const persona = personaId === undefined ? undefined : personas.get(personaId);
  const named = "pal_id" in fields ? "pal_id" : "persona_id";
  if (personaId !== undefined && !persona) throw badRequest(`Invalid ${named} ${personaId}`);
  // The persona's own stands in when none is given; the one that is given wins [certain].
  const face = eitherOf(fields, vocabularies.pals.face, vocabularies.personas.face) ?? persona?.defaultFace;
  const spoken = wordsOf(fields);
  if (face === undefined) throw badRequest(`${spoken[0]?.face ?? "replica_id"} is required`);
  const base = {
    conversation_id: id,
    conversation_name: textOf(fields, "conversation_name") ?? "",
    // A test conversation is made, nobody joins it, nothing is billed, and it is over at once [certain].
    status: fields.test_mode === true ? ("ended" as const) : ("active" as const),
    conversation_url: `https://tavus.daily.co/${id}`,
    callback_url: textOf(fields, "callback_url") ?? "",
    // In the words of the request; in both when it mixes them. Which of them the service answers with is [unknown].
    ...Object.assign(
      {},
      ...spoken.map((words) => ({ [words.face]: face, ...(personaId !== undefined && { [words.id]: personaId }) })),
    ),
    created_at: now.toISOString(),
  };
  // The token comes with require_auth, which may stand in either place [certain], and lives as long as participant_absent_timeout [certain].
  const auth = fields.require_auth === true || properties.require_auth === true;
  const seconds = Number(properties.participant_absent_timeout ?? defaultTokenSeconds);
  const token = auth ? meetingToken({ r: id, exp: now.getTime() / 1000 + seconds }) : undefined;
  const { replica_id, face_id, persona_id, pal_id, ...rest } = fields;
  return {
    conversation: { ...rest, ...base, properties },
    answer: { ...base, ...(token !== undefined && { meeting_token: token }) },
  };
}

/** Whose words a request uses; the older ones when it uses neither. */
function wordsOf(fields: Fields): Vocabulary[] {
  const used = Object.values(vocabularies).filter(({ id, face }) => id in fields || face in fields);
  return used.length > 0 ? used : [vocabularies.personas];
}

/** What is told without `verbose=true`. */
export function showConversation(conversation: ApiConversation, verbose: boolean): object {
  if (verbose) return { ...conversation, events: [] };
  const shown = [
    "conversation_id",
    "conversation_name",
    "conversation_url",
    "callback_url",
    "status",
    "replica_id",
    "persona_id",
    "face_id",
    "pal_id",
    "created_at",
    "updated_at",
  ];
  return Object.fromEntries(Object.entries(conversation).filter(([name]) => shown.includes(name)));
}
