import { ask, required, type TavusAccount, textOf } from "./account.js";
import { bodyOf, type FieldNames, oneVocabulary } from "./body.js";
import { listAll } from "./pages.js";

/** What {@link createEchoPersona} and {@link createEchoPal} have in common. */
export interface EchoPipeline extends TavusAccount {
  /** Shown in Tavus' dashboard. Default "tavus-echo". */
  name?: string | undefined;
  /** Tavus' layers as they are, for instance `{ tts: … }`: the voice that `replica.say()` speaks with; or `{ perception: … }`. */
  layers?: object | undefined;
  /** For what of the pipeline has a language model. An echo pipeline needs none. */
  systemPrompt?: string | undefined;
  /** Any other field that Tavus documents, as it is. */
  fields?: Readonly<Record<string, unknown>> | undefined;
}

/** What {@link createEchoPersona} takes. */
export interface EchoPersonaOptions extends EchoPipeline {
  /** The face of conversations that name none: `r…`. */
  defaultReplicaId?: string | undefined;
}

/** What {@link createEchoPal} takes. */
export interface EchoPalOptions extends EchoPipeline {
  /** The face of conversations that name none: `r…`. Tavus requires it [certain]. */
  defaultFaceId: string;
}

/** A persona (or PAL) of the account, or one of Tavus' own. */
export interface PersonaSummary {
  /** `p…`. */
  personaId: string;
  /** As the dashboard shows it; empty when Tavus sends none. */
  name: string;
  /** Whether its pipeline is echo, as far as Tavus says so. */
  echo: boolean;
}

/** Personas that others made for everybody, whose pipeline is echo: Daily's for pipecat, LiveKit's for its agents [certain]. */
const stockEcho: ReadonlySet<string> = new Set(["pipecat0", "pb87e71797da"]);

/** Options that both spell alike. */
const shared = { layers: "layers", systemPrompt: "system_prompt" };

/**
 * Makes a persona whose pipeline is echo alone: `POST /personas`. It says what is sent and nothing else. One is enough for an
 * app: keep its id.
 *
 * @throws ServiceError when Tavus refuses, TypeError for options that do not exist.
 */
export async function createEchoPersona(options: EchoPersonaOptions = {}): Promise<{ personaId: string }> {
  const names = { ...shared, name: "persona_name", defaultReplicaId: "default_replica_id" };
  const body = echoBody("createEchoPersona", options, names, "persona_name");
  // Not repeatable: an answer that was lost would leave a second persona.
  const json = await ask(options, { method: "POST", path: "/personas", body, repeatable: false });
  return { personaId: textOf(json, "persona_id", "POST /personas") };
}

/**
 * Makes a PAL whose pipeline is echo alone: `POST /pals`. PAL is Tavus' newer word for a persona; either works.
 *
 * @throws ServiceError when Tavus refuses, TypeError without a `defaultFaceId`.
 */
export async function createEchoPal(options: EchoPalOptions): Promise<{ palId: string }> {
  const names = { ...shared, name: "pal_name", defaultFaceId: "default_face_id" };
  const body = echoBody("createEchoPal", options, names, "pal_name");
  required(body.default_face_id, "defaultFaceId");
  const json = await ask(options, { method: "POST", path: "/pals", body, repeatable: false });
  return { palId: textOf(json, "pal_id", "POST /pals") };
}

function echoBody(caller: string, options: object, names: FieldNames, name: string): Record<string, unknown> {
  const body = bodyOf(caller, options, names);
  if ("pipeline_mode" in body && body.pipeline_mode !== "echo")
    throw new TypeError(`${caller}(): its pipeline_mode is "echo". Make another pipeline with a request of your own.`);
  const echo = { [name]: "tavus-echo", ...body, pipeline_mode: "echo" };
  oneVocabulary(caller, echo);
  return echo;
}

/**
 * Lists the personas that the account can use: `GET /personas`, all pages. Where the list leaves the pipeline out, each is
 * looked up. A PAL is a persona: both are in it.
 */
export async function listPersonas(options: TavusAccount = {}): Promise<readonly PersonaSummary[]> {
  const found = await listAll(options, "/personas", {}, read, ({ personaId }) => personaId);
  const personas: PersonaSummary[] = [];
  for (const { echo, ...persona } of found)
    personas.push({ ...persona, echo: echo ?? (await isEcho(options, persona.personaId)) });
  return personas;
}

async function isEcho(options: TavusAccount, personaId: string): Promise<boolean> {
  const path = `/personas/${encodeURIComponent(personaId)}`;
  const { data, ...plain } = await ask(options, { method: "GET", path, repeatable: true });
  return read(Array.isArray(data) ? data[0] : plain)?.echo ?? false;
}

function read(entry: unknown): { personaId: string; name: string; echo: boolean | undefined } | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const { persona_id, pal_id, persona_name, pal_name, pipeline_mode } = entry as Record<string, unknown>;
  const personaId = persona_id ?? pal_id;
  const name = persona_name ?? pal_name;
  if (typeof personaId !== "string" || !personaId) return undefined;
  const echo = typeof pipeline_mode === "string" ? pipeline_mode === "echo" : stockEcho.has(personaId) || undefined;
  return { personaId, name: typeof name === "string" ? name : "", echo };
}
