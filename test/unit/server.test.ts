import { createServer, type IncomingMessage } from "node:http";
import type { AddressInfo } from "node:net";
import { inspect } from "node:util";
import { afterEach, describe, expect, test, vi } from "vitest";
import { VirtualClock } from "../../src/flow/virtual-clock.js";
import {
  createEchoConversation,
  createEchoPersona,
  createRealtimeSecret,
  endConversation,
  getConversation,
  ServiceError,
} from "../../src/server/index.js";

const key = "tvs_4c1f9e/+TOP+secret==";

/** One scripted answer: a response, an error to throw, or silence until aborted. */
type Answer = (() => Response) | Error | "silence";
const json = (status: number, body: unknown, headers: Record<string, string> = {}) => {
  return () => new Response(typeof body === "string" ? body : JSON.stringify(body), { status, headers });
};
const persona = json(200, { persona_id: "p1" });

/** A fetch that gives one answer after the other, the last one again and again; keeps what it was asked. */
function scripted(...answers: Answer[]) {
  const asked: { url: string; init: RequestInit; body: unknown; at: number }[] = [];
  const clock = new VirtualClock();
  const call = async (url: string | URL | Request, init: RequestInit = {}): Promise<Response> => {
    const answer = answers[Math.min(asked.length, answers.length - 1)]!;
    asked.push({
      url: String(url),
      init,
      body: init.body ? JSON.parse(String(init.body)) : undefined,
      at: clock.now(),
    });
    if (answer === "silence")
      return new Promise((_, reject) => {
        init.signal?.addEventListener("abort", () => reject(new DOMException("aborted", "AbortError")));
      });
    if (answer instanceof Error) throw answer;
    return answer();
  };
  return { asked, clock, options: { apiKey: key, fetch: call as typeof fetch, clock } };
}

/** The error that `run` rejects with, while as much virtual time passes as it wants. */
async function failure(run: Promise<unknown>, clock?: VirtualClock): Promise<ServiceError> {
  const settled = run.then(
    () => undefined,
    (error: unknown) => error,
  );
  await clock?.advance(300);
  const error = await settled;
  expect(error).toBeInstanceOf(ServiceError);
  return error as ServiceError;
}

/** Everything that a log could print of an error. */
function everythingOf(error: unknown): string {
  const texts: string[] = [inspect(error, { depth: 12, showHidden: true, getters: true }), JSON.stringify(error) ?? ""];
  for (let at: unknown = error; at instanceof Error; at = at.cause) texts.push(at.message, at.stack ?? "", String(at));
  return texts.join("\n");
}

afterEach(() => vi.unstubAllEnvs());

