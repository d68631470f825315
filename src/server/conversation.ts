import { ask, required, type TavusAccount, textOf } from "./account.js";
import { bodyOf, oneVocabulary } from "./body.js";
import { type ConversationFields, type ConversationProperties, conversationNames } from "./conversation-fields.js";
import { listAll } from "./pages.js";
import { ServiceError } from "./service-error.js";

/** What {@link createEchoConversation} takes. */
export interface EchoConversationOptions extends TavusAccount {
  /** The face: `r…`. Without it the persona's default stands in, where it has one. */
  replicaId?: string | undefined;
  /**
   * From {@link createEchoPersona}. Without it Tavus takes the replica's default persona, which has a language model and
   * a voice of its own beside what is echoed.
   */
  personaId?: string | undefined;
  /** Tavus' newer word for `replicaId`. Goes with `palId`, never with the older words. */
  faceId?: string | undefined;
  /** Tavus' newer word for `personaId`, from {@link createEchoPal}. */
  palId?: string | undefined;
  /** Shown in Tavus' dashboard. */
  name?: string | undefined;
  /** A private room: only who has the `meetingToken` gets in. Default: Tavus' own, false. */
  requireAuth?: boolean | undefined;
  /** Makes the conversation without the replica joining, at no cost; its status is "ended" at once [certain]. Default false. */
  testMode?: boolean | undefined;
  /** What the replica says by itself first, in the persona's voice. Default "": nothing. */
  customGreeting?: string | undefined;
  /** Timeouts and the like. */
  properties?: ConversationProperties | object | undefined;
  /** People and the replica together: `max_participants`; 2 or more. */
  maxParticipants?: number | undefined;
  /** Where Tavus posts what happens: `callback_url`. */
  callbackUrl?: string | undefined;
  /** `conversational_context`; an echo persona has no language model to tell it to. */
  conversationalContext?: string | undefined;
  /** `audio_only`. */
  audioOnly?: boolean | undefined;
  /** `memory_stores`. */
  memoryStores?: readonly string[] | undefined;
  /** `document_ids`. */
  documentIds?: readonly string[] | undefined;
  /** `document_tags`. */
  documentTags?: readonly string[] | undefined;
  /** `document_retrieval_strategy`. */
  documentRetrievalStrategy?: string | undefined;
  /** `enable_dynamic_greeting`. */
  enableDynamicGreeting?: boolean | undefined;
  /** Any field of the request as Tavus spells it. One that is also given as an option is a TypeError. */
  fields?: ConversationFields | undefined;
}

/** What a page needs to join: `call.join({ url: conversationUrl, token: meetingToken })`. */
export interface EchoConversation {
  /** `c…`. */
  conversationId: string;
  /** The room's address. */
  conversationUrl: string;
  /** Whenever Tavus sent one: with `requireAuth`, or with `require_auth` among the properties. */
  meetingToken?: string;
}

/** What Tavus tells about a conversation. */
export interface ConversationStatus {
  /** `c…`. */
  conversationId: string;
  /** "active" or "ended" in what Tavus documents; other words are passed on. */
  status: string;
  /** The room's address; missing when Tavus leaves it out. */
  conversationUrl?: string;
  /** Only with `verbose`: events such as the transcript and the reason of the shutdown, as Tavus sends them. */
  events?: unknown[];
}

/**
 * Makes a conversation and its room. The replica begins to wait, and to cost, at once: see `testMode` and the timeouts.
 *
 * @throws ServiceError when Tavus refuses; TypeError when there is neither a replica (face) nor a persona (PAL), and for a
 * mixture of both vocabularies.
 */
export async function createEchoConversation(options: EchoConversationOptions): Promise<EchoConversation> {
  const body: Record<string, unknown> = { custom_greeting: "", ...conversationBody(options) };
  // Not repeatable: an answer that was lost would leave a second replica waiting, at the account's cost.
  const json = await ask(options, { method: "POST", path: "/conversations", body, repeatable: false });
  const conversationId = textOf(json, "conversation_id", "POST /conversations");
  const made = `POST /conversations made ${conversationId}, which goes on: end it`;
  const conversationUrl = textOf(json, "conversation_url", made);
  const isPrivate = isTrue(body, "require_auth") || isTrue(body.properties, "require_auth");
  if (!isPrivate && !(typeof json.meeting_token === "string" && json.meeting_token))
    return { conversationId, conversationUrl };
  return { conversationId, conversationUrl, meetingToken: textOf(json, "meeting_token", made) };
}

