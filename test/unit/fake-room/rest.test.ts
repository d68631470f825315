import { afterAll, expect, test } from "vitest";
import { createFakeRoom } from "../../../src/fake-room/index.js";
import { createFakeTavusApi, type FakeTavusApiOptions } from "../../../src/fake-room/rest.js";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";

const api = await createFakeTavusApi();
const strict = await createFakeTavusApi({ strict: true });
afterAll(async () => {
  await api.close();
  await strict.close();
});

async function ask(method: string, path: string, body?: unknown, key: string = api.apiKey, to = api) {
  const response = await fetch(`${to.url}${path}`, {
    method,
    headers: { "content-type": "application/json", ...(key && { "x-api-key": key }) },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
}
const persona = async () =>
  (await ask("POST", "/personas", { persona_name: "echo", pipeline_mode: "echo" })).body.persona_id as string;

test("a persona is made, read and deleted", async () => {
  const made = await ask("POST", "/personas", { persona_name: "mine", pipeline_mode: "echo" });
  expect(made).toMatchObject({ status: 200, body: { persona_id: expect.stringMatching(/^p[0-9a-f]{11}$/) } });
  const path = `/personas/${made.body.persona_id}`;
  expect((await ask("GET", path)).body).toMatchObject({ data: [{ persona_name: "mine", pipeline_mode: "echo" }] });
  expect((await ask("DELETE", path)).status).toBe(204);
  expect(await ask("GET", path)).toEqual({ status: 400, body: { error: "Invalid persona_id" } });
});

test("a PAL is the same under the newer words, and needs a default face; either is found under the other's", async () => {
  const missing = await ask("POST", "/pals", { pal_name: "x", pipeline_mode: "echo" });
  expect(missing).toEqual({ status: 400, body: { error: "default_face_id is required" } });
  const { body } = await ask("POST", "/pals", { pal_name: "x", pipeline_mode: "echo", default_face_id: "r1" });
  expect(body).toEqual({
    pal_id: expect.stringMatching(/^p[0-9a-f]{11}$/),
    pal_name: "x",
    created_at: expect.any(String),
  });
  expect((await ask("GET", `/pals/${body.pal_id}`)).body.data).toMatchObject([
    { pal_id: body.pal_id, pal_name: "x", default_face_id: "r1" },
  ]);
  expect((await ask("GET", `/personas/${body.pal_id}`)).body.data).toMatchObject([
    { persona_id: body.pal_id, persona_name: "x", default_replica_id: "r1" },
  ]);
  // Its face stands in.
  const conversation = await ask("POST", "/conversations", { pal_id: body.pal_id });
  expect(conversation).toMatchObject({ status: 200, body: { pal_id: body.pal_id, face_id: "r1" } });
  expect(conversation.body).not.toHaveProperty("replica_id");
});

test("a list comes in pages, the stock echo personas are there, and its type can be asked for", async () => {
  for (let n = 0; n < 12; n++) await persona();
  const first = (await ask("GET", "/personas")).body;
  expect(first.data).toHaveLength(10);
  expect(first.total_count).toBeGreaterThan(13);
  expect((await ask("GET", "/personas?limit=100&page=1")).body.data).toHaveLength(first.total_count);
  const system = (await ask("GET", "/pals?pal_type=system")).body.data;
  expect(system.map(({ pal_id }: { pal_id: string }) => pal_id)).toEqual(["pipecat0", "pb87e71797da"]);
  expect(await ask("POST", "/conversations", { persona_id: "pipecat0", replica_id: "r1" })).toMatchObject({
    status: 200,
  });
  expect((await ask("GET", "/personas?limit=0")).status).toBe(400);
});

test("a conversation is made, read, ended and deleted; a soft deletion leaves it with the service", async () => {
  const persona_id = await persona();
  const open = await ask("POST", "/conversations", { replica_id: "r1", persona_id });
  expect(open.status).toBe(200);
  expect(open.body).toMatchObject({ status: "active", persona_id, replica_id: "r1" });
  expect(open.body.conversation_url).toBe(`https://tavus.daily.co/${open.body.conversation_id}`);
  expect(open.body).not.toHaveProperty("meeting_token");

  const id: string = open.body.conversation_id;
  const path = `/conversations/${id}`;
  expect((await ask("GET", `${path}?verbose=true`)).body).toMatchObject({ status: "active", events: [] });
  expect((await ask("GET", "/conversations?status=active")).body.data).toContainEqual(
    expect.objectContaining({ conversation_id: id }),
  );
  expect((await ask("POST", `${path}/end`)).status).toBe(200);
  expect((await ask("GET", path)).body.status).toBe("ended");
  expect((await ask("DELETE", `${path}?hard=maybe`)).status).toBe(400);
  expect((await ask("DELETE", path)).status).toBe(204);
  expect(await ask("GET", path)).toEqual({ status: 400, body: { error: "Invalid conversation_id" } });
  expect(api.conversations.has(id)).toBe(true);

  const other = (await ask("POST", "/conversations", { replica_id: "r1", persona_id })).body.conversation_id;
  expect((await ask("DELETE", `/conversations/${other}?hard=true`)).status).toBe(204);
  expect(api.conversations.has(other)).toBe(false);
});

test("both vocabularies at once: equal values are taken, different ones refused", async () => {
  const persona_id = await persona();
  const both = { persona_id, pal_id: persona_id, replica_id: "r1", face_id: "r1" };
  expect((await ask("POST", "/conversations", both)).body).toMatchObject(both);
  expect(await ask("POST", "/conversations", { ...both, face_id: "r2" })).toEqual({
    status: 400,
    body: { error: expect.stringContaining("face_id and replica_id differ") },
  });
});

test("test_mode makes a conversation that is ended", async () => {
  const { body } = await ask("POST", "/conversations", {
    replica_id: "r1",
    persona_id: await persona(),
    test_mode: true,
  });
  expect(body.status).toBe("ended");
  expect(api.conversations.get(body.conversation_id)).toMatchObject({ test_mode: true, status: "ended" });
});

test("top-level fields arrive and are kept; the greeting, the callback and the limit of participants among them", async () => {
  const fields = {
    max_participants: 2,
    callback_url: "https://app.example/hook",
    conversational_context: "a test",
    custom_greeting: "",
    enable_dynamic_greeting: false,
    audio_only: true,
    memory_stores: ["anna"],
    document_ids: ["d1"],
    document_tags: ["t"],
    document_retrieval_strategy: "speed",
  };
  const { body } = await ask("POST", "/conversations", { replica_id: "r1", persona_id: await persona(), ...fields });
  expect((await ask("GET", `/conversations/${body.conversation_id}?verbose=true`)).body).toMatchObject(fields);
  expect(api.requests.at(-2)!.unknownFields).toEqual([]);
});

test("require_auth, in either place, gives a token that lives as long as participant_absent_timeout, and opens the fake room", async () => {
  const base = { replica_id: "r1", persona_id: await persona() };
  const top = (await ask("POST", "/conversations", { ...base, require_auth: true })).body;
  const inside = await ask("POST", "/conversations", {
    ...base,
    properties: { require_auth: true, participant_absent_timeout: 20 },
  });
  const clock = new VirtualClock();
  const opens = async (made: { conversation_id: string; meeting_token: string }): Promise<string[]> => {
    const room = await createFakeRoom({ clock, requireAuth: true, conversationId: made.conversation_id });
    const types: string[] = [];
    const tryIt = (): void => {
      room.transport({ token: made.meeting_token }).subscribe((event) => {
        if (event.type === "joined" || event.type === "left")
          types.push("reason" in event ? `${event.reason}` : event.type);
      });
    };
    tryIt();
    await clock.advance(21);
    tryIt();
    await clock.advance(280);
    tryIt();
    return types;
  };
  expect(await opens(top)).toEqual(["joined", "joined", "exp-token"]);
  expect(await opens(inside.body)).toEqual(["joined", "exp-token", "exp-token"]);
});

test("a bad request is answered by 400 { error }, a bad key by 401 { message }, an unknown route by 404", async () => {
  for (const [path, body] of [
    ["/personas", { pipeline_mode: "loud" }],
    ["/personas", {}],
    ["/personas", "{"],
    ["/personas", []],
    ["/personas", { pipeline_mode: "echo", persona_name: 5 }],
    ["/conversations", {}],
    ["/conversations", { replica_id: "r1", persona_id: "p-none" }],
    ["/conversations", { replica_id: "r1", test_mode: "yes" }],
    ["/conversations", { replica_id: "r1", max_participants: 1 }],
    ["/conversations", { replica_id: "r1", memory_stores: "anna" }],
    ["/conversations", { replica_id: "r1", document_retrieval_strategy: "slow" }],
    ["/conversations", { replica_id: "r1", properties: { max_call_duration: 7200 } }],
    ["/conversations", { replica_id: "r1", properties: [] }],
  ] as const)
    expect(await ask("POST", path, body), JSON.stringify(body)).toEqual({
      status: 400,
      body: { error: expect.any(String) },
    });
  for (const key of ["wrong", ""])
    expect(await ask("GET", "/personas/p1", undefined, key)).toEqual({
      status: 401,
      body: { message: expect.any(String) },
    });
  expect((await ask("GET", "/replicas")).status).toBe(404);
  expect((await ask("PATCH", `/personas/${await persona()}`, [])).status).toBe(404);
});

test("fields that are not documented are named, and refused when it is strict", async () => {
  const body = { replica_id: "r1", maxParticipants: 2, properties: { maxCallDuration: 5 } };
  expect((await ask("POST", "/conversations", body)).status).toBe(200);
  expect(api.requests.at(-1)!.unknownFields).toEqual(["maxParticipants", "properties.maxCallDuration"]);
  expect(await ask("POST", "/conversations", body, strict.apiKey, strict)).toEqual({
    status: 400,
    body: { error: "Unknown field: maxParticipants, properties.maxCallDuration" },
  });
});

test("failNext answers once, and every request is kept", async () => {
  api.failNext(500, { error: "down" });
  expect(await ask("POST", "/personas", { pipeline_mode: "echo" })).toEqual({ status: 500, body: { error: "down" } });
  expect((await ask("POST", "/personas", { pipeline_mode: "echo" })).status).toBe(200);
  expect(api.requests.slice(-2).map(({ method, path, status }) => [method, path, status])).toEqual([
    ["POST", "/personas", 500],
    ["POST", "/personas", 200],
  ]);
});

test("its options are checked", async () => {
  await expect(createFakeTavusApi({ apikey: "x" } as FakeTavusApiOptions)).rejects.toThrow(/Did you mean "apiKey"/);
  await expect(createFakeTavusApi({ seed: Number.NaN })).rejects.toThrow(RangeError);
});