describe("requests", () => {
  test("a persona of the echo pipeline", async () => {
    const { asked, options } = scripted(persona);
    expect(await createEchoPersona({ ...options, name: "Mouth" })).toEqual({ personaId: "p1" });
    expect(asked).toHaveLength(1);
    expect(asked[0]!.url).toBe("https://tavusapi.com/v2/personas");
    expect(asked[0]!.init.method).toBe("POST");
    expect(new Headers(asked[0]!.init.headers).get("x-api-key")).toBe(key);
    expect(asked[0]!.body).toEqual({ persona_name: "Mouth", pipeline_mode: "echo" });
  });

  test("a private conversation with timeouts, without a greeting", async () => {
    const made = { conversation_id: "c1", conversation_url: "https://tavus.daily.co/c1", status: "active" };
    const { asked, options } = scripted(json(200, { ...made, meeting_token: "t.o.k" }));
    const properties = { max_call_duration: 600, participant_left_timeout: 10 };
    const conversation = await createEchoConversation({
      ...options,
      ...{ replicaId: "r1", personaId: "p1", name: "Demo", requireAuth: true, testMode: true, properties },
    });
    expect(conversation).toEqual({
      conversationId: "c1",
      conversationUrl: "https://tavus.daily.co/c1",
      meetingToken: "t.o.k",
    });
    expect(asked[0]!.body).toEqual({
      ...{ replica_id: "r1", persona_id: "p1", conversation_name: "Demo", custom_greeting: "" },
      ...{ require_auth: true, test_mode: true, properties },
    });
  });

  test("what is not given is not sent, and a token that came unasked is passed on", async () => {
    const { asked, options } = scripted(
      json(200, { conversation_id: "c1", conversation_url: "u", meeting_token: "t" }),
    );
    const conversation = await createEchoConversation({ ...options, replicaId: "r1" });
    expect(conversation).toEqual({ conversationId: "c1", conversationUrl: "u", meetingToken: "t" });
    expect(asked[0]!.body).toEqual({ replica_id: "r1", custom_greeting: "" });
  });

  test("get and end encode the id; an empty answer to end is fine", async () => {
    const { asked, options } = scripted(
      json(200, { conversation_id: "c/1", status: "active", events: [{ event_type: "x" }] }),
      json(200, ""),
    );
    const found = await getConversation({ ...options, conversationId: "c/1", verbose: true });
    expect(found).toEqual({ conversationId: "c/1", status: "active", events: [{ event_type: "x" }] });
    await endConversation({ ...options, conversationId: "c/1" });
    expect(asked.map(({ url, init }) => `${init.method} ${new URL(url).pathname}${new URL(url).search}`)).toEqual([
      "GET /v2/conversations/c%2F1?verbose=true",
      "POST /v2/conversations/c%2F1/end",
    ]);
  });

  test("a realtime secret", async () => {
    const { asked, options } = scripted(json(200, { value: "ek_1", expires_at: 1_790_000_000, session: {} }));
    const session = { instructions: "Be kind.", audio: { output: { voice: "marin" } } };
    expect(await createRealtimeSecret({ ...options, session, expiresAfterSeconds: 60 })).toEqual({
      value: "ek_1",
      expiresAt: 1_790_000_000,
    });
    expect(asked[0]!.url).toBe("https://api.openai.com/v1/realtime/client_secrets");
    expect(new Headers(asked[0]!.init.headers).get("authorization")).toBe(`Bearer ${key}`);
    expect(asked[0]!.body).toEqual({
      session: { type: "realtime", model: "gpt-realtime-2.1", ...session },
      expires_after: { anchor: "created_at", seconds: 60 },
    });
    await expect(createRealtimeSecret({ ...options, expiresAfterSeconds: 1 })).rejects.toThrow(RangeError);
  });

  test("the key comes from the environment, white space around it dropped; without one the error says which variable", async () => {
    const { asked, options } = scripted(persona);
    const { apiKey: _, ...rest } = options;
    vi.stubEnv("TAVUS_API_KEY", "");
    const missing = await failure(createEchoPersona(rest));
    expect([missing.code, missing.message]).toEqual(["key-missing", expect.stringContaining("TAVUS_API_KEY")]);
    expect((await failure(createRealtimeSecret({ ...rest, apiKey: " " }))).message).toContain("OPENAI_API_KEY");
    vi.stubEnv("TAVUS_API_KEY", ` ${key}\n`);
    await createEchoPersona(rest);
    expect(new Headers(asked[0]!.init.headers).get("x-api-key")).toBe(key);
  });

  test("a base of one's own: https, or http to this machine, nothing else", async () => {
    const { asked, options } = scripted(persona);
    for (const baseUrl of [
      "http://localhost:1/v2/",
      new URL("http://127.0.0.1:2"),
      "http://[::1]:3",
      "https://eu.example/x",
    ])
      await createEchoPersona({ ...options, baseUrl });
    expect(asked.map(({ url }) => url)).toEqual([
      "http://localhost:1/v2/personas",
      "http://127.0.0.1:2/personas",
      "http://[::1]:3/personas",
      "https://eu.example/x/personas",
    ]);
    for (const baseUrl of ["http://example.com", "nonsense", "https://u:hunter2@example.com", "ftp://localhost"]) {
      const error = await createEchoPersona({ ...options, baseUrl }).catch((error: unknown) => error);
      expect(error).toBeInstanceOf(TypeError);
      expect(everythingOf(error)).not.toContain("hunter2");
    }
    expect(asked).toHaveLength(4);
  });

  test.each(["", " ", ".", "..", undefined])("an id of %j is refused before anything is sent", async (id) => {
    const { asked, options } = scripted(persona);
    await expect(endConversation({ ...options, conversationId: id as string })).rejects.toThrow(TypeError);
    await expect(createEchoConversation({ ...options, replicaId: id as string })).rejects.toThrow(TypeError);
    expect(asked).toHaveLength(0);
  });

  test("in a page the key is not even looked at", async () => {
    vi.stubGlobal("window", {});
    vi.stubGlobal("document", {});
    const { asked, options } = scripted(persona);
    expect((await failure(createEchoPersona(options))).code).toBe("in-browser");
    expect(asked).toHaveLength(0);
    vi.unstubAllGlobals();
  });
});

