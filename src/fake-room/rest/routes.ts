import type { Random } from "../random.js";
import { type ApiConversation, makeConversation, showConversation } from "./conversations.js";
import { badRequest, Failure } from "./failure.js";
import { type Fields, membersOf } from "./fields.js";
import { type Persona, readPersona, showPersona, stockPersonas } from "./personas.js";
import { type Vocabulary, vocabularies } from "./vocabulary.js";

/** What the routes read and change. */
export interface Account {
  readonly random: Random;
  readonly strict: boolean;
  readonly personas: Map<string, Persona>;
  readonly conversations: Map<string, ApiConversation>;
  /** Conversations that were deleted without `hard`: the API knows them no more. */
  readonly deleted: Set<string>;
}

/** An empty account: only what Tavus itself brings. */
export const emptyAccount = (random: Random, strict: boolean): Account => ({
  random,
  strict,
  personas: new Map(stockPersonas.map((persona) => [persona.id, persona])),
  conversations: new Map(),
  deleted: new Set(),
});

/** A request that has the right key. */
export interface RoutedRequest {
  readonly method: string;
  /** Path segments below `/v2`. */
  readonly segments: readonly string[];
  readonly query: URLSearchParams;
  readonly body: unknown;
  /** Gets the fields that are not documented. */
  unknown(names: string[]): void;
}

/** Status and body of the answer. Throws a {@link Failure}. */
export function route(request: RoutedRequest, account: Account): [number, object?] {
  const [collection, id, action] = request.segments;
  const words = Object.values(vocabularies).find((vocabulary) => vocabulary.collection === collection);
  if (words && !action) return personas(request, account, words, id);
  if (collection === "conversations") return conversations(request, account, id, action);
  throw new Failure(404, { error: "Route not found" });
}

const hex = (random: Random, digits: number): string => random.uuid().replaceAll("-", "").slice(0, digits);

/** Strict: a field that is not documented is refused. What the service does with one is [unknown]. */
const noting =
  (request: RoutedRequest, { strict }: Account) =>
  (names: string[]): void => {
    request.unknown(names);
    if (strict && names.length > 0) throw badRequest(`Unknown field: ${names.join(", ")}`);
  };

function personas(
  request: RoutedRequest,
  account: Account,
  words: Vocabulary,
  id: string | undefined,
): [number, object?] {
  const { method, query } = request;
  if (method === "POST" && id === undefined) {
    const made = readPersona(
      `p${hex(account.random, 11)}`,
      membersOf(request.body),
      words,
      new Date().toISOString(),
      noting(request, account),
    );
    account.personas.set(made.id, made);
    return [200, { [words.id]: made.id, [words.name]: made.name, created_at: made.createdAt }];
  }
  if (method === "GET" && id === undefined) {
    const type = query.get("persona_type") ?? query.get("pal_type");
    const found = [...account.personas.values()].filter((persona) => type === null || persona.type === type);
    return [
      200,
      page(
        found.map((persona) => showPersona(persona, words)),
        query,
      ),
    ];
  }
  const persona = id === undefined ? undefined : account.personas.get(id);
  if (!persona)
    throw id === undefined ? new Failure(404, { error: "Route not found" }) : badRequest(`Invalid ${words.id}`);
  // One of them comes in an array too [certain].
  if (method === "GET") return [200, { data: [showPersona(persona, words)] }];
  if (method !== "DELETE") throw new Failure(404, { error: "Route not found" });
  if (persona.type === "system") throw badRequest(`Invalid ${words.id}`);
  account.personas.delete(persona.id);
  return [204];
}

function conversations(
  request: RoutedRequest,
  account: Account,
  id: string | undefined,
  action: string | undefined,
): [number, object?] {
  const { method, query } = request;
  if (id === undefined && method === "POST") {
    const made = makeConversation(
      `c${hex(account.random, 16)}`,
      membersOf(request.body),
      account.personas,
      new Date(),
      noting(request, account),
    );
    account.conversations.set(made.conversation.conversation_id, made.conversation);
    return [200, made.answer];
  }
  if (id === undefined && method === "GET") {
    const status = query.get("status");
    const found = [...account.conversations.values()].filter(
      (one) => !account.deleted.has(one.conversation_id) && (status === null || one.status === status),
    );
    return [
      200,
      page(
        found.map((one) => showConversation(one, false)),
        query,
      ),
    ];
  }
  if (id === undefined) throw new Failure(404, { error: "Route not found" });
  const conversation = account.deleted.has(id) ? undefined : account.conversations.get(id);
  if (!conversation) throw badRequest("Invalid conversation_id");
  if (method === "POST" && action === "end") {
    const updated_at = new Date().toISOString();
    account.conversations.set(id, { ...conversation, status: "ended", updated_at });
    // No body is documented.
    return [200, {}];
  }
  if (method === "GET" && !action) return [200, showConversation(conversation, query.get("verbose") === "true")];
  if (method !== "DELETE" || action) throw new Failure(404, { error: "Route not found" });
  const hard = query.get("hard");
  if (hard !== null && hard !== "true" && hard !== "false") throw badRequest("hard must be a boolean");
  if (hard === "true") account.conversations.delete(id);
  else account.deleted.add(id);
  return [204];
}

/** A page of a list: 10 by default [certain]. */
function page(all: readonly Fields[] | readonly object[], query: URLSearchParams): object {
  const number = (name: string, standard: number): number => {
    const value = Number(query.get(name) ?? standard);
    if (!(Number.isInteger(value) && value >= 1)) throw badRequest(`${name} must be an integer of 1 or more`);
    return value;
  };
  const [limit, at] = [number("limit", 10), number("page", 1)];
  return { data: all.slice((at - 1) * limit, at * limit), total_count: all.length };
}
