import { createServer } from "node:http";
import { Random } from "./random.js";

/** How the fake API is. */
export interface FakeTavusApiOptions {
  /** The only key that is taken. Default "test-key". */
  apiKey?: string | undefined;
  /** Repeats with its seed: ids and tokens. Default 1. */
  seed?: number | undefined;
}

/** A request as it came in. */
export interface ApiRequest {
  readonly method: string;
  /** Path and query, without the base URL's `/v2`. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Parsed JSON; undefined when there was none. */
  readonly body: unknown;
  /** Status that it was answered with. */
  readonly status: number;
}

/** A conversation as the API tells it. */
export type ApiConversation = Readonly<Record<string, unknown>> & {
  readonly conversation_id: string;
  readonly status: "active" | "ended";
};

/** A running fake of Tavus' REST API, for tests of server code. */
export interface FakeTavusApi {
  /** Give it as `baseUrl`: `http://127.0.0.1:<port>/v2`. */
  readonly url: string;
  readonly apiKey: string;
  /** Everything that was asked, in order. */
  readonly requests: readonly ApiRequest[];
  /** What exists now, by id. */
  readonly personas: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  readonly conversations: ReadonlyMap<string, ApiConversation>;
  /** Answers the next request with this instead; several are used up in order. */
  failNext(status: number, body: object): void;
  /** Frees the port. */
  close(): Promise<void>;
}

class Failure {
  readonly status: number;
  readonly body: object;
  constructor(status: number, body: object) {
    this.status = status;
    this.body = body;
  }
}

type Fields = Record<string, unknown>;

/** 400 answers carry `error`, 401 answers `message` [certain]; a 404's body is [unknown] and taken to be like a 400's. */
const badRequest = (error: string): Failure => new Failure(400, { error });
const notFound = (what: string): Failure => new Failure(404, { error: `${what} not found` });

