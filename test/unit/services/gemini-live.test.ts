import { afterEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import { decode, encode } from "../../support/services/encoding.js";
import { firstDifference } from "../../support/services/first-difference.js";
import { GeminiLive, type GeminiLiveOptions } from "../../support/services/gemini-live/gemini-live.js";
import { RawClient } from "../../support/services/raw-client.js";
import { speech } from "../../support/services/speech.js";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

type Message = Record<string, unknown>;
interface Content {
  modelTurn?: { parts: { inlineData?: { mimeType: string; data: string }; text?: string }[] };
  outputTranscription?: { text: string };
  inputTranscription?: { text: string };
  interrupted?: boolean;
  generationComplete?: boolean;
  turnComplete?: boolean;
}
const contentOf = (message: Message): Content => (message.serverContent ?? {}) as Content;
const ofContent =
  (name: keyof Content) =>
  (message: Message): boolean =>
    contentOf(message)[name] !== undefined;

const model = "models/gemini-live";

async function start(setup: object | null = {}, options: GeminiLiveOptions = {}) {
  const clock = new VirtualClock();
  const service = await GeminiLive.listen({ clock, ...options });
  open.push(service);
  const connect = async (url = service.url(service.token())): Promise<RawClient> => {
    const client = await RawClient.connect(url);
    open.push({ close: () => client.drop() });
    return client;
  };
  const client = await connect();
  if (setup) {
    client.send({ setup: { model, generationConfig: { responseModalities: ["AUDIO"] }, ...setup } });
    await client.next(({ setupComplete }) => setupComplete !== undefined);
  }
  return { clock, service, client, connect };
}

const ask = { clientContent: { turns: [{ role: "user", parts: [{ text: "Hello." }] }], turnComplete: true } };
const audio = (samples: Int16Array, rate = 16_000) => ({
  realtimeInput: {
    audio: { mimeType: `audio/pcm;rate=${rate}`, data: encode(samples, "s16le").toString("base64") },
  },
});

function heard(client: RawClient): Int16Array {
  const parts = client.messages.flatMap((message) => contentOf(message).modelTurn?.parts ?? []);
  return decode(Buffer.concat(parts.map(({ inlineData }) => Buffer.from(inlineData?.data ?? "", "base64"))), "s16le");
}

test("an answer arrives sample for sample, in binary frames, and is complete when it would have been heard", async () => {
  const { clock, service, client } = await start(
    { outputAudioTranscription: {} },
    { script: { answers: [{ seconds: 3, text: "One two three." }], delivery: { oddCuts: true, speed: 4 } } },
  );
  client.send(ask);
  await client.settle();
  await clock.advance(1);
  await client.next(ofContent("generationComplete"));
  await clock.advance(1.9);
  await client.settle();
  expect(client.messages.some(ofContent("turnComplete"))).toBe(false);
  await clock.advance(0.2);
  expect(await client.next(ofContent("turnComplete"))).toHaveProperty("usageMetadata");
  expect(service.spoken[0]).toMatchObject({ sampleRate: 24_000, encoding: "s16le", complete: true, seconds: 3 });
  expect(firstDifference(heard(client), service.spoken[0].samples)).toBe(-1);
  expect(client.binary.length).toBe(client.messages.length);
  const mime = client.messages.flatMap((message) => contentOf(message).modelTurn?.parts ?? [])[0].inlineData?.mimeType;
  expect(mime).toBe("audio/pcm;rate=24000");
  const words = client.messages.map((message) => contentOf(message).outputTranscription?.text ?? "");
  expect(words.join("")).toBe("One two three.");
});

test("speech in the caller's audio interrupts, also after the generation, and is answered", async () => {
  const { clock, service, client } = await start(
    { inputAudioTranscription: {} },
    { script: { answers: [{ seconds: 10 }], transcripts: ["Wait please."], delivery: { speed: 20 } } },
  );
  client.send(ask);
  await client.settle();
  await clock.advance(2);
  await client.next(ofContent("generationComplete"));
  const said = speech(4, 0.5, 16_000);
  client.send(audio(said));
  await client.next(ofContent("interrupted"));
  await client.next(ofContent("turnComplete"));
  client.send(audio(new Int16Array(16_000)));
  await client.next(ofContent("inputTranscription"));
  await client.settle();
  await clock.advance(2);
  await client.next(ofContent("turnComplete"));
  const asked = client.messages.map((message) => contentOf(message).inputTranscription?.text ?? "").join("");
  expect(asked).toBe("Wait please.");
  expect(service.spoken.length).toBe(2);
  expect(firstDifference(service.session.heard.samples.subarray(0, 8000), said)).toBe(-1);
});

test("an interrupted generation has no generationComplete", async () => {
  const { clock, service, client } = await start(
    {},
    { script: { answers: [{ seconds: 10 }], delivery: { speed: 1 } } },
  );
  client.send(ask);
  await client.settle();
  await clock.advance(2);
  client.send(audio(speech(4, 0.5, 16_000)));
  await client.next(ofContent("turnComplete"));
  expect(client.messages.some(ofContent("generationComplete"))).toBe(false);
  expect(service.spoken[0]).toMatchObject({ interrupted: true });
  expect(firstDifference(heard(client), service.spoken[0].samples)).toBe(-1);
});

test("with NO_INTERRUPTION it speaks on; another rate is named by the media type", async () => {
  const { clock, service, client } = await start(
    { realtimeInputConfig: { activityHandling: "NO_INTERRUPTION" } },
    { script: { answers: [{ seconds: 2 }], delivery: { speed: 1 } } },
  );
  client.send(ask);
  client.send(audio(speech(4, 0.5, 48_000), 48_000));
  await client.settle();
  await clock.advance(3);
  await client.next(ofContent("turnComplete"));
  expect(service.spoken[0]).toMatchObject({ complete: true });
  expect(service.session.heard.seconds).toBeCloseTo(0.5, 6);
});

test("explicit activity, where automatic detection is off", async () => {
  const { clock, service, client } = await start({
    realtimeInputConfig: { automaticActivityDetection: { disabled: true } },
  });
  client.send({ realtimeInput: { activityStart: {} } });
  client.send(audio(speech(4, 0.5, 16_000)));
  await client.settle();
  expect(service.spoken).toEqual([]);
  client.send({ realtimeInput: { activityEnd: {} } });
  await client.settle();
  await clock.advance(2);
  await client.next(ofContent("turnComplete"));
  expect(service.spoken.length).toBe(1);
});

test("a tool call waits for its result, within the turn", async () => {
  const { clock, service, client } = await start(
    { tools: [{ functionDeclarations: [{ name: "weather" }] }] },
    {
      script: { answers: [{ seconds: 0, tool: { name: "weather", arguments: { city: "Oslo" } } }, { text: "Cold." }] },
    },
  );
  client.send(ask);
  const call = await client.next(({ toolCall }) => toolCall !== undefined);
  const [{ id }] = (call.toolCall as { functionCalls: { id: string }[] }).functionCalls;
  expect(call).toEqual({ toolCall: { functionCalls: [{ id, name: "weather", args: { city: "Oslo" } }] } });
  await clock.advance(5);
  await client.settle();
  expect(client.messages.some(ofContent("turnComplete"))).toBe(false);
  client.send({ toolResponse: { functionResponses: [{ id, name: "weather", response: { output: -4 } }] } });
  await client.settle();
  await clock.advance(5);
  await client.next(ofContent("turnComplete"));
  expect(service.spoken).toMatchObject([{ text: "Cold.", complete: true }]);
  expect(service.session.results).toMatchObject([{ id, response: { output: -4 } }]);
});

test("a call whose turn is interrupted is cancelled, and its late result is passed over", async () => {
  const { clock, client } = await start(
    {},
    { script: { answers: [{ seconds: 0, tool: { name: "weather", arguments: {} } }] } },
  );
  client.send(ask);
  const call = await client.next(({ toolCall }) => toolCall !== undefined);
  const [{ id }] = (call.toolCall as { functionCalls: { id: string }[] }).functionCalls;
  client.send(ask);
  expect(await client.next(({ toolCallCancellation }) => toolCallCancellation !== undefined)).toEqual({
    toolCallCancellation: { ids: [id] },
  });
  client.send({ toolResponse: { functionResponses: [{ id, name: "weather", response: {} }] } });
  await client.settle();
  await clock.advance(3);
  await client.next(ofContent("interrupted"));
  await client.next(ofContent("generationComplete"));
  await client.next(ofContent("turnComplete"));
});

test("the connection ends after ten minutes, with a warning; a handle takes the session up, without using the token", async () => {
  const { clock, service, client, connect } = await start({ sessionResumption: {} });
  const { access_token } = Object.fromEntries(service.session.connection.handshake.url.searchParams);
  const url = service.url(access_token);
  client.send(ask);
  await client.settle();
  await clock.advance(3);
  await client.next(ofContent("turnComplete"));
  const isUpdate = ({ sessionResumptionUpdate }: Message): boolean => sessionResumptionUpdate !== undefined;
  await client.next(isUpdate);
  const updates = client.messages.filter(isUpdate).map((message) => message.sessionResumptionUpdate as Message);
  expect(updates.map(({ resumable }) => resumable)).toEqual([true, false, true]);
  expect(updates[1].newHandle).toBe("");
  await clock.advance(537);
  expect(await client.next(({ goAway }) => goAway !== undefined)).toEqual({ goAway: { timeLeft: "60s" } });
  await clock.advance(60);
  expect(await client.closed).toMatchObject({ code: 1008 });
  const handle = updates[2].newHandle;
  const again = await connect(url);
  again.send({ setup: { model, sessionResumption: { handle } } });
  await again.next(({ setupComplete }) => setupComplete !== undefined);
  expect(service.resumed).toEqual([handle]);
  const wrong = await connect(url);
  wrong.send({ setup: { model, sessionResumption: { handle: "handle_x" } } });
  expect(await wrong.closed).toMatchObject({ code: 1008 });
});

test("the connection breaks in the middle of an answer, after a stall", async () => {
  const delivery = { stalls: [{ afterSeconds: 0.5, seconds: 2 }], dropAfterSeconds: 1, speed: 1 };
  const { clock, service, client } = await start({}, { script: { answers: [{ seconds: 5 }], delivery } });
  client.send(ask);
  await client.settle();
  await clock.advance(2.4);
  expect(service.spoken[0].seconds).toBeCloseTo(0.5, 9);
  await clock.advance(2);
  expect(await client.closed).toMatchObject({ code: 1006 });
  expect(firstDifference(heard(client), service.spoken[0].samples)).toBe(-1);
});

test("text, if the session asks for it", async () => {
  const { clock, service, client } = await start(
    { generationConfig: { responseModalities: ["TEXT"] } },
    { script: { answers: [{ text: "In words." }] } },
  );
  client.send({ realtimeInput: { text: "Hello?" } });
  await client.settle();
  await clock.advance(1);
  await client.next(ofContent("turnComplete"));
  const texts = client.messages.flatMap((message) => contentOf(message).modelTurn?.parts ?? []).map(({ text }) => text);
  expect(texts.join("")).toBe("In words.");
  expect(service.spoken).toEqual([]);
});

describe("tokens", () => {
  test("start one session within a minute, and end it after half an hour", async () => {
    const { clock, service, client, connect } = await start({}, { connectionSeconds: 3600 });
    const { access_token } = Object.fromEntries(service.session.connection.handshake.url.searchParams);
    const late = service.token();
    const begin = async (url: string): Promise<unknown> => {
      const again = await connect(url);
      again.send({ setup: { model } });
      return again.closed;
    };
    expect(await begin(service.url(access_token))).toEqual({ code: 1008, reason: "The token was used already." });
    await clock.advance(60);
    expect(await begin(service.url(late))).toMatchObject({ code: 1008 });
    expect(await begin(service.url("auth_tokens/wrong"))).toEqual({ code: 1008, reason: "The token is unknown." });
    await clock.advance(1740);
    expect(await client.closed).toEqual({ code: 1008, reason: "The token has expired." });
  });

  test("fix the setup, whatever the client asks for", async () => {
    const { service, connect } = await start();
    const constraints = { systemInstruction: { parts: [{ text: "Be brief." }] } };
    const client = await connect(service.url(service.token({ constraints })));
    client.send({ setup: { model, systemInstruction: { parts: [{ text: "Be long." }] } } });
    await client.next(({ setupComplete }) => setupComplete !== undefined);
    expect(service.session.setup).toMatchObject(constraints);
  });

  test("are made by request, and only with the key; the key opens a connection too", async () => {
    const { service, connect } = await start();
    const make = (key: string, body: object) =>
      fetch(service.tokenUrl, { method: "POST", headers: { "x-goog-api-key": key }, body: JSON.stringify(body) });
    expect((await make("wrong", {})).status).toBe(400);
    expect((await make(service.apiKey, { config: {} })).status).toBe(400);
    const { name } = (await (await make(service.apiKey, { uses: 1 })).json()) as { name: string };
    for (const url of [service.url(name), service.keyUrl]) {
      const client = await connect(url);
      client.send({ setup: { model } });
      await client.next(({ setupComplete }) => setupComplete !== undefined);
    }
    expect(await (await connect(service.keyUrl.replace("AIza", "AIzb"))).closed).toMatchObject({ code: 1007 });
    expect(await RawClient.status(service.keyUrl.replace("v1alpha", "v9"))).toBe("status 404");
  });
});

describe("it refuses, before the setup,", () => {
  test.each<[what: string, message: object | string, code: number]>([
    ["another first message", ask, 1007],
    ["a model without its prefix", { setup: { model: "gemini-live" } }, 1008],
    ["a model that does not exist", { setup: { model: "models/none" } }, 1008],
    ["a setup without a model", { setup: {} }, 1007],
    ["the config of the SDK", { setup: { model, config: {} } }, 1007],
    ["two modalities", { setup: { model, generationConfig: { responseModalities: ["AUDIO", "TEXT"] } } }, 1007],
    ["a setting in the wrong place", { setup: { model, responseModalities: ["AUDIO"] } }, 1007],
    ["a transparent resumption", { setup: { model, sessionResumption: { transparent: true } } }, 1007],
    ["a function without a name", { setup: { model, tools: [{ functionDeclarations: [{}] }] } }, 1007],
    ["a temperature out of range", { setup: { model, generationConfig: { temperature: 3 } } }, 1007],
  ])("%s", async (_what, message, code) => {
    const { client } = await start(null);
    client.send(message);
    expect(await client.closed).toMatchObject({ code });
  });
});

describe("it refuses", () => {
  test.each<[what: string, message: object | string]>([
    ["text that is no JSON", "hello"],
    ["JSON that is no object", "[]"],
    ["a binary frame", Buffer.from(JSON.stringify(ask))],
    ["a second setup", { setup: { model } }],
    ["a message without a field", {}],
    ["a message with two fields", { ...ask, ...audio(new Int16Array(10)) }],
    ["a field that does not exist", { realtimeInput: { sound: "" } }],
    ["audio that is no base64", { realtimeInput: { audio: { mimeType: "audio/pcm", data: "a*" } } }],
    ["audio without a media type", { realtimeInput: { audio: { data: "" } } }],
    ["audio that is no PCM", { realtimeInput: { audio: { mimeType: "audio/webm", data: "" } } }],
    ["an end of the stream that is false", { realtimeInput: { audioStreamEnd: false } }],
    ["explicit activity while it detects by itself", { realtimeInput: { activityStart: {} } }],
    ["the result of no call", { toolResponse: { functionResponses: [{ id: "x", name: "weather", response: {} }] } }],
    ["a result without an id", { toolResponse: { functionResponses: [{ name: "weather", response: {} }] } }],
    ["a result that is no object", { toolResponse: { functionResponses: [{ id: "x", name: "w", response: "4" }] } }],
    ["a role that does not exist", { clientContent: { turns: [{ role: "assistant", parts: [] }] } }],
  ])("%s", async (_what, message) => {
    const { service, client } = await start();
    client.send(message);
    expect(await client.closed).toMatchObject({ code: 1007 });
    expect(service.session.connection.refusals.length).toBe(1);
  });
});
