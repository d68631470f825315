import { afterEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import {
  ElevenLabsAgent,
  type ElevenLabsAgentOptions,
} from "../../support/services/elevenlabs-agent/elevenlabs-agent.js";
import { decode, type Encoding, encode } from "../../support/services/encoding.js";
import { firstDifference } from "../../support/services/first-difference.js";
import { RawClient } from "../../support/services/raw-client.js";
import { speech } from "../../support/services/speech.js";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const begin = { type: "conversation_initiation_client_data" };

async function start(options: ElevenLabsAgentOptions = {}, first: object | null = begin) {
  const clock = new VirtualClock();
  const service = await ElevenLabsAgent.listen({ clock, pingSeconds: 0, ...options });
  open.push(service);
  const connect = async (url = service.signedUrl(), protocols: string[] = ["convai"]): Promise<RawClient> => {
    const client = await RawClient.connect(url, protocols);
    open.push({ close: () => client.drop() });
    return client;
  };
  const client = await connect();
  if (first) {
    client.send(first);
    await client.type("conversation_initiation_metadata");
  }
  return { clock, service, client, connect };
}

interface AudioEvent {
  audio_base_64: string;
  event_id: number;
  alignment?: { chars: string[]; char_start_times_ms: number[]; char_durations_ms: number[] };
}
const audioOf = (client: RawClient): AudioEvent[] =>
  client.all("audio").map(({ audio_event }) => audio_event as AudioEvent);
const heard = (events: readonly AudioEvent[], encoding: Encoding = "s16le"): Int16Array =>
  decode(Buffer.concat(events.map(({ audio_base_64 }) => Buffer.from(audio_base_64, "base64"))), encoding);
const chunk = (samples: Int16Array) => ({ user_audio_chunk: encode(samples, "s16le").toString("base64") });

test("the greeting is said sample for sample, with rising ids", async () => {
  const greeting = { seconds: 2, text: "Hello, how can I help?" };
  const { clock, service, client } = await start({ script: { greeting, delivery: { oddCuts: true } } });
  expect(client.protocol).toBe("convai");
  expect(client.messages[0]).toMatchObject({
    conversation_initiation_metadata_event: {
      agent_output_audio_format: "pcm_16000",
      user_input_audio_format: "pcm_16000",
    },
  });
  await clock.advance(3);
  await client.settle();
  expect(service.spoken[0]).toMatchObject({ sampleRate: 16_000, complete: true, seconds: 2, text: greeting.text });
  const events = audioOf(client);
  expect(firstDifference(heard(events), service.spoken[0].samples)).toBe(-1);
  const ids = events.map(({ event_id }) => event_id);
  expect(ids).toEqual([...ids].sort((a, b) => a - b));
  expect(new Set(ids).size).toBe(ids.length);
  expect(client.all("agent_response")).toMatchObject([{ agent_response_event: { agent_response: greeting.text } }]);
});

test("an interruption: its id is above all audio before it, also of late audio, and below what follows", async () => {
  const { clock, service, client } = await start({
    script: {
      greeting: { seconds: 10, text: "one two three four five six seven eight nine ten" },
      transcripts: ["Stop it."],
      delivery: { speed: 20 },
    },
    latePieces: 2,
  });
  await clock.advance(5);
  const said = speech(4, 0.5, 16_000);
  client.send(chunk(said));
  const { interruption_event } = await client.type("interruption");
  const id = (interruption_event as { event_id: number }).event_id;
  expect(await client.type("agent_response_correction")).toMatchObject({
    agent_response_correction_event: { corrected_agent_response: "one two three four five" },
  });
  await client.settle();
  const before = audioOf(client);
  const at = client.messages.findIndex(({ type }) => type === "interruption");
  expect(client.messages.slice(at).filter(({ type }) => type === "audio").length).toBe(2);
  expect(before.every(({ event_id }) => event_id < id)).toBe(true);
  client.send(chunk(new Int16Array(16_000)));
  await client.type("user_transcript");
  await client.settle();
  await clock.advance(3);
  await client.settle();
  const after = audioOf(client).slice(before.length);
  expect(after.every(({ event_id }) => event_id > id)).toBe(true);
  expect(firstDifference(heard(after), service.spoken[1].samples)).toBe(-1);
  expect(client.all("tentative_user_transcript")).toMatchObject([
    { tentative_user_transcription_event: { user_transcript: "Stop" } },
  ]);
  expect(client.all("user_transcript")).toMatchObject([{ user_transcription_event: { user_transcript: "Stop it." } }]);
  expect(firstDifference(service.session.heard.samples.subarray(0, 8000), said)).toBe(-1);
});

test("speech after the answer was heard interrupts nothing", async () => {
  const { clock, client } = await start({ script: { greeting: { seconds: 1 }, delivery: { speed: 20 } } });
  await clock.advance(1.1);
  client.send(chunk(speech(4, 0.5, 16_000)));
  await client.settle();
  expect(client.all("interruption")).toEqual([]);
});

test("characters are sent with their times, counted from the piece", async () => {
  const { clock, client } = await start({ aligned: true, script: { greeting: { seconds: 1, text: "Ten chars." } } });
  await clock.advance(2);
  await client.settle();
  let bytes = 0;
  const all: [string, number][] = [];
  for (const { audio_base_64, alignment } of audioOf(client)) {
    alignment?.chars.forEach((char, k) => {
      all.push([char, bytes / 32 + alignment.char_start_times_ms[k]]);
    });
    bytes += Buffer.from(audio_base_64, "base64").length;
  }
  expect(all).toEqual([..."Ten chars."].map((char, k) => [char, k * 100]));
});

test("µ-law both ways, and another rate out", async () => {
  const { clock, service, client } = await start({
    input: "ulaw_8000",
    output: "ulaw_8000",
    script: { greeting: { seconds: 1 }, detects: false },
  });
  const said = encode(speech(3, 0.5, 8000), "mulaw");
  client.send({ user_audio_chunk: said.toString("base64") });
  await client.settle();
  await clock.advance(2);
  await client.settle();
  expect(service.session.heard.bytes.equals(said)).toBe(true);
  expect(firstDifference(heard(audioOf(client), "mulaw"), service.spoken[0].samples)).toBe(-1);
});

test("a tool call waits for its result; without one the agent continues after a while", async () => {
  const tool = { name: "weather", arguments: { city: "Oslo" } };
  const { clock, service, client } = await start({
    script: { answers: [{ seconds: 0, tool }, { text: "Cold." }, { seconds: 0, tool }, { text: "No idea." }] },
  });
  client.send({ type: "user_message", text: "How is the weather?" });
  const { client_tool_call } = await client.type("client_tool_call");
  expect(client_tool_call).toMatchObject({ tool_name: "weather", parameters: { city: "Oslo" } });
  const { tool_call_id } = client_tool_call as { tool_call_id: string };
  await clock.advance(10);
  expect(service.spoken).toEqual([]);
  client.send({ type: "client_tool_result", tool_call_id, result: "-4", is_error: false });
  await client.settle();
  await clock.advance(5);
  expect(service.spoken).toMatchObject([{ text: "Cold.", complete: true }]);
  client.send({ type: "user_message", text: "And there?" });
  const second = await client.type("client_tool_call");
  await clock.advance(25);
  expect(service.spoken[1]).toMatchObject({ text: "No idea.", complete: true });
  const late = (second.client_tool_call as { tool_call_id: string }).tool_call_id;
  client.send({ type: "client_tool_result", tool_call_id: late, result: "5", is_error: false });
  await client.settle();
  expect(service.session.results.length).toBe(2);
});

test("a client that answers pings stays, one that does not is closed", async () => {
  const { clock, service, client } = await start({ pingSeconds: 2 });
  for (let k = 0; k < 20; k++) {
    await clock.advance(2);
    const { ping_event } = await client.type("ping");
    client.send({ type: "pong", event_id: (ping_event as { event_id: number }).event_id });
    await client.settle();
  }
  expect(service.session.pongs).toBe(20);
  await clock.advance(22);
  expect(await client.closed).toMatchObject({ code: 1008, reason: "A ping was not answered." });
});

test("the conversation ends after its longest duration; the connection breaks in the middle of an answer", async () => {
  const first = await start();
  await first.clock.advance(600);
  expect(await first.client.closed).toMatchObject({ code: 1000 });
  expect(first.client.all("error")).toMatchObject([{ error_event: { error_type: "max_duration_exceeded" } }]);
  const delivery = { stalls: [{ afterSeconds: 0.5, seconds: 2 }], dropAfterSeconds: 1, speed: 1 };
  const { clock, service, client } = await start({ script: { greeting: { seconds: 5 }, delivery } });
  await clock.advance(2.4);
  expect(service.spoken[0].seconds).toBeCloseTo(0.5, 9);
  await clock.advance(2);
  expect(await client.closed).toMatchObject({ code: 1006 });
  expect(firstDifference(heard(audioOf(client)), service.spoken[0].samples)).toBe(-1);
});

test("a first message that the client sets is said; variables that are missing and forbidden overrides are refused", async () => {
  const agent = { agent: { first_message: "Good day." } };
  const { clock, service } = await start({}, { ...begin, conversation_config_override: agent });
  await clock.advance(2);
  expect(service.spoken[0]).toMatchObject({ text: "Good day." });
  const forbidding = await start({ forbidsOverrides: true }, null);
  forbidding.client.send({ ...begin, conversation_config_override: agent });
  expect(await forbidding.client.type("error")).toMatchObject({ error_event: { error_type: "override_error" } });
  const requiring = await start({ requiredVariables: ["name"] }, null);
  requiring.client.send(begin);
  expect(await requiring.client.type("error")).toMatchObject({
    error_event: { error_type: "missing_dynamic_variable" },
  });
});

test("secrets: a signed address, a token among the subprotocols, an open agent; wrong, expired and missing ones", async () => {
  const { service, clock, connect } = await start();
  const signed = service.signedUrl();
  const begins = async (url: string, protocols: string[]): Promise<string> => {
    const client = await connect(url, protocols);
    client.send(begin);
    const answer = client.type("conversation_initiation_metadata").then(
      () => "begun",
      () => "closed",
    );
    return Promise.race([answer, client.closed.then(({ code, reason }) => `${code} ${reason}`)]);
  };
  expect(await begins(signed, ["convai"])).toBe("begun");
  expect(await begins(service.url, ["convai", `bearer.${service.token()}`])).toBe("begun");
  expect(await begins(service.url, ["convai", "bearer.wrong"])).toBe("3000 The authorization is unknown.");
  expect(await begins(service.url, ["convai"])).toBe("3000 The agent needs authorization.");
  expect(await begins(`${signed}x`, ["convai"])).toBe("3000 The authorization is unknown.");
  expect(await begins(signed.replace("agent_1", "agent_2"), ["convai"])).toMatch(/^3000 The AI agent/);
  expect(await begins(signed, ["convai", "token.x"])).toMatch(/^3000 The subprotocols/);
  await clock.advance(900);
  expect(await begins(signed, ["convai"])).toBe("3000 The authorization is expired.");
  const response = await fetch(service.signedUrlRequest, { headers: { "xi-api-key": service.apiKey } });
  expect(await begins(((await response.json()) as { signed_url: string }).signed_url, ["convai"])).toBe("begun");
  expect((await fetch(service.signedUrlRequest)).status).toBe(401);
  const anyone = await ElevenLabsAgent.listen({ open: true, pingSeconds: 0 });
  open.push(anyone);
  expect(await begins(anyone.url, ["convai"])).toBe("begun");
});

describe("it refuses", () => {
  test.each<[what: string, message: object | string, first: object | null]>([
    ["text that is no JSON", "hello", begin],
    ["JSON that is no object", "[]", begin],
    ["a binary frame", encode(speech(1, 0.1, 16_000), "s16le"), begin],
    ["audio before the conversation begins", { user_audio_chunk: "" }, null],
    ["a pong before the conversation begins", { type: "pong", event_id: 1 }, null],
    ["a second beginning", begin, begin],
    ["a type that does not exist", { type: "audio", audio: "" }, begin],
    ["audio that is no base64", { user_audio_chunk: "a*" }, begin],
    ["audio with a type", { type: "user_audio_chunk", user_audio_chunk: "" }, begin],
    ["a field that does not exist", { user_audio_chunk: "", event_id: 1 }, begin],
    ["a pong without an id", { type: "pong" }, begin],
    ["the pong of no ping", { type: "pong", event_id: 99 }, begin],
    ["the result of no call", { type: "client_tool_result", tool_call_id: "x", result: "", is_error: false }, begin],
    ["a result that is no text", { type: "client_tool_result", tool_call_id: "x", result: {}, is_error: false }, begin],
    ["a result without is_error", { type: "client_tool_result", tool_call_id: "x", result: "" }, begin],
    ["feedback for a future event", { type: "feedback", event_id: 99, score: "like" }, begin],
    ["a score that does not exist", { type: "feedback", event_id: 0, score: "fine" }, begin],
    ["an override in the wrong place", { ...begin, conversation_config_override: { first_message: "Hi." } }, null],
    ["a context without text", { type: "contextual_update" }, begin],
  ])("%s", async (_what, message, first) => {
    const { service, client } = await start({}, first);
    client.send(message);
    expect(await client.closed).toMatchObject({ code: 1008 });
    expect(client.all("error")).toMatchObject([{ error_event: { code: 1008, error_type: "invalid_message" } }]);
    expect(service.session.connection.refusals.length).toBe(1);
  });
});
