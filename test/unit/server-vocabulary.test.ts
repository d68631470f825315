import { expect, test } from "vitest";
import {
  createEchoConversation,
  createEchoPal,
  createEchoPersona,
  deleteConversation,
  listPersonas,
} from "../../src/server/index.js";
import { scriptedFetch } from "../support/scripted-fetch.js";

const made = { conversation_id: "c1", conversation_url: "https://tavus.daily.co/c1", status: "active" };

test("a persona with layers, a prompt, a default replica and fields of its own", async () => {
  const { asked, options } = scriptedFetch({ persona_id: "p1" });
  const layers = { tts: { tts_engine: "cartesia", external_voice_id: "v" }, perception: { perception_model: "off" } };
  await createEchoPersona({
    ...{ ...options, name: "Mouth", layers, systemPrompt: "Be kind.", defaultReplicaId: "r1" },
    fields: { document_ids: ["d1"] },
  });
  expect(asked).toMatchObject([{ method: "POST", path: "/personas" }]);
  expect(asked[0]!.body).toEqual({
    ...{ persona_name: "Mouth", pipeline_mode: "echo", layers, system_prompt: "Be kind." },
    ...{ default_replica_id: "r1", document_ids: ["d1"] },
  });
});

test("a PAL is asked for in its own words alone, and needs a face", async () => {
  const { asked, options } = scriptedFetch({ pal_id: "p2", pal_name: "tavus-echo" });
  expect(await createEchoPal({ ...options, defaultFaceId: "r1", layers: {} })).toEqual({ palId: "p2" });
  expect(asked[0]).toMatchObject({
    path: "/pals",
    body: { pal_name: "tavus-echo", pipeline_mode: "echo", default_face_id: "r1", layers: {} },
  });
  await expect(createEchoPal(options as never)).rejects.toThrow(/defaultFaceId/);
  expect(asked).toHaveLength(1);
});

test.each([
  [
    { replicaId: "r1", personaId: "p1" },
    { replica_id: "r1", persona_id: "p1" },
  ],
  [
    { faceId: "r1", palId: "p1" },
    { face_id: "r1", pal_id: "p1" },
  ],
  [{ personaId: "p1" }, { persona_id: "p1" }],
  [{ palId: "p1" }, { pal_id: "p1" }],
  [{ fields: { pal_id: "p1", face_id: "r1" } }, { face_id: "r1", pal_id: "p1" }],
])("a conversation of %j", async (ids, body) => {
  const { asked, options } = scriptedFetch(made);
  await createEchoConversation({ ...options, ...ids });
  expect(asked[0]!.body).toEqual({ ...body, custom_greeting: "" });
});

test.each([
  [{ replicaId: "r1", palId: "p1" }, /replica_id.*pal_id|pal_id.*replica_id/],
  [{ faceId: "r1", personaId: "p1" }, /persona_id and face_id/],
  [{ replicaId: "r1", faceId: "r1" }, /replica_id and face_id/],
  [{ personaId: "p1", palId: "p1", replicaId: "r1" }, /persona_id and pal_id/],
  [{ replicaId: "r1", fields: { pal_id: "p1" } }, /two vocabularies/],
  [{}, /replicaId \(or faceId\)/],
  [{ personaId: "" }, /personaId/],
  [{ replicaId: "r1", replcaId: "r1" }, /no option replcaId/],
  [{ replicaId: "r1", fields: "max_participants" }, /fields must be an object/],
  [{ replicaId: "r1", maxParticipants: 2, fields: { max_participants: 3 } }, /max_participants is given twice/],
  [{ replicaId: "r1", fields: { self: 1n } }, /no JSON/],
])("refused before anything is sent: %o", async (mixture, words) => {
  const { asked, options } = scriptedFetch(made);
  const error = await createEchoConversation({ ...options, ...(mixture as object) }).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(TypeError);
  expect(String(error)).toMatch(words);
  expect(asked).toHaveLength(0);
});

test("an echo persona stays one, in one vocabulary", async () => {
  const { asked, options } = scriptedFetch({ persona_id: "p1" });
  for (const fields of [{ pipeline_mode: "full" }, { default_face_id: "r1" }])
    await expect(createEchoPersona({ ...options, fields })).rejects.toThrow(TypeError);
  expect(asked).toHaveLength(0);
});

test("every documented field of a conversation arrives, as an option or among the fields", async () => {
  const fields = {
    ...{ max_participants: 2, callback_url: "https://app.example/hook", conversational_context: "A quiz." },
    ...{ custom_greeting: "Hi!", audio_only: true, memory_stores: ["m"], document_ids: ["d"], document_tags: ["t"] },
    ...{ document_retrieval_strategy: "speed", enable_dynamic_greeting: false, meeting_url: "https://new.example" },
  };
  const { asked, options } = scriptedFetch(made);
  await createEchoConversation({ ...options, replicaId: "r1", fields });
  expect(asked[0]!.body).toEqual({ replica_id: "r1", ...fields });

  await createEchoConversation({
    ...{ ...options, replicaId: "r1", maxParticipants: 2, callbackUrl: "https://app.example/hook", audioOnly: true },
    ...{ conversationalContext: "A quiz.", customGreeting: "Hi!", memoryStores: ["m"], documentIds: ["d"] },
    ...{ documentTags: ["t"], documentRetrievalStrategy: "speed", enableDynamicGreeting: false },
    fields: { meeting_url: "https://new.example" },
  });
  expect(asked[1]!.body).toEqual(asked[0]!.body);
});