function conversationBody(options: EchoConversationOptions): Record<string, unknown> {
  const body = bodyOf("createEchoConversation", options, conversationNames);
  oneVocabulary("createEchoConversation", body);
  const ids = (["replicaId", "faceId", "personaId", "palId"] as const).filter((id) => conversationNames[id] in body);
  for (const id of ids) required(body[conversationNames[id]], id);
  // A persona alone is enough where it has a default replica; whether it has, Tavus alone knows.
  if (ids.length === 0)
    throw new TypeError(
      "createEchoConversation(): replicaId (or faceId) must be an id as Tavus gives it. A personaId (or palId) whose persona has a default replica is enough, too.",
    );
  return body;
}

const isTrue = (value: unknown, name: string): boolean =>
  typeof value === "object" && value !== null && (value as Record<string, unknown>)[name] === true;

/** Ends a conversation for everybody in it. One that has ended already is no error. */
export async function endConversation(options: TavusAccount & { conversationId: string }): Promise<void> {
  const path = `${pathOf(options.conversationId)}/end`;
  try {
    await ask(options, { method: "POST", path, repeatable: true });
  } catch (error) {
    // What Tavus answers to a second end is unknown. When a repetition finds it done, the aim is reached.
    if (!(error instanceof ServiceError) || error.code !== "bad-request") throw error;
    const { status } = await getConversation(options).catch(() => ({ status: undefined }));
    if (status !== "ended") throw error;
  }
}

/**
 * Deletes a conversation: `DELETE /conversations/{id}`, with `hard` also what Tavus would keep of it (`?hard=true`) [certain].
 * Whether that ends one that is going on is unknown: end it first.
 */
export async function deleteConversation(
  options: TavusAccount & { conversationId: string; hard?: boolean | undefined },
): Promise<void> {
  const path = `${pathOf(options.conversationId)}${options.hard ? "?hard=true" : ""}`;
  await ask(options, { method: "DELETE", path, repeatable: true });
}

/** Looks a conversation up. `verbose` asks for its events too. */
export async function getConversation(
  options: TavusAccount & { conversationId: string; verbose?: boolean | undefined },
): Promise<ConversationStatus> {
  const path = `${pathOf(options.conversationId)}${options.verbose ? "?verbose=true" : ""}`;
  const json = await ask(options, { method: "GET", path, repeatable: true });
  const { conversation_url: url, events } = json;
  return {
    conversationId: textOf(json, "conversation_id", "GET /conversations/{id}"),
    status: textOf(json, "status", "GET /conversations/{id}"),
    ...(typeof url === "string" && { conversationUrl: url }),
    ...(Array.isArray(events) && { events }),
  };
}

/** A conversation in a list. */
export interface ConversationSummary {
  /** `c…`. */
  conversationId: string;
  /** As it was named when it was made; empty when it was not. */
  name: string;
  /** "active" or "ended" in what Tavus documents; other words are passed on. */
  status: string;
}

/** Lists the account's conversations: `GET /conversations`, all pages; with `status` only those, such as the active ones, which cost. */
export function listConversations(
  options: TavusAccount & { status?: "active" | "ended" | undefined } = {},
): Promise<readonly ConversationSummary[]> {
  const query = options.status === undefined ? {} : { status: options.status };
  return listAll(options, "/conversations", query, summaryOf, ({ conversationId }) => conversationId);
}

function summaryOf(entry: unknown): ConversationSummary | undefined {
  if (typeof entry !== "object" || entry === null) return undefined;
  const { conversation_id: conversationId, conversation_name: name, status } = entry as Record<string, unknown>;
  if (typeof conversationId !== "string" || !conversationId) return undefined;
  return { conversationId, name: typeof name === "string" ? name : "", status: String(status ?? "") };
}

function pathOf(conversationId: string): string {
  return `/conversations/${encodeURIComponent(required(conversationId, "conversationId"))}`;
}