describe("errors are typed", () => {
  test.each([
    [400, { error: "Invalid replica_id" }, "bad-request", "Invalid replica_id"],
    [401, { message: "Invalid access token" }, "unauthorized", "Invalid access token"],
    [402, { message: "out of credit" }, "forbidden", "out of credit"],
    [403, { message: "no" }, "forbidden", "no"],
    [404, { message: "none" }, "not-found", "none"],
    [422, { error: { message: "nested", code: "x" } }, "bad-request", "nested"],
    [429, { error: "slow down" }, "rate-limited", "slow down"],
    [500, "<html>oops</html>", "server-error", "status 500"],
    [503, "", "server-error", "status 503"],
    [302, "", "bad-response", "status 302"],
    [200, "<html>a proxy's page</html>", "bad-response", "not a JSON object"],
    [200, '{"persona_id": "p', "bad-response", "not a JSON object"],
    [200, "[]", "bad-response", "not a JSON object"],
    [200, "null", "bad-response", "not a JSON object"],
    [200, {}, "bad-response", "persona_id"],
    [200, { persona_id: 7 }, "bad-response", "persona_id"],
  ])("%i %j is %s", async (status, body, code, words) => {
    const { clock, options } = scripted(json(status, body));
    const error = await failure(createEchoPersona(options), clock);
    expect([error.code, error.message]).toEqual([code, expect.stringContaining(words)]);
    expect(error.message).toContain("POST /personas");
    expect(error.remedy.length).toBeGreaterThan(20);
    if (status !== 200) expect(error.status).toBe(status);
  });

  test("a conversation that was made but cannot be joined is named, so that it can be ended", async () => {
    const { options } = scripted(json(200, { conversation_id: "c9", conversation_url: "u" }));
    const error = await failure(createEchoConversation({ ...options, replicaId: "r", requireAuth: true }));
    expect([error.code, error.message]).toEqual(["bad-response", expect.stringMatching(/c9.*end it.*meeting_token/)]);
  });

  test("a secret without value or expiry is no secret", async () => {
    for (const body of [{ value: "ek" }, { expires_at: 1 }, { value: "", expires_at: 1 }])
      expect((await failure(createRealtimeSecret(scripted(json(200, body)).options))).code).toBe("bad-response");
  });

  test("silence times out, with as many attempts as are safe", async () => {
    for (const [run, attempts] of [
      [(options: object) => createEchoPersona(options), 1],
      [(options: object) => getConversation({ ...options, conversationId: "c" }), 3],
    ] as const) {
      const { asked, clock, options } = scripted("silence");
      const error = await failure(run({ ...options, timeoutSeconds: 8 }), clock);
      expect([error.code, asked.length]).toEqual(["timeout", attempts]);
      expect((asked[0]!.init.signal as AbortSignal).aborted).toBe(true);
    }
  });

  test("the caller's signal aborts the request and the wait before a repetition, with its own reason", async () => {
    const reason = new Error("changed my mind");
    const stop = new AbortController();
    const silent = scripted("silence");
    const waiting = getConversation({ ...silent.options, conversationId: "c", signal: stop.signal });
    await silent.clock.advance(1);
    stop.abort(reason);
    await expect(waiting).rejects.toBe(reason);

    const again = new AbortController();
    const failing = scripted(json(503, "", { "retry-after": "20" }));
    const sleeping = getConversation({ ...failing.options, conversationId: "c", signal: again.signal });
    await failing.clock.advance(1);
    again.abort(reason);
    await expect(sleeping).rejects.toBe(reason);
    expect(failing.asked).toHaveLength(1);
    await expect(createEchoPersona({ ...failing.options, signal: again.signal })).rejects.toBe(reason);
    expect(failing.asked).toHaveLength(1);
  });
});

