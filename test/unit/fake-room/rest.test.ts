import { afterAll, expect, test } from "vitest";
import { createFakeTavusApi } from "../../../src/fake-room/rest.js";

const api = await createFakeTavusApi();
afterAll(() => api.close());

const ask = async (method: string, path: string, body?: unknown, key: string | undefined = api.apiKey) => {
  const response = await fetch(`${api.url}${path}`, {
    method,
    headers: { "content-type": "application/json", ...(key !== undefined && { "x-api-key": key }) },
    ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
};
const persona = async () =>
  (await ask("POST", "/personas", { persona_name: "echo", pipeline_mode: "echo" })).body.persona_id as string;

test("a persona is made, read and deleted", async () => {
  const made = await ask("POST", "/personas", { persona_name: "mine", pipeline_mode: "echo" });
  expect(made).toMatchObject({ status: 200, body: { persona_id: expect.stringMatching(/^p[0-9a-f]{11}$/) } });
  const path = `/personas/${made.body.persona_id}`;
  expect((await ask("GET", path)).body).toMatchObject({ persona_name: "mine", pipeline_mode: "echo" });
  expect((await ask("DELETE", path)).status).toBe(204);
  expect((await ask("GET", path)).status).toBe(404);
});

test("a conversation is made, read, ended and deleted; the token comes with require_auth only", async () => {
  const persona_id = await persona();
  const open = await ask("POST", "/conversations", { replica_id: "r1", persona_id });
  expect(open.status).toBe(200);
  expect(open.body).toMatchObject({ status: "active", persona_id, replica_id: "r1" });
  expect(open.body.conversation_url).toBe(`https://tavus.daily.co/${open.body.conversation_id}`);
  expect(open.body).not.toHaveProperty("meeting_token");
  const closed = await ask("POST", "/conversations", { replica_id: "r1", persona_id, require_auth: true });
  expect(closed.body.meeting_token).toMatch(/^[0-9a-f]+\.[0-9a-f]+$/);

  const path = `/conversations/${open.body.conversation_id}`;
  expect((await ask("GET", `${path}?verbose=true`)).body).toMatchObject({ status: "active", events: [] });
  expect((await ask("POST", `${path}/end`)).status).toBe(200);
  expect((await ask("GET", path)).body.status).toBe("ended");
  expect((await ask("DELETE", path)).status).toBe(204);
  expect((await ask("GET", path)).status).toBe(404);
});

test("test_mode makes a conversation too", async () => {
  const { body } = await ask("POST", "/conversations", {
    replica_id: "r1",
    persona_id: await persona(),
    test_mode: true,
  });
  expect(api.conversations.get(body.conversation_id)).toMatchObject({ test_mode: true });
});

test("a bad request is answered by 400 { error }, a bad key by 401 { message }", async () => {
  for (const [path, body] of [
    ["/personas", { pipeline_mode: "loud" }],
    ["/personas", "{"],
    ["/personas", []],
    ["/conversations", {}],
    ["/conversations", { replica_id: "r1", persona_id: "p-none" }],
    ["/conversations", { replica_id: "r1", test_mode: "yes" }],
    ["/conversations", { replica_id: "r1", properties: { max_call_duration: 7200 } }],
  ] as const)
    expect(await ask("POST", path, body)).toEqual({ status: 400, body: { error: expect.any(String) } });
  for (const key of ["wrong", ""])
    expect(await ask("GET", "/personas/p1", undefined, key)).toEqual({
      status: 401,
      body: { message: expect.any(String) },
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
