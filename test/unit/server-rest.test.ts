import { inspect } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { createFakeTavusApi, type FakeTavusApi } from "../../src/fake-room/rest.js";
import { VirtualClock } from "../../src/flow/virtual-clock.js";
import {
  createEchoConversation,
  createEchoPal,
  createEchoPersona,
  deleteConversation,
  endConversation,
  getConversation,
  listConversations,
  listPersonas,
  ServiceError,
} from "../../src/server/index.js";

const key = "tvs_0123456789abcdef0123456789abcdef";
let api: FakeTavusApi;
beforeEach(async () => {
  api = await createFakeTavusApi({ apiKey: key, strict: true });
});
afterEach(() => api.close());

const account = () => ({ apiKey: key, baseUrl: api.url });
const errorOf = async (run: Promise<unknown>): Promise<ServiceError> => {
  const error = await run.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(ServiceError);
  return error as ServiceError;
};

test("an echo persona, a private conversation, its state, its end, and its end once more", async () => {
  const { personaId } = await createEchoPersona({ ...account(), name: "Mouth" });
  expect(api.personas.get(personaId)).toMatchObject({ persona_name: "Mouth", pipeline_mode: "echo" });
  const properties = { max_call_duration: 600, participant_left_timeout: 10, participant_absent_timeout: 60 };
  const conversation = await createEchoConversation({
    ...{ ...account(), replicaId: "r1", personaId, name: "Demo", requireAuth: true, testMode: true, properties },
  });
  const { conversationId } = conversation;
  expect(conversation).toEqual({
    conversationId,
    conversationUrl: `https://tavus.daily.co/${conversationId}`,
    meetingToken: expect.stringMatching(/\./),
  });
  expect(api.conversations.get(conversationId)).toMatchObject({ test_mode: true, properties, persona_id: personaId });
  expect(api.requests.at(-1)!.body).toMatchObject({ custom_greeting: "" });
  expect(await getConversation({ ...account(), conversationId })).toMatchObject({ conversationId, status: "ended" });
  await endConversation({ ...account(), conversationId });
  expect(await getConversation({ ...account(), conversationId, verbose: true })).toMatchObject({ status: "ended" });
  await endConversation({ ...account(), conversationId });
});

test("refusals of the API: a wrong key, an unknown persona, an impossible property, an unknown conversation", async () => {
  const wrong = await errorOf(createEchoPersona({ ...account(), apiKey: "tvs_wrong_wrong_wrong" }));
  expect([wrong.code, wrong.status]).toEqual(["unauthorized", 401]);
  const conversation = { ...account(), replicaId: "r1" };
  const persona = await errorOf(createEchoConversation({ ...conversation, personaId: "p0" }));
  expect([persona.code, persona.status, persona.message]).toEqual(["bad-request", 400, expect.stringContaining("p0")]);
  const long = await errorOf(createEchoConversation({ ...conversation, properties: { max_call_duration: 9999 } }));
  expect([long.code, long.message]).toEqual(["bad-request", expect.stringContaining("max_call_duration")]);
  // Documented: 400 { error: "Invalid conversation_id" }.
  expect((await errorOf(getConversation({ ...account(), conversationId: "c0" }))).status).toBe(400);
  expect((await errorOf(endConversation({ ...account(), conversationId: "c0" }))).status).toBe(400);
  expect(api.conversations.size).toBe(0);
});