describe("repeating", () => {
  const network = (code: string) => new TypeError("fetch failed", { cause: Object.assign(new Error("x"), { code }) });
  const made = json(200, { conversation_id: "c", conversation_url: "u", status: "active" });
  const operations = {
    persona: (o: object) => createEchoPersona(o),
    conversation: (o: object) => createEchoConversation({ ...o, replicaId: "r" }),
    get: (o: object) => getConversation({ ...o, conversationId: "c" }),
    end: (o: object) => endConversation({ ...o, conversationId: "c" }),
    secret: (o: object) => createRealtimeSecret(o),
  };
  const creates = ["persona", "conversation"] as const;
  const repeatable = ["get", "end", "secret"] as const;

  test.each(creates)("%s: never again after an answer or a loss that may hide a success", async (name) => {
    for (const answer of [json(500, ""), json(503, ""), json(400, {}), network("ECONNRESET"), "silence" as const]) {
      const { asked, clock, options } = scripted(answer);
      await failure(operations[name](options), clock);
      expect(asked).toHaveLength(1);
    }
  });

  test.each(Object.keys(operations) as (keyof typeof operations)[])(
    "%s: again after 429 and when no connection was made",
    async (name) => {
      const refused = new AggregateError(
        [
          Object.assign(new Error("v6"), { code: "ECONNREFUSED" }),
          Object.assign(new Error("v4"), { code: "ECONNREFUSED" }),
        ],
        "",
      );
      for (const answer of [
        json(429, {}),
        network("ECONNREFUSED"),
        new TypeError("fetch failed", { cause: refused }),
      ]) {
        const { asked, clock, options } = scripted(answer);
        await failure(operations[name](options), clock);
        expect(asked).toHaveLength(3);
      }
    },
  );

  test.each(repeatable)("%s: again after 5xx, timeout and a lost connection, at growing distance", async (name) => {
    for (const answer of [json(500, ""), network("ECONNRESET"), "silence" as const]) {
      const { asked, clock, options } = scripted(answer);
      await failure(operations[name]({ ...options, timeoutSeconds: 1 }), clock);
      const [first, second] = [asked[1]!.at - asked[0]!.at, asked[2]!.at - asked[1]!.at].map(
        (gap) => gap - (answer === "silence" ? 1 : 0),
      ) as [number, number];
      expect(asked).toHaveLength(3);
      expect(first).toBeGreaterThanOrEqual(0.25);
      expect(first).toBeLessThanOrEqual(0.5);
      expect(second).toBeGreaterThanOrEqual(0.5);
      expect(second).toBeLessThanOrEqual(1);
    }
  });

  test.each(repeatable)("%s: not after what would fail again", async (name) => {
    for (const status of [400, 401, 403, 404]) {
      const { asked, clock, options } = scripted(json(status, {}));
      const error = await failure(operations[name](options), clock);
      expect(error.status).toBe(status);
      expect(asked.filter(({ init, url }) => init.method === "POST" || !url.includes("/end"))).toHaveLength(
        name === "end" && status === 400 ? 2 : 1,
      );
    }
  });

  test("Retry-After is waited for, in seconds and as a date; longer than 30 s is the caller's to wait", async () => {
    const later = scripted(json(429, {}, { "retry-after": "7" }), made);
    const waiting = operations.conversation(later.options);
    await later.clock.advance(60);
    await waiting;
    expect(later.asked.map(({ at }) => at)).toEqual([0, 7]);

    const date = scripted(json(429, {}, { "retry-after": new Date(Date.now() + 10_000).toUTCString() }), made);
    const dated = operations.get(date.options);
    await date.clock.advance(60);
    await dated;
    expect(date.asked[1]!.at).toBeGreaterThan(7);
    expect(date.asked[1]!.at).toBeLessThanOrEqual(10);

    const long = scripted(json(429, {}, { "retry-after": "120" }));
    const error = await failure(operations.get(long.options), long.clock);
    expect([error.code, error.retryAfterSeconds, long.asked.length]).toEqual(["rate-limited", 120, 1]);
  });

  test("retries: 0 asks once", async () => {
    const { asked, clock, options } = scripted(json(500, ""));
    await failure(operations.get({ ...options, retries: 0 }), clock);
    expect(asked).toHaveLength(1);
  });

  test("ending twice is no error: a refusal is checked against the conversation's state", async () => {
    const ended = scripted(json(400, { error: "already" }), json(200, { conversation_id: "c", status: "ended" }));
    await operations.end(ended.options);
    const active = scripted(json(400, { error: "bad" }), json(200, { conversation_id: "c", status: "active" }));
    expect((await failure(operations.end(active.options))).message).toContain("bad");
  });
});

