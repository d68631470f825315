import { createServer } from "node:http";
import { checkOptions, filledText, finite, flag } from "./option-rules.js";
import { Random } from "./random.js";
import type { ApiConversation } from "./rest/conversations.js";
import { badRequest, Failure, unauthorized } from "./rest/failure.js";
import { type Persona, showPersona } from "./rest/personas.js";
import { emptyAccount, route } from "./rest/routes.js";
import { vocabularies } from "./rest/vocabulary.js";

export type { ApiConversation } from "./rest/conversations.js";

/** How the fake API is. */
export interface FakeTavusApiOptions {
  /** The only key that is taken. Default "test-key". */
  apiKey?: string | undefined;
  /** Repeats with its seed: ids. Default 1. */
  seed?: number | undefined;
  /** Whether a field that is not documented is refused by a 400. Default false: it is taken, and named in the request's `unknownFields`. */
  strict?: boolean | undefined;
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
  /** Fields of the body that are not documented, those of `properties` as `properties.name`. */
  readonly unknownFields: readonly string[];
}

/** A running fake of Tavus' REST API, for tests of server code. */
export interface FakeTavusApi {
  /** Give it as `baseUrl`: `http://127.0.0.1:<port>/v2`. */
  readonly url: string;
  readonly apiKey: string;
  /** Everything that was asked, in order. */
  readonly requests: readonly ApiRequest[];
  /** What exists now, by id: personas, which are also PALs, the stock ones too, in the words of both vocabularies. */
  readonly personas: ReadonlyMap<string, Readonly<Record<string, unknown>>>;
  /** By id; one that was deleted without `hard` stays here, but not in the API. */
  readonly conversations: ReadonlyMap<string, ApiConversation>;
  /** Answers the next request with this instead; several are used up in order. */
  failNext(status: number, body: object): void;
  /** Frees the port. */
  close(): Promise<void>;
}

/**
 * Starts it on a free port of this machine's loopback interface. Node only.
 *
 * @throws TypeError or RangeError for an option that does not exist or does not fit.
 */
export async function createFakeTavusApi(options: FakeTavusApiOptions = {}): Promise<FakeTavusApi> {
  checkOptions("option of createFakeTavusApi()", { apiKey: filledText, seed: finite, strict: flag }, options);
  const { apiKey = "test-key", seed = 1, strict = false } = options as FakeTavusApiOptions;
  const account = emptyAccount(new Random(seed), strict);
  const requests: ApiRequest[] = [];
  const failures: Failure[] = [];

  const server = createServer(async (request, response) => {
    const { method = "GET", headers } = request;
    const path = (request.url ?? "/").replace(/^\/v2(?=\/)/, "");
    const raw = await textOf(request);
    const { pathname, searchParams: query } = new URL(path, "http://fake");
    const unknownFields: string[] = [];
    let body: unknown;
    let status = 500;
    let reply: object | undefined;
    try {
      body = parse(raw);
      const failure = failures.shift();
      if (failure) throw failure;
      if (headers["x-api-key"] !== apiKey) throw unauthorized();
      const segments = pathname.split("/").filter(Boolean);
      const unknown = (names: string[]): void => void unknownFields.push(...names);
      [status, reply] = route({ method, segments, query, body, unknown }, account);
    } catch (error) {
      [status, reply] =
        error instanceof Failure ? [error.status, error.body] : [500, { error: `The fake itself failed: ${error}` }];
    }
    requests.push({ method, path, headers, body, status, unknownFields });
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
    get personas() {
      const inBoth = (persona: Persona): Record<string, unknown> =>
        Object.assign({}, ...Object.values(vocabularies).map((words) => showPersona(persona, words)));
      return new Map([...account.personas].map(([id, persona]) => [id, inBoth(persona)]));
    },
    conversations: account.conversations,
    failNext: (status, body) => void failures.push(new Failure(status, body)),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function textOf(request: AsyncIterable<Uint8Array>): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  for await (const chunk of request) text += decoder.decode(chunk, { stream: true });
  return text + decoder.decode();
}

function parse(raw: string): unknown {
  try {
    return raw === "" ? undefined : JSON.parse(raw);
  } catch {
    throw badRequest("Body is not JSON");
  }
}
