import { afterEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import { DeepgramAgent, type DeepgramAgentOptions } from "../../support/services/deepgram-agent/deepgram-agent.js";
import { decode, encode } from "../../support/services/encoding.js";
import { firstDifference } from "../../support/services/first-difference.js";
import { RawClient } from "../../support/services/raw-client.js";
import { speech } from "../../support/services/speech.js";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

const audio = {
  input: { encoding: "linear16", sample_rate: 16_000 },
  output: { encoding: "linear16", sample_rate: 24_000, container: "none" },
};
const agent = {
  listen: { provider: { type: "deepgram", model: "nova-3" } },
  think: { provider: { type: "open_ai", model: "gpt-4o-mini" }, prompt: "Be brief.", functions: [{ name: "weather" }] },
  speak: { provider: { type: "deepgram", model: "aura-2-thalia-en" } },
};
const settings = { type: "Settings", audio, agent };

async function start(options: DeepgramAgentOptions = {}, first: object | null = settings) {
  const clock = new VirtualClock();
  const service = await DeepgramAgent.listen({ clock, idleSeconds: 1e6, ...options });
  open.push(service);
  const client = await RawClient.connect(service.url, ["bearer", service.credentials.token()]);
  open.push({ close: () => client.drop() });
  await client.type("Welcome");
  if (first) {
    client.send(first);
    await client.type("SettingsApplied");
  }
  return { clock, service, client };
}

const heard = (client: RawClient): Int16Array => decode(Buffer.concat(client.binary), "s16le");
const pcm = (samples: Int16Array): Buffer => encode(samples, "s16le");

test("the greeting is said sample for sample in binary frames, then its end is reported", async () => {
  const greeting = { ...settings, agent: { ...agent, greeting: "Hello. How can I help?" } };
  const { clock, service, client } = await start({ script: { delivery: { oddCuts: true } } }, greeting);
  await clock.advance(3);
  await client.type("AgentAudioDone");
  expect(service.spoken[0]).toMatchObject({ text: "Hello. How can I help?", sampleRate: 24_000, complete: true });
  expect(firstDifference(heard(client), service.spoken[0].samples)).toBe(-1);
  expect(client.all("ConversationText")).toEqual([
    { type: "ConversationText", role: "assistant", content: "Hello." },
    { type: "ConversationText", role: "assistant", content: "How can I help?" },
  ]);
  expect(client.all("History").length).toBe(2);
  expect(client.all("AgentStartedSpeaking")).toEqual([]);
});

test("the end is reported when the last audio has left, long before it is heard", async () => {
  const { clock, client } = await start({ script: { answers: [{ seconds: 20 }], delivery: { speed: 20 } } });
  client.send({ type: "InjectUserMessage", content: "Tell me a story." });
  await client.settle();
  await clock.advance(1.1);
  await client.type("AgentAudioDone");
});

test("speech in the caller's audio stops the agent, is reported and answered", async () => {
  const { clock, service, client } = await start(
    { script: { answers: [{ seconds: 20 }], transcripts: ["Stop it."], delivery: { speed: 1 } } },
    { ...settings, experimental: true, flags: { history: false } },
  );
  client.send({ type: "InjectUserMessage", content: "Tell me a story." });
  await client.type("AgentStartedSpeaking");
  await clock.advance(2);
  const said = speech(4, 0.5, 16_000);
  client.send(pcm(said));
  await client.type("UserStartedSpeaking");
  await client.settle();
  await clock.advance(2);
  await client.settle();
  const [first] = service.spoken;
  expect(first).toMatchObject({ interrupted: true, complete: false });
  expect(firstDifference(heard(client), first.samples)).toBe(-1);
  client.send(pcm(new Int16Array(16_000)));
  await client.settle();
  await clock.advance(3);
  await client.type("AgentAudioDone");
  const users = client.all("ConversationText").filter(({ role }) => role === "user");
  expect(users.map(({ content }) => content)).toEqual(["Tell me a story.", "Stop it."]);
  expect(client.all("History")).toEqual([]);
  expect(firstDifference(service.socket.heard.samples.subarray(0, 8000), said)).toBe(-1);
  const all = Int16Array.from(service.spoken.flatMap(({ samples }) => [...samples]));
  expect(firstDifference(heard(client), all)).toBe(-1);
});

test("µ-law in, A-law out", async () => {
  const formats = { input: { encoding: "mulaw", sample_rate: 8000 }, output: { encoding: "alaw", sample_rate: 8000 } };
  const { clock, service, client } = await start({ script: { detects: false } }, { ...settings, audio: formats });
  const said = encode(speech(3, 0.5, 8000), "mulaw");
  client.send(said);
  client.send({ type: "InjectUserMessage", content: "Hello." });
  await client.settle();
  await clock.advance(2);
  await client.type("AgentAudioDone");
  expect(service.socket.heard.bytes.equals(said)).toBe(true);
  expect(firstDifference(decode(Buffer.concat(client.binary), "alaw"), service.spoken[0].samples)).toBe(-1);
});

test("a function call waits for its response; one whose turn is interrupted is cancelled", async () => {
  const tool = { name: "weather", arguments: { city: "Oslo" } };
  const { clock, service, client } = await start({
    script: { answers: [{ seconds: 0, tool }, { text: "Cold." }, { seconds: 0, tool }] },
  });
  client.send({ type: "InjectUserMessage", content: "How is the weather?" });
  const request = await client.type("FunctionCallRequest");
  const [{ id, ...call }] = request.functions as { id: string }[];
  expect(call).toEqual({ name: "weather", arguments: '{"city":"Oslo"}', client_side: true });
  await clock.advance(60);
  expect(service.spoken).toEqual([]);
  client.send({ type: "FunctionCallResponse", id, name: "weather", content: "-4" });
  await client.settle();
  await clock.advance(2);
  await client.type("AgentAudioDone");
  expect(service.spoken).toMatchObject([{ text: "Cold.", complete: true }]);
  client.send({ type: "InjectUserMessage", content: "And there?" });
  const second = await client.type("FunctionCallRequest");
  const late = (second.functions as { id: string }[])[0].id;
  client.send(pcm(speech(4, 0.5, 16_000)));
  expect(await client.type("FunctionCallCancelled")).toMatchObject({ functions: [{ id: late, name: "weather" }] });
  client.send({ type: "FunctionCallResponse", id: late, name: "weather", content: "5" });
  await client.settle();
  expect(service.socket.results.length).toBe(2);
});

test("messages of the agent: refused, queued or at once; a turn that is forced to its end; updates", async () => {
  const { clock, service, client } = await start({ script: { answers: [{ seconds: 2 }], delivery: { speed: 1 } } });
  client.send({ type: "InjectUserMessage", content: "Hello." });
  client.send({ type: "InjectAgentMessage", message: "Refused." });
  await client.type("InjectionRefused");
  client.send({ type: "InjectAgentMessage", message: "Queued.", behavior: "queue" });
  await client.settle();
  await clock.advance(4);
  client.send({ type: "InjectAgentMessage", message: "First." });
  client.send({ type: "InjectAgentMessage", message: "At once.", behavior: "interrupt" });
  await client.settle();
  await clock.advance(4);
  await client.settle();
  expect(service.spoken.map(({ text, complete }) => [text, complete])).toEqual([
    ["Answer 1.", true],
    ["Queued.", true],
    ["First.", false],
    ["At once.", true],
  ]);
  client.send(pcm(speech(4, 0.5, 16_000)));
  client.send({ type: "ForceEndTurn" });
  await client.settle();
  await clock.advance(3);
  expect(service.spoken[4]).toMatchObject({ text: "Answer 2.", complete: true });
  client.send({ type: "UpdatePrompt", prompt: "Be long." });
  client.send({ type: "UpdateSpeak", speak: agent.speak });
  client.send({ type: "UpdateThink", think: agent.think });
  client.send({ type: "UpdateListen", listen: agent.listen });
  for (const type of ["PromptUpdated", "SpeakUpdated", "ThinkUpdated", "ListenUpdated"]) await client.type(type);
});

test("a client that sends nothing is closed; KeepAlive holds the connection", async () => {
  const { clock, client } = await start({ idleSeconds: 12 });
  for (let k = 0; k < 5; k++) {
    await clock.advance(8);
    client.send({ type: "KeepAlive" });
    await client.settle();
  }
  expect(client.all("Error")).toEqual([]);
  await clock.advance(12);
  await client.closed;
  expect(client.all("Error")).toMatchObject([{ code: "CLIENT_MESSAGE_TIMEOUT" }]);
});

test("a stall, and a break in the middle of a reply", async () => {
  const delivery = { stalls: [{ afterSeconds: 0.5, seconds: 2 }], dropAfterSeconds: 1, speed: 1 };
  const { clock, service, client } = await start({ script: { answers: [{ seconds: 5 }], delivery } });
  client.send({ type: "InjectUserMessage", content: "Hello." });
  await client.settle();
  await clock.advance(2.4);
  expect(service.spoken[0].seconds).toBeCloseTo(0.5, 9);
  await clock.advance(2);
  expect(await client.closed).toMatchObject({ code: 1006 });
  expect(firstDifference(heard(client), service.spoken[0].samples)).toBe(-1);
});

test("secrets: a token among the subprotocols, for thirty seconds", async () => {
  const { service, clock } = await start();
  const token = service.credentials.token();
  const elsewhere = service.url.replace("converse", "listen");
  expect(await RawClient.status(service.url, ["bearer", token])).toBe("let in");
  expect(await RawClient.status(elsewhere, ["bearer", token])).toBe("status 404");
  await clock.advance(30);
  for (const protocols of [["bearer", token], ["bearer", "wrong"], ["token", "wrong"], []])
    expect(await RawClient.status(service.url, protocols)).toBe("status 401");
  expect(service.refused.length).toBe(4);
});

describe("it refuses", () => {
  const unparsable = "UNPARSABLE_CLIENT_MESSAGE";
  const message = (type: string, rest: object = {}) => ({ type, ...rest });
  test.each<[what: string, message: object | string, first: object | null, code: string]>([
    ["text that is no JSON", "hello", settings, unparsable],
    ["JSON that is no object", "[]", settings, unparsable],
    ["audio before the settings", pcm(new Int16Array(10)), null, "AUDIO_BEFORE_SETTINGS"],
    ["a message before the settings", message("UpdatePrompt", { prompt: "" }), null, "SETTINGS_REQUIRED"],
    ["settings twice", settings, settings, "SETTINGS_ALREADY_APPLIED"],
    ["settings without audio", message("Settings", { agent }), null, unparsable],
    ["settings without an agent", message("Settings", { audio }), null, unparsable],
    ["a container", { ...settings, audio: { output: { container: "wav" } } }, null, unparsable],
    ["an input without a rate", { ...settings, audio: { input: { encoding: "linear16" } } }, null, unparsable],
    ["a greeting in the wrong place", { ...settings, greeting: "Hello." }, null, unparsable],
    [
      "client_side in a function",
      { ...settings, agent: { ...agent, think: { ...agent.think, functions: [{ name: "f", client_side: true }] } } },
      null,
      unparsable,
    ],
    [
      "a provider without a model",
      { ...settings, agent: { ...agent, think: { provider: { type: "open_ai" } } } },
      null,
      unparsable,
    ],
    [
      "the response of no call",
      message("FunctionCallResponse", { id: "x", name: "f", content: "" }),
      settings,
      "UNKNOWN_FUNCTION_CALL",
    ],
    ["a response without an id", message("FunctionCallResponse", { name: "f", content: "" }), settings, unparsable],
    [
      "a response that is no text",
      message("FunctionCallResponse", { id: "x", name: "f", content: {} }),
      settings,
      unparsable,
    ],
    ["a type that does not exist", message("AgentAction", { action: "cancel_response" }), settings, unparsable],
    [
      "a behavior that does not exist",
      message("InjectAgentMessage", { message: "a", behavior: "now" }),
      settings,
      unparsable,
    ],
    ["a KeepAlive with a field", message("KeepAlive", { id: 1 }), settings, unparsable],
    ["audio in JSON", message("Media", { audio: "" }), settings, unparsable],
  ])("%s", async (_what, wrong, first, code) => {
    const { service, client } = await start({}, first);
    client.send(wrong);
    expect(await client.closed).toEqual({ code: 1008, reason: code });
    expect(client.all("Error")).toMatchObject([{ code }]);
    expect(service.socket.connection.refusals.length).toBe(1);
  });
});