describe("the key stays where it is", () => {
  test("in no error, whatever the network library or the service does with it", async () => {
    const leaky = Object.assign(new TypeError(`cannot send x-api-key: ${key}`), {
      request: { headers: { "x-api-key": key } },
      cause: Object.assign(new Error(`Bearer ${key}`), { code: "EWHAT", options: { key } }),
    });
    const echoing = { error: `Incorrect API key provided: ${key} (${encodeURIComponent(key)}, ${btoa(key)})` };
    const answers: Answer[] = [leaky, json(400, echoing), json(401, { message: `${key}` }), json(500, `${key}`)];
    answers.push(json(200, `<html>${key}`), json(200, { key }), "silence", json(429, echoing));
    for (const answer of answers)
      for (const run of [createEchoPersona, createRealtimeSecret]) {
        const { clock, options } = scripted(answer);
        const text = everythingOf(await failure(run(options), clock));
        for (const form of [key, encodeURIComponent(key), btoa(key)]) expect(text).not.toContain(form);
      }
    const { clock, options } = scripted(json(404, {}));
    const text = everythingOf(await failure(getConversation({ ...options, conversationId: key }), clock));
    expect(text).not.toContain(encodeURIComponent(key));
  });

  test("a key that no header can carry is refused without being quoted", async () => {
    // The platform's own error would quote it.
    expect(() => new Headers({ "x-api-key": "two\nlines" })).toThrow("two\nlines");
    const error = await failure(createEchoPersona({ apiKey: "two\nlines" }));
    expect([error.code, everythingOf(error)]).toEqual(["key-malformed", expect.not.stringContaining("lines\n")]);
    expect(everythingOf(error)).not.toMatch(/two\s+lines/);
  });

  test("on no console and in no stream, success or failure", async () => {
    const written: string[] = [];
    const keep = (chunk: unknown): boolean => written.push(String(chunk)) > 0;
    const spies = [
      vi.spyOn(process.stdout, "write").mockImplementation(keep),
      vi.spyOn(process.stderr, "write").mockImplementation(keep),
      ...(["log", "warn", "error", "info", "debug"] as const).map((name) =>
        vi.spyOn(console, name).mockImplementation((...args) => void keep(inspect(args))),
      ),
    ];
    try {
      await createEchoPersona(scripted(persona).options);
      const { clock, options } = scripted(json(500, key));
      await failure(getConversation({ ...options, conversationId: "c" }), clock);
    } finally {
      for (const spy of spies) spy.mockRestore();
    }
    expect(written).toEqual([]);
  });

  test("on a real connection: only in its header, and no redirect takes it elsewhere", async () => {
    const seen: { path: string; request: IncomingMessage; body: string }[] = [];
    const listen = async (status: number, headers: Record<string, string>, body: string) => {
      const server = createServer((request, response) => {
        let text = "";
        request.on("data", (data) => (text += data));
        request.on("end", () => {
          seen.push({ path: request.url ?? "", request, body: text });
          response.writeHead(status, headers).end(body);
        });
      });
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return { server, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
    };
    const elsewhere = await listen(200, {}, '{"persona_id":"stolen"}');
    const redirecting = await listen(307, { location: `${elsewhere.url}/v2/personas` }, "");
    const good = await listen(200, { "content-type": "application/json" }, '{"persona_id":"p"}');
    try {
      expect(await createEchoPersona({ apiKey: key, baseUrl: `${good.url}/v2` })).toEqual({ personaId: "p" });
      expect(seen[0]!.request.headers["x-api-key"]).toBe(key);
      expect(`${seen[0]!.path}${seen[0]!.body}`).not.toContain(key);
      const error = await failure(createEchoPersona({ apiKey: key, baseUrl: `${redirecting.url}/v2` }));
      expect([error.code, error.status, seen.length]).toEqual(["bad-response", 307, 2]);
    } finally {
      for (const { server } of [elsewhere, redirecting, good]) server.close();
    }
    const closed = await listen(200, {}, "");
    await new Promise((resolve) => closed.server.close(resolve));
    const refused = await failure(createEchoPersona({ apiKey: key, baseUrl: closed.url, retries: 0 }));
    expect(refused.code).toBe("unreachable");
    expect(everythingOf(refused)).toContain("ECONNREFUSED");
  });
});