test.each([
  ["the option", { requireAuth: true }],
  ["the properties", { properties: { require_auth: true } }],
  ["the fields", { fields: { require_auth: true } }],
  ["nobody", {}],
])("a token comes through when %s asked for it; where one was asked for, its absence is an error", async (who, ask) => {
  const withToken = scriptedFetch({ ...made, meeting_token: "t.o.k" });
  const conversation = await createEchoConversation({ ...withToken.options, replicaId: "r1", ...ask });
  expect(conversation.meetingToken).toBe("t.o.k");
  const without = createEchoConversation({ ...scriptedFetch(made).options, replicaId: "r1", ...ask });
  if (who === "nobody") expect(await without).not.toHaveProperty("meetingToken");
  else await expect(without).rejects.toThrow(/c1, which goes on: end it: the answer has no meeting_token/);
});

test("deleting: the id encoded, hard on demand, again after a lost answer, and gone then is done", async () => {
  const { asked, clock, options } = scriptedFetch(
    [204, null],
    [503, {}],
    [400, { error: "Invalid conversation_id" }],
    [400, {}],
  );
  await deleteConversation({ ...options, conversationId: "c/1" });
  const again = deleteConversation({ ...options, conversationId: "c2", hard: true });
  await clock.advance(10);
  await again;
  expect(asked.map(({ method, path }) => `${method} ${path}`)).toEqual([
    "DELETE /conversations/c%2F1",
    "DELETE /conversations/c2?hard=true",
    "DELETE /conversations/c2?hard=true",
  ]);
  await expect(deleteConversation({ ...options, conversationId: "c3" })).rejects.toThrow(/400/);
});

const page = (from: number, to: number, of: number) => ({
  data: Array.from({ length: to - from }, (_, n) => ({
    persona_id: `p${from + n}`,
    persona_name: `Persona ${from + n}`,
    pipeline_mode: (from + n) % 2 ? "echo" : "full",
  })),
  total_count: of,
});

test("all pages of personas are read, however many each holds, and no more", async () => {
  const { asked, options } = scriptedFetch(page(0, 10, 25), page(10, 20, 25), page(20, 25, 25));
  const personas = await listPersonas(options);
  expect(personas).toHaveLength(25);
  expect(personas[1]).toEqual({ personaId: "p1", name: "Persona 1", echo: true });
  expect(personas.filter(({ echo }) => echo)).toHaveLength(12);
  expect(asked.map(({ path }) => path.replace(/limit=\d+&/, ""))).toEqual([1, 2, 3].map((n) => `/personas?page=${n}`));
  // A server that knows no pages sends the first again and again.
  const same = scriptedFetch({ data: page(0, 3, 0).data });
  expect(await listPersonas(same.options)).toHaveLength(3);
  expect(same.asked).toHaveLength(2);
  expect(await listPersonas(scriptedFetch({ data: [] }).options)).toEqual([]);
});

test("in the newer words; where the list leaves the pipeline out, a stock persona is known and any other is looked up", async () => {
  const { asked, options } = scriptedFetch(
    {
      data: [{ pal_id: "pipecat0", pal_name: "Pipecat" }, { pal_id: "p7" }, { persona_id: "p8" }, null, {}],
      total_count: 3,
    },
    { data: [{ pal_id: "p7", pipeline_mode: "echo" }] },
    { persona_id: "p8", pipeline_mode: "full" },
  );
  expect(await listPersonas(options)).toEqual([
    { personaId: "pipecat0", name: "Pipecat", echo: true },
    { personaId: "p7", name: "", echo: true },
    { personaId: "p8", name: "", echo: false },
  ]);
  expect(asked.slice(1).map(({ path }) => path)).toEqual(["/personas/p7", "/personas/p8"]);
});

test.each([
  { timeoutSeconds: 0 },
  { timeoutSeconds: Number.NaN },
  { timeoutSeconds: Number.POSITIVE_INFINITY },
  { retries: -1 },
  { retries: 0.5 },
])("%o is refused", async (setting) => {
  const { asked, options } = scriptedFetch(made);
  await expect(createEchoConversation({ ...options, replicaId: "r1", ...setting })).rejects.toThrow(RangeError);
  expect(asked).toHaveLength(0);
});

test("an AbortController in the place of its signal is refused, and nothing is sent", async () => {
  const { asked, options } = scriptedFetch({ persona_id: "p1" });
  const signal = new AbortController() as unknown as AbortSignal;
  await expect(createEchoPersona({ ...options, signal })).rejects.toThrow(/AbortSignal/);
  expect(asked).toHaveLength(0);
});
