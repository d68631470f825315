import { afterEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import { DeepgramSpeech, type DeepgramSpeechOptions } from "../../support/services/deepgram-speech/deepgram-speech.js";
import { decode, type Encoding } from "../../support/services/encoding.js";
import { firstDifference } from "../../support/services/first-difference.js";
import { RawClient } from "../../support/services/raw-client.js";
import type { Spoken } from "../../support/services/spoken.js";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(options: DeepgramSpeechOptions = {}, query?: Record<string, string>) {
  const clock = new VirtualClock();
  const service = await DeepgramSpeech.listen({ clock, ...options });
  open.push(service);
  const client = await RawClient.connect(service.url(query), ["bearer", service.credentials.token()]);
  open.push({ close: () => client.drop() });
  await client.type("Metadata");
  const run = async (seconds: number): Promise<void> => {
    await client.settle();
    await clock.advance(seconds);
    await client.settle();
  };
  return { clock, service, client, run };
}

const speak = (text: string) => ({ type: "Speak", text });
const heard = (client: RawClient, encoding: Encoding = "s16le"): Int16Array =>
  decode(Buffer.concat(client.binary), encoding);
const joined = (spoken: readonly Spoken[]): Int16Array =>
  Int16Array.from(spoken.flatMap(({ samples }) => [...samples]));

test("text that streams in is said by sentences, sample for sample, and a flush is confirmed behind its audio", async () => {
  const { service, client, run } = await start({ script: { delivery: { oddCuts: true } } });
  expect(client.protocol).toBe("bearer");
  for (const text of ["Hello ", "there. ", "And ", "a rest"]) client.send(speak(text));
  await run(5);
  expect(service.spoken.map(({ text }) => text)).toEqual(["Hello there. "]);
  client.send({ type: "Flush" });
  await run(5);
  expect(service.spoken.map(({ text }) => text)).toEqual(["Hello there. ", "And a rest"]);
  expect(client.all("Flushed")).toEqual([{ type: "Flushed", sequence_id: 0 }]);
  const sent = service.socket.connection.sent.map(({ message }) => message);
  expect(sent.at(-1)).toEqual({ type: "Flushed", sequence_id: 0 });
  expect(firstDifference(heard(client), joined(service.spoken))).toBe(-1);
  expect(client.binary.some(({ length }) => length % 2 === 1)).toBe(true);
});

test.each(["mulaw", "alaw"] as const)("%s", async (encoding) => {
  const { service, client, run } = await start({}, { encoding });
  client.send(speak("Good morning."));
  await run(5);
  expect(service.spoken[0]).toMatchObject({ encoding, sampleRate: 8000, complete: true });
  expect(firstDifference(heard(client, encoding), service.spoken[0].samples)).toBe(-1);
});

test("Clear stops what is said and drops what waits", async () => {
  const { service, client, run } = await start({ script: { delivery: { speed: 1 } } });
  client.send(speak("A long sentence that is never said to its end. "));
  client.send(speak("Another one."));
  client.send(speak(" And a rest"));
  await run(0.55);
  client.send({ type: "Clear" });
  await client.type("Cleared");
  client.send({ type: "Flush" });
  await run(10);
  expect(service.spoken).toMatchObject([{ interrupted: true, complete: false }]);
  expect(firstDifference(heard(client), service.spoken[0].samples)).toBe(-1);
  client.send(speak("After it."));
  await run(5);
  expect(service.spoken[1]).toMatchObject({ text: "After it.", complete: true });
});

test("Close says the rest, then closes", async () => {
  const { service, client, clock } = await start();
  client.send(speak("The rest"));
  client.send({ type: "Close" });
  await client.settle();
  await clock.advance(5);
  expect(await client.closed).toEqual({ code: 1000, reason: "" });
  expect(firstDifference(heard(client), service.spoken[0].samples)).toBe(-1);
});

test("a stall, and a break in mid-sentence", async () => {
  const delivery = { stalls: [{ afterSeconds: 0.5, seconds: 2 }], dropAfterSeconds: 1, speed: 1 };
  const { clock, service, client } = await start({ script: { delivery } });
  client.send(speak("A sentence that is never said to its end."));
  await client.settle();
  await clock.advance(2.4);
  expect(service.spoken[0].seconds).toBeCloseTo(0.5, 9);
  await clock.advance(2);
  expect(await client.closed).toMatchObject({ code: 1006 });
  expect(firstDifference(heard(client), service.spoken[0].samples)).toBe(-1);
});

test("warnings: a text too long, and more than 20 flushes within a minute", async () => {
  const { client, run } = await start();
  client.send(speak("a".repeat(2001)));
  expect(await client.type("Warning")).toMatchObject({ code: "TEXT_LENGTH" });
  for (let k = 0; k < 21; k++) client.send({ type: "Flush" });
  expect(await client.type("Warning")).toMatchObject({ code: "EXCESSIVE_FLUSH" });
  await run(60);
  client.send({ type: "Flush" });
  await client.settle();
  expect(client.all("Flushed").length).toBe(21);
});

test("secrets: a token among the subprotocols or in the header, a key; wrong, expired, missing", async () => {
  const { service, clock } = await start();
  const status = (protocols: string[], headers = {}): Promise<string> =>
    RawClient.status(service.url(), protocols, { headers });
  const token = service.credentials.token();
  expect(await status(["bearer", token])).toBe("let in");
  expect(await status(["token", service.credentials.apiKey])).toBe("let in");
  expect(await status([], { authorization: `Bearer ${token}` })).toBe("let in");
  expect(await status([], { authorization: `Token ${service.credentials.apiKey}` })).toBe("let in");
  await clock.advance(30);
  for (const protocols of [
    ["bearer", token],
    ["bearer", "wrong"],
    ["token", "wrong"],
    ["bearer"],
    [],
    [token, "bearer"],
  ])
    expect(await status(protocols)).toBe("status 401");
  const grant = (key: string, body: object) =>
    fetch(service.grantUrl, { method: "POST", headers: { authorization: `Token ${key}` }, body: JSON.stringify(body) });
  expect((await grant("wrong", {})).status).toBe(401);
  expect((await grant(service.credentials.apiKey, { ttl_seconds: 7200 })).status).toBe(400);
  const made = (await (await grant(service.credentials.apiKey, { ttl_seconds: 60 })).json()) as Record<string, unknown>;
  expect(made.expires_in).toBe(60);
  expect(await status(["bearer", String(made.access_token)])).toBe("let in");
});

test.each([
  [{ encoding: "opus" }],
  [{ encoding: "linear16", sample_rate: "11025" }],
  [{ encoding: "mulaw", sample_rate: "48000" }],
  [{ model: "nova-3" }],
  [{ voice: "thalia" }],
])("an address with %o is refused", async (query) => {
  const { service } = await start();
  const protocols = ["bearer", service.credentials.token()];
  expect(await RawClient.status(service.url(query as Record<string, string>), protocols)).toBe("status 400");
});

describe("it refuses", () => {
  test.each<[what: string, messages: (object | string)[]]>([
    ["text that is no JSON", ["hello"]],
    ["JSON that is no object", ["[]"]],
    ["a binary frame", [Buffer.from('{"type":"Flush"}')]],
    ["a message without a type", [{ text: "Hello." }]],
    ["a type that does not exist", [{ type: "Interrupt" }]],
    ["a type in lower case", [{ type: "flush" }]],
    ["text without a text", [{ type: "Speak" }]],
    ["text that is no string", [{ type: "Speak", text: 5 }]],
    ["an empty text", [{ type: "Speak", text: "" }]],
    ["a flush with a text", [{ type: "Flush", text: "Hello." }]],
    ["a field that does not exist", [{ type: "Speak", text: "Hello.", model: "aura" }]],
    ["text after Close", [speak("Hello."), { type: "Close" }, speak("More.")]],
  ])("%s", async (_what, messages) => {
    const { service, client } = await start();
    for (const message of messages) client.send(message);
    expect(await client.closed).toMatchObject({ code: 1008, reason: expect.stringMatching(/^DATA-0000/) });
    expect(service.socket.connection.refusals.length).toBe(1);
  });
});
