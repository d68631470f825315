import { afterEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import { decode, encode } from "../../support/services/encoding.js";
import { firstDifference } from "../../support/services/first-difference.js";
import { RawClient } from "../../support/services/raw-client.js";
import { type RealtimeOptions, RealtimeService } from "../../support/services/realtime/realtime-service.js";
import { speech } from "../../support/services/speech.js";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

type Dialect = "openAi" | "xai";
const protocolsOf = (dialect: Dialect, secret: string): string[] =>
  dialect === "xai" ? [`xai-client-secret.${secret}`] : ["realtime", `openai-insecure-api-key.${secret}`];

async function start(dialect: Dialect, options: RealtimeOptions = {}) {
  const clock = new VirtualClock();
  const service = await RealtimeService[dialect]({ clock, ...options });
  open.push(service);
  const connect = async (secret = service.secret()): Promise<RawClient> => {
    const client = await RawClient.connect(service.url, protocolsOf(dialect, secret));
    open.push({ close: () => client.drop() });
    return client;
  };
  const client = await connect();
  await client.type("session.created");
  return { clock, service, client, connect };
}

/** What a client heard: base64 deltas joined, decoded. */
function heard(client: RawClient, encoding: "s16le" | "mulaw" | "alaw" = "s16le"): Int16Array {
  const deltas = client.all("response.output_audio.delta").map(({ delta }) => Buffer.from(String(delta), "base64"));
  return decode(Buffer.concat(deltas), encoding);
}

const append = (samples: Int16Array, encoding: "s16le" | "mulaw" = "s16le") => ({
  type: "input_audio_buffer.append",
  audio: encode(samples, encoding).toString("base64"),
});

describe("secrets", () => {
  test.each(["openAi", "xai"] as const)("%s: the subprotocol that is agreed on", async (dialect) => {
    const { client, service } = await start(dialect);
    const offered = service.session.connection.handshake.protocols;
    expect(client.protocol).toBe(dialect === "xai" ? offered[0] : "realtime");
  });

  test("OpenAI: a connection with a wrong secret gets an error and is closed with 3000; no text contains the secret", async () => {
    const { service, clock } = await start("openAi");
    const secrets = ["ek_wrong", service.secret({ expiresIn: 10 }), service.secret({ uses: 0 })];
    await clock.advance(11);
    for (const secret of secrets) {
      const client = await RawClient.connect(service.url, protocolsOf("openAi", secret));
      const { code, reason } = await client.closed;
      expect(code).toBe(3000);
      expect(client.messages).toMatchObject([{ type: "error", error: { type: "invalid_request_error" } }]);
      expect(JSON.stringify(client.messages) + reason).not.toContain(secret);
    }
    expect(service.refused.map(({ reason }) => reason)).toEqual([
      "invalid_api_key",
      "client_secret_expired",
      "invalid_api_key",
    ]);
  });

  test("OpenAI: the retired interface is closed with 4000, as is an address without a model", async () => {
    const { service } = await start("openAi");
    const retired = await RawClient.connect(service.url, [
      ...protocolsOf("openAi", service.secret()),
      "openai-beta.realtime-v1",
    ]);
    expect(await retired.closed).toEqual({ code: 4000, reason: "invalid_request_error.beta_api_shape_disabled" });
    const bare = await RawClient.connect(service.url.split("?")[0], protocolsOf("openAi", service.secret()));
    expect(await bare.closed).toEqual({ code: 4000, reason: "invalid_request_error.missing_model" });
  });

  test("xAI: the handshake of a wrong, expired or missing secret gets 401, of a second subprotocol 400", async () => {
    const { service, clock } = await start("xai");
    const expired = service.secret({ expiresIn: 10 });
    await clock.advance(10);
    for (const protocols of [["xai-client-secret.wrong"], [`xai-client-secret.${expired}`], []])
      expect(await RawClient.status(service.url, protocols)).toBe("status 401");
    const both = [`xai-client-secret.${service.secret()}`, "realtime"];
    expect(await RawClient.status(service.url, both)).toBe("status 400");
  });

  test("a server's key opens a connection in the header", async () => {
    const { service } = await start("xai");
    const headers = { authorization: `Bearer ${service.apiKey}` };
    expect(await RawClient.status(service.url, [], { headers })).toBe("let in");
  });

  test("secrets are made by request, and only with the key", async () => {
    const { service } = await start("xai");
    const post = (key: string, body: object) =>
      fetch(service.secretsUrl, {
        method: "POST",
        headers: { authorization: `Bearer ${key}` },
        body: JSON.stringify(body),
      });
    expect((await post("wrong", {})).status).toBe(401);
    expect((await post(service.apiKey, { session: { voice: "eve" } })).status).toBe(400);
    expect((await post(service.apiKey, { expires_after: { anchor: "created_at", seconds: 60 } })).status).toBe(400);
    expect((await post(service.apiKey, { expires_after: { seconds: 3601 } })).status).toBe(400);
    const made = await post(service.apiKey, { expires_after: { seconds: 60 } });
    const { value, expires_at } = (await made.json()) as { value: string; expires_at: number };
    expect(expires_at - Date.now() / 1000).toBeGreaterThan(50);
    expect(service.secrets.opens(value)).toBe(true);
  });

  test("OpenAI: settings that a secret fixed hold from the start", async () => {
    const { service, connect } = await start("openAi");
    const session = { type: "realtime", model: "gpt-realtime-2", audio: { output: { voice: "cedar" } } };
    const made = await fetch(service.secretsUrl, {
      method: "POST",
      headers: { authorization: `Bearer ${service.apiKey}` },
      body: JSON.stringify({ session }),
    });
    const client = await connect(((await made.json()) as { value: string }).value);
    const created = await client.type("session.created");
    expect(created.session).toMatchObject({ model: "gpt-realtime-2", audio: { output: { voice: "cedar", speed: 1 } } });
  });
});

describe.each(["openAi", "xai"] as const)("%s: answers", (dialect) => {
  test("every sample arrives, cut within samples, after a stall, in the order of events", async () => {
    const delivery = { pieceSeconds: 0.15, oddCuts: true, stalls: [{ afterSeconds: 1, seconds: 2 }], speed: 2 };
    const { clock, service, client } = await start(dialect, {
      script: { answers: [{ seconds: 2.5, text: "One two three four." }], delivery },
    });
    client.send({ type: "response.create" });
    await client.type("response.created");
    await clock.advance(10);
    const done = await client.type("response.done");
    expect(done.response).toMatchObject({ status: "completed", output: [{ type: "message", role: "assistant" }] });
    const [spoken] = service.spoken;
    expect(spoken).toMatchObject({ complete: true, sampleRate: 24_000, encoding: "s16le" });
    expect(spoken.samples.length).toBe(60_000);
    expect(firstDifference(heard(client), spoken.samples)).toBe(-1);
    const words = client.all("response.output_audio_transcript.delta").map(({ delta }) => delta);
    expect(words.join("")).toBe("One two three four.");
    const deltas = service.session.connection.sent.filter(
      ({ message }) => (message as { type: string }).type === "response.output_audio.delta",
    );
    const odd = deltas.filter(({ message }) => Buffer.from((message as { delta: string }).delta, "base64").length % 2);
    expect(odd.length).toBeGreaterThan(10);
    // 2.5 s at twice real time, and a stall of 2 s.
    expect(deltas.at(-1)?.at).toBeGreaterThan(2.4 / 2 + 2 - 0.1);
    const gaps = deltas.slice(1).map(({ at }, k) => at - deltas[k].at);
    expect(Math.max(...gaps)).toBeGreaterThanOrEqual(2);
    const order = client.messages.map(({ type }) => type).filter((type) => !String(type).endsWith(".delta"));
    expect(order.slice(order.indexOf("response.created"))).toEqual([
      "response.created",
      "response.output_item.added",
      "conversation.item.added",
      "response.content_part.added",
      "response.output_audio.done",
      "response.output_audio_transcript.done",
      "response.content_part.done",
      "response.output_item.done",
      "conversation.item.done",
      "response.done",
    ]);
  });

  test("G.711 both ways", async () => {
    const { clock, service, client } = await start(dialect, { script: { detects: false } });
    const audio = { input: { format: { type: "audio/pcmu" } }, output: { format: { type: "audio/pcma" } } };
    const session = dialect === "openAi" ? { type: "realtime", audio } : { audio };
    client.send({ type: "session.update", session });
    await client.type("session.updated");
    const said = speech(5, 0.5, 8000);
    client.send(append(said, "mulaw"));
    client.send({ type: "response.create" });
    await client.settle();
    await clock.advance(5);
    await client.settle();
    expect(firstDifference(service.session.heard.samples, decode(encode(said, "mulaw"), "mulaw"))).toBe(-1);
    expect(service.spoken[0]).toMatchObject({ sampleRate: 8000, encoding: "alaw", complete: true });
    expect(firstDifference(heard(client, "alaw"), service.spoken[0].samples)).toBe(-1);
  });

  test("speech in the caller's audio stops the answer and starts the next; truncation up to what was sent", async () => {
    const { clock, service, client } = await start(dialect, {
      script: { answers: [{ seconds: 20 }], delivery: { speed: 1 }, transcripts: ["Wait a moment."] },
    });
    client.send({ type: "response.create" });
    await client.type("response.created");
    await clock.advance(3);
    client.send(append(new Int16Array(24_000)));
    client.send(append(speech(3, 1, 24_000)));
    const started = await client.type("input_audio_buffer.speech_started");
    expect(Number(started.audio_start_ms)).toBeGreaterThan(1000);
    expect(Number(started.audio_start_ms)).toBeLessThan(1200);
    const done = await client.type("response.done");
    const details = { type: "cancelled", reason: "turn_detected" };
    expect(done.response).toMatchObject({ status: "cancelled", status_details: details });
    const [first] = service.spoken;
    expect(first).toMatchObject({ interrupted: true, complete: false });
    expect(first.seconds).toBeLessThan(3.2);
    expect(firstDifference(heard(client), first.samples)).toBe(-1);
    client.send({ type: "conversation.item.truncate", item_id: first.id, content_index: 0, audio_end_ms: 4000 });
    expect(await client.type("error")).toMatchObject({ error: { code: "invalid_value", param: "audio_end_ms" } });
    client.send({ type: "conversation.item.truncate", item_id: first.id, content_index: 0, audio_end_ms: 1200 });
    await client.type("conversation.item.truncated");
    expect(service.session.conversation.find(first.id)?.audioEndMs).toBe(1200);
    client.send(append(new Int16Array(24_000)));
    const committed = await client.type("input_audio_buffer.committed");
    await client.type("response.created");
    await clock.advance(5);
    await client.settle();
    expect(service.spoken[1]).toMatchObject({ text: "Answer 2.", complete: true });
    const completed = client.all("conversation.item.input_audio_transcription.completed");
    if (dialect === "xai")
      expect(completed).toMatchObject([{ item_id: committed.item_id, transcript: "Wait a moment." }]);
    else expect(completed).toEqual([]);
  });

  test("a tool call waits for its result, once", async () => {
    const { clock, service, client } = await start(dialect, {
      script: { answers: [{ seconds: 0, tool: { name: "weather", arguments: { city: "Oslo" } } }, { text: "Cold." }] },
    });
    client.send({ type: "response.create" });
    const call = await client.type("response.function_call_arguments.done");
    expect(call).toMatchObject({ name: "weather", arguments: '{"city":"Oslo"}' });
    await client.type("response.done");
    const item = { type: "function_call_output", call_id: call.call_id, output: "-4" };
    client.send({ type: "conversation.item.create", item });
    client.send({ type: "response.create" });
    await client.type("response.created");
    await clock.advance(5);
    await client.type("response.done");
    expect(service.spoken[0]).toMatchObject({ text: "Cold.", complete: true });
    client.send({ type: "conversation.item.create", item });
    expect(await client.type("error")).toMatchObject({ error: { code: "invalid_tool_call_id" } });
  });

  test("the connection breaks in the middle of an answer", async () => {
    const { clock, service, client } = await start(dialect, {
      script: { answers: [{ seconds: 5, delivery: { dropAfterSeconds: 1, speed: 1 } }] },
    });
    client.send({ type: "response.create" });
    await client.type("response.created");
    await clock.advance(10);
    expect(await client.closed).toMatchObject({ code: 1006 });
    expect(service.spoken[0].seconds).toBe(1);
    expect(service.session.connection.closed).toMatchObject({ by: "server" });
  });

  test("the session ends after its longest duration", async () => {
    const { clock, service, client } = await start(dialect);
    await clock.advance(service.dialect.sessionSeconds);
    expect(await client.closed).toMatchObject({ code: 1001 });
    expect(client.all("error")).toMatchObject([{ error: { code: "session_expired" } }]);
  });
});

test("OpenAI: parts of the caller's words are joined; a text answer has no audio", async () => {
  const { clock, service, client } = await start("openAi", { script: { transcripts: ["Say it in words."] } });
  const audio = { input: { transcription: { model: "gpt-4o-transcribe" }, turn_detection: null } };
  client.send({ type: "session.update", session: { type: "realtime", audio } });
  client.send(append(speech(3, 1, 24_000)));
  client.send({ type: "input_audio_buffer.commit" });
  await client.type("conversation.item.input_audio_transcription.completed");
  const parts = client.all("conversation.item.input_audio_transcription.delta").map(({ delta }) => delta);
  expect(parts.join("")).toBe("Say it in words.");
  expect(client.all("input_audio_buffer.speech_started")).toEqual([]);
  client.send({ type: "response.create", response: { output_modalities: ["text"] } });
  await clock.advance(1);
  expect(await client.type("response.output_text.done")).toMatchObject({ text: "Answer 1." });
  await client.type("response.done");
  expect(service.spoken).toEqual([]);
});

test("xAI: partial texts replace each other, pings arrive, audio may travel in binary frames", async () => {
  const { clock, service, client } = await start("xai", {
    script: { transcripts: ["Two words."], detects: false },
    pingSeconds: 10,
  });
  const audio = {
    input: { transport: "binary", transcription: { model: "grok-transcribe" } },
    output: { transport: "binary" },
  };
  client.send({ type: "session.update", session: { audio } });
  const said = speech(9, 0.5, 24_000);
  client.send(encode(said, "s16le"));
  client.send({ type: "input_audio_buffer.commit" });
  await client.type("conversation.item.input_audio_transcription.completed");
  const partial = client.all("conversation.item.input_audio_transcription.updated").map(({ transcript }) => transcript);
  expect(partial).toEqual(["Two", "Two words."]);
  expect(firstDifference(service.session.heard.samples, said)).toBe(-1);
  client.send({ type: "response.create" });
  await client.settle();
  await clock.advance(21);
  await client.settle();
  expect(client.all("ping").length).toBe(2);
  expect(firstDifference(decode(Buffer.concat(client.binary), "s16le"), service.spoken[0].samples)).toBe(-1);
});

const item = { type: "message", role: "user", content: [{ type: "input_text", text: "Hello." }] };
const wrong: [what: string, message: object | string, code: string][] = [
  ["text that is no JSON", "hello", "invalid_json"],
  ["JSON that is no object", "[1]", "invalid_json"],
  ["an event without a type", { session: {} }, "missing_required_parameter"],
  ["an event that does not exist", { type: "input_audio.append", audio: "" }, "invalid_value"],
  ["a field that does not exist", { type: "response.create", modalities: ["audio"] }, "unknown_parameter"],
  ["audio that is no base64", { type: "input_audio_buffer.append", audio: "a*b=" }, "invalid_value"],
  ["audio of the wrong type", { type: "input_audio_buffer.append", audio: 5 }, "invalid_type"],
  ["a commit of nothing", { type: "input_audio_buffer.commit" }, "input_audio_buffer_commit_empty"],
  ["a cancel of nothing", { type: "response.cancel" }, "response_cancel_not_active"],
  ["an event of WebRTC", { type: "output_audio_buffer.clear" }, "invalid_value"],
  [
    "an item without content",
    { type: "conversation.item.create", item: { type: "message", role: "user" } },
    "missing_required_parameter",
  ],
  [
    "an item behind one that is not there",
    { type: "conversation.item.create", item, previous_item_id: "item_x" },
    "item_create_invalid_previous_item_id",
  ],
  [
    "the result of no call",
    { type: "conversation.item.create", item: { type: "function_call_output", call_id: "call_x", output: "" } },
    "invalid_tool_call_id",
  ],
  [
    "a result that is no text",
    { type: "conversation.item.create", item: { type: "function_call_output", call_id: "call_x", output: {} } },
    "invalid_type",
  ],
  [
    "the deletion of what is not there",
    { type: "conversation.item.delete", item_id: "item_x" },
    "item_delete_invalid_item_id",
  ],
  [
    "a truncation of what is not there",
    { type: "conversation.item.truncate", item_id: "item_x", content_index: 0, audio_end_ms: 5 },
    "item_truncate_invalid_item_id",
  ],
  [
    "a truncation at a fraction",
    { type: "conversation.item.truncate", item_id: "item_x", content_index: 0, audio_end_ms: 5.5 },
    "invalid_type",
  ],
  [
    "a turn detection that does not exist",
    { type: "session.update", session: { turn_detection: { type: "push_to_talk" } } },
    "any",
  ],
  [
    "the older names of settings",
    { type: "session.update", session: { modalities: ["audio"], input_audio_format: "pcm16" } },
    "unknown_parameter",
  ],
];

describe.each(["openAi", "xai"] as const)("%s refuses", (dialect) => {
  test.each(wrong)("%s", async (_what, message, code) => {
    const { service, client } = await start(dialect);
    client.send(typeof message === "string" ? message : { event_id: "mine", ...message });
    const { error } = await client.type("error");
    expect(error).toMatchObject({ type: "invalid_request_error", ...(code !== "any" && { code }) });
    if (typeof message !== "string") expect(error).toMatchObject({ event_id: "mine" });
    expect(service.session.connection.refusals.length).toBe(1);
    expect(service.session.connection.received.length).toBe(1);
    // The connection continues.
    client.send({ type: "input_audio_buffer.clear" });
    await client.type("input_audio_buffer.cleared");
  });
});

test.each([
  ["openAi", "settings without their type", { instructions: "Be brief." }, "missing_required_parameter"],
  [
    "openAi",
    "another rate of PCM",
    { type: "realtime", audio: { input: { format: { type: "audio/pcm", rate: 16_000 } } } },
    "invalid_value",
  ],
  ["openAi", "a voice at the top", { type: "realtime", voice: "alloy" }, "unknown_parameter"],
  ["openAi", "text and audio at once", { type: "realtime", output_modalities: ["text", "audio"] }, "invalid_value"],
  ["xai", "a voice under the output", { audio: { output: { voice: "eve" } } }, "unknown_parameter"],
  ["xai", "a turn detection under the input", { audio: { input: { turn_detection: null } } }, "unknown_parameter"],
  ["xai", "OpenAI's semantic turn detection", { turn_detection: { type: "semantic_vad" } }, "invalid_value"],
  [
    "xai",
    "a rate out of range",
    { audio: { output: { format: { type: "audio/pcm", rate: 96_000 } } } },
    "invalid_value",
  ],
] as const)("%s refuses %s", async (dialect, _what, session, code) => {
  const { client } = await start(dialect);
  client.send({ type: "session.update", session });
  expect(await client.type("error")).toMatchObject({ error: { code } });
});

test("a second response while one runs, a new voice after audio, and a binary frame are refused", async () => {
  const { clock, client } = await start("xai", { script: { answers: [{ seconds: 5 }] } });
  client.send({ type: "response.create" });
  client.send({ type: "response.create" });
  const active = { code: "conversation_already_has_active_response" };
  expect(await client.type("error")).toMatchObject({ error: active });
  await clock.advance(1);
  client.send({ type: "session.update", session: { voice: "rex" } });
  expect(await client.type("error")).toMatchObject({ error: { code: "cannot_update_voice" } });
  client.send(encode(speech(1, 0.1, 24_000), "s16le"));
  expect(await client.type("error")).toMatchObject({ error: { code: "invalid_frame" } });
});
