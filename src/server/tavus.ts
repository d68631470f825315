import { findKey } from "./key.js";
import { type RequestSettings, type ServiceRequest, send } from "./request.js";
import { ServiceError } from "./service-error.js";

/** Whose account, and how to ask. Facts of the REST API: docs.tavus.io/openapi.yaml, August 2026. */
export interface TavusAccount extends RequestSettings {
  /** Default: the environment variable `TAVUS_API_KEY`. It is sent to Tavus in a header and goes nowhere else. */
  apiKey?: string | undefined;
  /** Default `https://tavusapi.com/v2`. Only https, or http to this machine. */
  baseUrl?: string | URL | undefined;
}

/** Durations and switches of a conversation; sent as they are, names as Tavus spells them. */
export interface ConversationProperties {
  /** Seconds after which the call ends in any case. Tavus' default and most: 3600. */
  max_call_duration?: number;
  /** Seconds from the last participant's leaving to the end. Tavus' default: 0. */
  participant_left_timeout?: number;
  /** Seconds that the call waits for its first participant; also how long a private room's token lasts. Tavus' default: 300. */
  participant_absent_timeout?: number;
  /** Any other property that Tavus documents. */
  [name: string]: unknown;
}

/** What {@link createEchoConversation} takes. */
export interface EchoConversationOptions extends TavusAccount {
  /** The face: `r…`. */
  replicaId: string;
  /**
   * From {@link createEchoPersona}. Without it Tavus takes the replica's default persona, which has a language model and
   * a voice of its own beside what is echoed.
   */
  personaId?: string | undefined;
  /** Shown in Tavus' dashboard. */
  name?: string | undefined;
  /** A private room: only who has the `meetingToken` gets in. Default: Tavus' own, false. */
  requireAuth?: boolean | undefined;
  /** Makes the conversation without the replica joining, at no cost. Default false. */
  testMode?: boolean | undefined;
  /** What the replica says by itself first, in the persona's voice. Default "": nothing. */
  customGreeting?: string | undefined;
  /** Timeouts and the like. */
  properties?: ConversationProperties | object | undefined;
}

/** What a page needs to join: `call.join({ url: conversationUrl, token: meetingToken })`. */
export interface EchoConversation {
  /** `c…`. */
  conversationId: string;
  /** The room's address. */
  conversationUrl: string;
  /** Only with `requireAuth`. */
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

/** Makes a persona whose pipeline is echo alone: it says what is sent and nothing else. One is enough for an app: keep its id. */
export async function createEchoPersona(
  options: TavusAccount & { name?: string | undefined } = {},
): Promise<{ personaId: string }> {
  const body = { persona_name: options.name ?? "tavus-echo", pipeline_mode: "echo" };
  // Not repeatable: an answer that was lost would leave a second persona.
  const json = await ask(options, { method: "POST", path: "/personas", body, repeatable: false });
  return { personaId: text(json, "persona_id", "POST /personas") };
}

/** Makes a conversation and its room. The replica begins to wait, and to cost, at once: see `testMode` and the timeouts. */
export async function createEchoConversation(options: EchoConversationOptions): Promise<EchoConversation> {
  const { personaId, name, requireAuth, testMode, customGreeting = "", properties } = options;
  const body = {
    replica_id: required(options.replicaId, "replicaId"),
    persona_id: personaId,
    conversation_name: name,
    custom_greeting: customGreeting,
    require_auth: requireAuth,
    test_mode: testMode,
    properties,
  };
  // Not repeatable: an answer that was lost would leave a second replica waiting, at the account's cost.
  const json = await ask(options, { method: "POST", path: "/conversations", body, repeatable: false });
  const conversationId = text(json, "conversation_id", "POST /conversations");
  const made = `POST /conversations made ${conversationId}, which goes on: end it`;
  const conversationUrl = text(json, "conversation_url", made);
  if (!requireAuth) return { conversationId, conversationUrl };
  return { conversationId, conversationUrl, meetingToken: text(json, "meeting_token", made) };
}

/** Ends a conversation for everybody in it. One that has ended already is no error. */
export async function endConversation(options: TavusAccount & { conversationId: string }): Promise<void> {
  const path = `${conversation(options.conversationId)}/end`;
  try {
    await ask(options, { method: "POST", path, repeatable: true });
  } catch (error) {
    // What Tavus answers to a second end is unknown. When a repetition finds it done, the aim is reached.
    if (!(error instanceof ServiceError) || error.code !== "bad-request") throw error;
    const { status } = await getConversation(options).catch(() => ({ status: undefined }));
    if (status !== "ended") throw error;
  }
}

/** Looks a conversation up. `verbose` asks for its events too. */
export async function getConversation(
  options: TavusAccount & { conversationId: string; verbose?: boolean | undefined },
): Promise<ConversationStatus> {
  const path = `${conversation(options.conversationId)}${options.verbose ? "?verbose=true" : ""}`;
  const json = await ask(options, { method: "GET", path, repeatable: true });
  const { conversation_url: url, events } = json;
  return {
    conversationId: text(json, "conversation_id", "GET /conversations/{id}"),
    status: text(json, "status", "GET /conversations/{id}"),
    ...(typeof url === "string" && { conversationUrl: url }),
    ...(Array.isArray(events) && { events }),
  };
}

function ask(account: TavusAccount, request: Pick<ServiceRequest, "method" | "path" | "body" | "repeatable">) {
  const key = findKey(account.apiKey, "TAVUS_API_KEY");
  const auth = { header: "x-api-key", prefix: "" };
  return send({ service: "Tavus", defaultBaseUrl: "https://tavusapi.com/v2", auth, key, ...request }, account);
}

function conversation(id: string): string {
  return `/conversations/${encodeURIComponent(required(id, "conversationId"))}`;
}

/** encodeURIComponent leaves dots alone, and "/conversations/../x" is another path. */
function required(id: unknown, name: string): string {
  if (typeof id === "string" && /[^.\s]/.test(id)) return id;
  throw new TypeError(`${name} must be an id as Tavus gives it.`);
}

function text(json: Record<string, unknown>, field: string, where: string): string {
  const value = json[field];
  if (typeof value === "string" && value) return value;
  throw new ServiceError("bad-response", `Tavus: ${where}: the answer has no ${field}.`);
}