/** Starts it on a free port of this machine's loopback interface. Node only. */
export async function createFakeTavusApi(options: FakeTavusApiOptions = {}): Promise<FakeTavusApi> {
  const { apiKey = "test-key", seed = 1 } = options;
  const random = new Random(seed);
  const hex = (digits: number): string => random.uuid().replaceAll("-", "").slice(0, digits);
  const requests: ApiRequest[] = [];
  const failures: Failure[] = [];
  const personas = new Map<string, Fields>();
  const conversations = new Map<string, ApiConversation & Fields>();

  const text = (body: Fields, name: string): string | undefined => {
    const value = body[name];
    if (value !== undefined && typeof value !== "string") throw badRequest(`${name} must be a string`);
    return value || undefined;
  };
  const flag = (body: Fields, name: string): boolean => {
    const value = body[name];
    if (value !== undefined && typeof value !== "boolean") throw badRequest(`${name} must be a boolean`);
    return value ?? false;
  };

  const createPersona = (body: Fields): object => {
    const mode = text(body, "pipeline_mode") ?? "full";
    if (mode !== "full" && mode !== "echo") throw badRequest(`pipeline_mode must be one of: full, echo`);
    // A full pipeline needs a prompt, an echo persona nothing else [likely].
    if (mode === "full" && !text(body, "system_prompt")) throw badRequest("system_prompt is required");
    const persona_id = `p${hex(11)}`;
    const created_at = new Date().toISOString();
    const persona_name = text(body, "persona_name") ?? persona_id;
    personas.set(persona_id, { ...body, persona_id, persona_name, pipeline_mode: mode, created_at });
    return { persona_id, persona_name, created_at };
  };

  const createConversation = (body: Fields): object => {
    const personaId = text(body, "persona_id");
    const persona = personaId === undefined ? undefined : personas.get(personaId);
    if (personaId !== undefined && !persona) throw badRequest(`Invalid persona_id ${personaId}`);
    const replica_id = text(body, "replica_id") ?? persona?.default_replica_id;
    if (!replica_id) throw badRequest("replica_id is required: the persona has no default replica");
    const properties = body.properties ?? {};
    if (typeof properties !== "object" || Array.isArray(properties)) throw badRequest("properties must be an object");
    const { max_call_duration } = properties as Fields;
    // An hour at most, as the documentation says [certain].
    if (max_call_duration !== undefined && !(Number(max_call_duration) > 0 && Number(max_call_duration) <= 3600))
      throw badRequest("max_call_duration must be between 1 and 3600");
    const conversation_id = `c${hex(16)}`;
    const conversation = {
      conversation_id,
      conversation_name: text(body, "conversation_name") ?? "",
      // A test conversation is there, but no replica comes and nothing is billed [certain]; its status is [unknown].
      status: "active" as const,
      conversation_url: `https://tavus.daily.co/${conversation_id}`,
      replica_id,
      ...(personaId !== undefined && { persona_id: personaId }),
      created_at: new Date().toISOString(),
    };
    conversations.set(conversation_id, { ...conversation, test_mode: flag(body, "test_mode"), properties });
    // The token comes with require_auth only [certain].
    return flag(body, "require_auth") ? { ...conversation, meeting_token: `${hex(24)}.${hex(24)}` } : conversation;
  };

  const existing = (id: string): ApiConversation & Fields => {
    const conversation = conversations.get(id);
    if (!conversation) throw notFound("Conversation");
    return conversation;
  };

  const answer = (method: string, path: string, headers: ApiRequest["headers"], body: unknown): [number, object?] => {
    const failure = failures.shift();
    if (failure) throw failure;
    if (headers["x-api-key"] !== apiKey) throw new Failure(401, { message: "Invalid access token" });
    const [collection, id, action] = (path.split("?")[0] ?? "").split("/").filter(Boolean);
    const fields = (): Fields => {
      if (typeof body !== "object" || body === null || Array.isArray(body))
        throw badRequest("Body must be a JSON object");
      return body as Fields;
    };
    if (collection === "personas" && method === "POST" && !id) return [200, createPersona(fields())];
    if (collection === "personas" && id && !action) {
      const persona = personas.get(id);
      if (!persona) throw notFound("Persona");
      if (method === "GET") return [200, persona];
      if (method === "DELETE") {
        personas.delete(id);
        return [204];
      }
    }
    if (collection === "conversations" && method === "POST" && !id) return [200, createConversation(fields())];
    if (collection === "conversations" && id) {
      const conversation = existing(id);
      if (method === "POST" && action === "end") {
        conversations.set(id, { ...conversation, status: "ended" });
        return [200, {}];
      }
      if (method === "GET" && !action) {
        const { test_mode, properties, ...plain } = conversation;
        return [200, path.includes("verbose=true") ? { ...plain, properties, events: [] } : plain];
      }
      if (method === "DELETE" && !action) {
        conversations.delete(id);
        return [204];
      }
    }
    throw notFound("Route");
  };

  const server = createServer(async (request, response) => {
    const method = request.method ?? "GET";
    const path = (request.url ?? "/").replace(/^\/v2(?=\/)/, "");
    const chunks: Uint8Array[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const decoder = new TextDecoder();
    const raw = chunks.map((chunk) => decoder.decode(chunk, { stream: true })).join("") + decoder.decode();
    let body: unknown;
    let status = 500;
    let reply: object | undefined;
    try {
      try {
        body = raw === "" ? undefined : JSON.parse(raw);
      } catch {
        throw badRequest("Body is not JSON");
      }
      [status, reply] = answer(method, path, request.headers, body);
    } catch (error) {
      [status, reply] =
        error instanceof Failure ? [error.status, error.body] : [500, { error: `The fake itself failed: ${error}` }];
    }
    requests.push({ method, path, headers: request.headers, body, status });
    response.writeHead(status, reply ? { "content-type": "application/json" } : {});
    response.end(reply && JSON.stringify(reply));
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The fake API has no port.");

  return {
    url: `http://127.0.0.1:${address.port}/v2`,
    apiKey,
    requests,
    personas,
    conversations,
    failNext: (status, body) => void failures.push(new Failure(status, body)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