test("every status, with the key in the answer: typed, repeated where safe, and without the key", async () => {
  const codes: [number, string, number][] = [
    ...([
      [400, "bad-request", 1],
      [401, "unauthorized", 1],
      [402, "forbidden", 1],
      [403, "forbidden", 1],
    ] as const),
    ...([
      [404, "not-found", 1],
      [429, "rate-limited", 3],
      [500, "server-error", 3],
      [503, "server-error", 3],
    ] as const),
  ].map(([status, code, attempts]) => [status, code, attempts]);
  for (const [status, code, attempts] of codes) {
    const before = api.requests.length;
    for (let n = 0; n < attempts; n++) api.failNext(status, { error: `no: ${key}`, message: key });
    const clock = new VirtualClock();
    let over = false;
    const asking = errorOf(getConversation({ ...account(), clock, conversationId: "c1" })).finally(() => {
      over = true;
    });
    // The request is real, the waits between are virtual.
    while (!over) await clock.advance(0.05).then(() => new Promise((resolve) => setTimeout(resolve, 1)));
    const error = await asking;
    expect([error.code, error.status, api.requests.length - before]).toEqual([code, status, attempts]);
    expect(`${inspect(error, { depth: 9, showHidden: true })}${JSON.stringify(error)}`).not.toContain(key);
  }
});

test("the key is in one header of each request, and nowhere else in it", async () => {
  const { personaId } = await createEchoPersona(account());
  const { conversationId } = await createEchoConversation({ ...account(), replicaId: "r1", personaId });
  await getConversation({ ...account(), conversationId });
  await endConversation({ ...account(), conversationId });
  expect(api.requests).toHaveLength(4);
  for (const { headers, path, body } of api.requests) {
    const { "x-api-key": sent, ...others } = headers;
    expect(sent).toBe(key);
    expect(JSON.stringify([others, path, body])).not.toContain(key);
  }
});

const layers = { tts: { tts_engine: "cartesia" }, perception: { perception_model: "off" } };
const everyField = {
  ...{ maxParticipants: 2, callbackUrl: "https://app.example/hook", conversationalContext: "A quiz.", audioOnly: true },
  ...{ memoryStores: ["m"], documentIds: ["d"], documentTags: ["t"], documentRetrievalStrategy: "balanced" },
  ...{ enableDynamicGreeting: false, name: "Quiz", requireAuth: true, customGreeting: "Hi!" },
  properties: {
    max_call_duration: 600,
    participant_left_timeout: 0,
    participant_absent_timeout: 60,
    language: "english",
  },
};

test.each(["older", "newer"])(
  "in the %s words, every request of every function is one that Tavus documents",
  async (words) => {
    const pipeline = { ...account(), name: "Mouth", layers, systemPrompt: "Be kind." };
    const ids =
      words === "older"
        ? { personaId: (await createEchoPersona({ ...pipeline, defaultReplicaId: "r1" })).personaId }
        : { palId: (await createEchoPal({ ...pipeline, defaultFaceId: "r1" })).palId };
    const made = await createEchoConversation({ ...account(), ...ids, ...everyField });
    const face = words === "older" ? { replicaId: "r2" } : { faceId: "r2" };
    await createEchoConversation({ ...account(), ...ids, ...face, fields: { test_mode: true } });
    expect(made.meetingToken).toBeDefined();
    const { conversationId } = made;
    expect(await listPersonas(account())).toContainEqual({
      personaId: Object.values(ids)[0],
      name: "Mouth",
      echo: true,
    });
    expect(await listPersonas(account())).toContainEqual({ personaId: "pipecat0", name: "pipecat0", echo: true });
    expect(await listConversations({ ...account(), status: "active" })).toEqual([
      { conversationId, name: "Quiz", status: "active" },
    ]);
    expect(await listConversations(account())).toHaveLength(2);
    await getConversation({ ...account(), conversationId, verbose: true });
    await endConversation({ ...account(), conversationId });
    await deleteConversation({ ...account(), conversationId });
    expect((await errorOf(getConversation({ ...account(), conversationId }))).code).toBe("bad-request");
    const refused = api.requests.slice(0, -1).filter(({ status }) => status >= 300);
    expect(refused).toEqual([]);
    expect(api.requests.flatMap(({ unknownFields }) => unknownFields)).toEqual([]);
    const spoken = JSON.stringify(api.requests.map(({ body }) => body));
    expect(spoken.includes("persona") || spoken.includes("replica")).toBe(words === "older");
    expect(spoken.includes("pal_") || spoken.includes("face_")).toBe(words === "newer");
  },
);
