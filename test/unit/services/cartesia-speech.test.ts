import { afterEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import { CartesiaSpeech, type CartesiaSpeechOptions } from "../../support/services/cartesia-speech/cartesia-speech.js";
import { decode, type Encoding } from "../../support/services/encoding.js";
import { firstDifference } from "../../support/services/first-difference.js";
import { RawClient } from "../../support/services/raw-client.js";
import type { Spoken } from "../../support/services/spoken.js";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

async function start(options: CartesiaSpeechOptions = {}) {
  const clock = new VirtualClock();
  const service = await CartesiaSpeech.listen({ clock, ...options });
  open.push(service);
  const connect = async (token = service.token()): Promise<RawClient> => {
    const client = await RawClient.connect(service.url(token));
    open.push({ close: () => client.drop() });
    return client;
  };
  const client = await connect();
  const run = async (seconds: number): Promise<void> => {
    await client.settle();
    await clock.advance(seconds);
    await client.settle();
  };
  return { clock, service, connect, client, run };
}

const output_format = { container: "raw", encoding: "pcm_s16le", sample_rate: 24_000 };
const request = (context_id: string, transcript: string, more: object = {}) => ({
  context_id,
  transcript,
  model_id: "sonic-3",
  voice: { mode: "id", id: "voice_a" },
  output_format,
  add_timestamps: true,
  continue: true,
  ...more,
});

function heard(client: RawClient, id: string, encoding: Encoding = "s16le"): Int16Array {
  const chunks = client.all("chunk").filter(({ context_id }) => context_id === id);
  return decode(Buffer.concat(chunks.map(({ data }) => Buffer.from(String(data), "base64"))), encoding);
}

const joined = (spoken: readonly Spoken[]): Int16Array =>
  Int16Array.from(spoken.flatMap(({ samples }) => [...samples]));

function words(client: RawClient): { word: string; start: number; end: number }[] {
  return client.all("timestamps").flatMap(({ word_timestamps }) => {
    const { words: names, start: starts, end } = word_timestamps as { words: string[]; start: number[]; end: number[] };
    return names.map((word, k) => ({ word, start: starts[k], end: end[k] }));
  });
}

test("text that streams in is said in one context, sample for sample, with words in its time", async () => {
  const { service, client, run } = await start({ script: { delivery: { oddCuts: true }, leadSeconds: 0.1 } });
  client.send(request("a", "Hello there. "));
  client.send(request("a", "How are "));
  client.send(request("a", "you?"));
  client.send(request("a", "", { continue: false }));
  await run(10);
  expect(service.spoken.map(({ text }) => text)).toEqual(["Hello there. ", "How are you?"]);
  expect(firstDifference(heard(client, "a"), joined(service.spoken))).toBe(-1);
  expect(client.messages.at(-1)).toEqual({ type: "done", done: true, context_id: "a", status_code: 206 });
  const odd = client.all("chunk").filter(({ data }) => Buffer.from(String(data), "base64").length % 2 === 1);
  expect(odd.length).toBeGreaterThan(5);
  // 100 ms of silence before each of the two generations, 60 ms a character; the first lasts 0.88 s.
  expect(words(client)).toEqual([
    { word: "Hello", start: 0.1, end: 0.4 },
    { word: "there.", start: 0.46, end: 0.82 },
    { word: "How", start: 0.98, end: 1.16 },
    { word: "are", start: 1.22, end: 1.4 },
    { word: "you?", start: 1.46, end: 1.7 },
  ]);
});

test.each([
  ["generation", [0.08, 0.08]],
  ["chunk", [0.08, 0.08]],
] as const)("words count from the %s, if the script says so", async (timesFrom, firsts) => {
  const { client, run } = await start({ script: { timesFrom } });
  client.send(request("a", "One two. "));
  client.send(request("a", "Three four.", { continue: false }));
  await run(10);
  const all = words(client);
  expect([all[0].start, all[2].start]).toEqual(firsts);
  expect(all[1].start < 0.1).toBe(timesFrom === "chunk");
});

test.each([
  ["pcm_f32le", "f32le"],
  ["pcm_mulaw", "mulaw"],
  ["pcm_alaw", "alaw"],
] as const)("%s", async (name, encoding) => {
  const { service, client, run } = await start({ script: { delivery: { oddCuts: true, pieceSeconds: 0.07 } } });
  const format = { ...output_format, encoding: name, sample_rate: 8000 };
  client.send(request("a", "Good morning.", { output_format: format, continue: false }));
  await run(5);
  expect(service.spoken[0]).toMatchObject({ encoding, sampleRate: 8000, complete: true });
  expect(firstDifference(heard(client, "a", encoding), service.spoken[0].samples)).toBe(-1);
});

test("contexts run side by side; phonemes on request", async () => {
  const { service, client, run } = await start();
  client.send(request("a", "First of all.", { continue: false, add_phoneme_timestamps: true }));
  client.send(request("b", "Second of all.", { continue: false }));
  await run(5);
  for (const id of ["a", "b"])
    expect(firstDifference(heard(client, id), joined(service.spoken.filter((said) => said.id === id)))).toBe(-1);
  const ids = client.all("chunk").map(({ context_id }) => context_id);
  expect(ids.indexOf("b")).toBeLessThan(ids.lastIndexOf("a"));
  expect(client.all("phoneme_timestamps").every(({ context_id }) => context_id === "a")).toBe(true);
  expect(client.all("phoneme_timestamps").length).toBeGreaterThan(0);
});

test("text waits for its end or for the delay; a flush says it now and is confirmed", async () => {
  const { service, client, run } = await start();
  client.send(request("a", "no mark "));
  client.send(request("b", "no delay", { max_buffer_delay_ms: 0 }));
  client.send(request("c", "flushed"));
  client.send(request("c", "", { flush: true }));
  await run(2.9);
  expect(service.spoken.map(({ id }) => id)).toEqual(["b", "c"]);
  expect(client.all("flush_done")).toMatchObject([{ context_id: "c", flush_id: 1, flush_done: true, done: false }]);
  client.send(request("c", "again."));
  await run(3);
  expect(service.spoken.map(({ id }) => id)).toEqual(["b", "c", "c", "a"]);
  expect(
    client
      .all("chunk")
      .filter(({ context_id }) => context_id === "c")
      .at(-1),
  ).toMatchObject({ flush_id: 2 });
});

test.each([true, false])("a cancellation stops what is being said: %s", async (cancelStopsRunning) => {
  const { service, client, run } = await start({ cancelStopsRunning, script: { delivery: { speed: 1 } } });
  client.send(request("a", "A long sentence that is cancelled. "));
  client.send(request("a", "Another one that never begins."));
  await run(0.55);
  client.send({ context_id: "a", cancel: true });
  await run(10);
  expect(service.spoken).toMatchObject([{ interrupted: cancelStopsRunning, complete: !cancelStopsRunning }]);
  expect(firstDifference(heard(client, "a"), service.spoken[0].samples)).toBe(-1);
  expect(client.all("done").length).toBe(1);
  client.send({ context_id: "a", cancel: true });
  await run(0);
  expect(service.socket.ignored.length).toBe(1);
});

test("a stall, and a break in mid-sentence", async () => {
  const delivery = { stalls: [{ afterSeconds: 0.5, seconds: 2 }], dropAfterSeconds: 1, speed: 1 };
  const { service, client, clock } = await start({ script: { delivery } });
  client.send(request("a", "A sentence that is never said to its end.", { continue: false }));
  await client.settle();
  await clock.advance(10);
  expect(await client.closed).toMatchObject({ code: 1006 });
  expect(service.spoken[0]).toMatchObject({ seconds: 1, complete: false });
  expect(firstDifference(heard(client, "a"), service.spoken[0].samples)).toBe(-1);
});

test("an idle connection is closed after five minutes", async () => {
  const { client, clock, run } = await start();
  await run(299);
  expect(client.messages).toEqual([]);
  await clock.advance(2);
  expect(await client.closed).toMatchObject({ code: 1000 });
});

test("tokens: expired, wrong, without the grant, without a version, another address", async () => {
  const { service, clock } = await start();
  const short = service.token({ expiresIn: 60 });
  await clock.advance(60);
  expect(await RawClient.status(service.url(short))).toBe("status 401");
  expect(await RawClient.status(service.url("car_tok_wrong"))).toBe("status 401");
  expect(await RawClient.status(service.url(service.token(), {}))).toBe("status 400");
  expect(await RawClient.status(service.url(service.token()).replace("/tts/", "/stt/"))).toBe("status 404");
  const headers = { authorization: `Bearer ${service.apiKey}`, "cartesia-version": "2026-08-14" };
  const bare = service.url("").split("?")[0];
  expect(await RawClient.status(bare, [], { headers })).toBe("let in");
  const make = (key: string, body: object) =>
    fetch(service.tokenUrl, {
      method: "POST",
      headers: { authorization: `Bearer ${key}` },
      body: JSON.stringify(body),
    });
  expect((await make("wrong", {})).status).toBe(401);
  expect((await make(service.apiKey, { expires_in: 7200 })).status).toBe(400);
  const token = async (grants: object) =>
    ((await (await make(service.apiKey, { grants, expires_in: 60 })).json()) as { token: string }).token;
  expect(await RawClient.status(service.url(await token({ stt: true })))).toBe("status 403");
  expect(await RawClient.status(service.url(await token({ tts: true })))).toBe("let in");
});

describe("it refuses", () => {
  const without = (name: string): object => {
    const { [name]: _, ...rest } = request("a", "Hello.") as Record<string, unknown>;
    return rest;
  };
  const cases: [what: string, message: object | string, status: number][] = [
    ["text that is no JSON", "hello", 400],
    ["JSON that is no object", "[]", 400],
    ["a binary frame", Buffer.from(JSON.stringify(request("a", "Hello."))), 400],
    ["a request without a context", without("context_id"), 400],
    ["a request without a voice", without("voice"), 400],
    ["a request without a format", without("output_format"), 400],
    ["a model that does not exist", request("a", "Hello.", { model_id: "cubic-1" }), 404],
    ["a voice without an id", request("a", "Hello.", { voice: { mode: "id" } }), 400],
    [
      "a container that is not raw",
      request("a", "Hello.", { output_format: { ...output_format, container: "wav" } }),
      400,
    ],
    [
      "an encoding that does not exist",
      request("a", "Hello.", { output_format: { ...output_format, encoding: "pcm_s24le" } }),
      400,
    ],
    [
      "a rate that does not exist",
      request("a", "Hello.", { output_format: { ...output_format, sample_rate: 11_025 } }),
      400,
    ],
    ["a field that does not exist", request("a", "Hello.", { contextId: "a" }), 400],
    ["a transcript that is no text", request("a", "Hello.", { transcript: 5 }), 400],
    ["an empty transcript of a new context", request("a", "", { continue: false }), 400],
    ["a flush with a text", request("a", "Hello.", { flush: true }), 400],
    ["a language and a locale", request("a", "Hello.", { language: "en", locale: "en-GB" }), 400],
    ["a delay beyond the longest", request("a", "Hello.", { max_buffer_delay_ms: 6000 }), 400],
    ["a speed out of range", request("a", "Hello.", { generation_config: { speed: 3 } }), 400],
    ["a cancellation that is false", { context_id: "a", cancel: false }, 400],
    ["a cancellation without a context", { cancel: true }, 400],
  ];
  test.each(cases)("%s", async (_what, message, status) => {
    const { service, client, run } = await start();
    client.send(message);
    expect(await client.type("error")).toMatchObject({ status_code: status, done: true });
    expect(service.socket.connection.refusals.length).toBe(1);
    client.send(request("b", "It continues.", { continue: false }));
    await run(5);
    expect(client.all("done").length).toBe(1);
  });

  test("another voice within a context, text after its end, and one context too many", async () => {
    const { client, run } = await start({ concurrency: 2 });
    client.send(request("a", "Hello. "));
    client.send(request("a", "Hello. ", { voice: "voice_b" }));
    expect(await client.type("error")).toMatchObject({ context_id: "a", status_code: 400 });
    client.send(request("a", "Bye.", { continue: false }));
    client.send(request("a", "More.", { continue: false }));
    expect(await client.type("error")).toMatchObject({ context_id: "a", status_code: 400 });
    client.send(request("b", "Two.", { continue: false }));
    client.send(request("c", "Three.", { continue: false }));
    expect(await client.type("error")).toMatchObject({ context_id: "c", error_code: "concurrency_limited" });
    await run(5);
    client.send(request("d", "Four.", { continue: false }));
    await run(5);
    expect(client.all("done").map(({ context_id }) => context_id)).toEqual(["b", "a", "d"]);
  });
});
