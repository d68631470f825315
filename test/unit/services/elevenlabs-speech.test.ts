import { afterEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import {
  ElevenLabsSpeech,
  type ElevenLabsSpeechOptions,
} from "../../support/services/elevenlabs-speech/elevenlabs-speech.js";
import type { MultiStreamInput } from "../../support/services/elevenlabs-speech/multi-stream-input.js";
import { decode, type Encoding } from "../../support/services/encoding.js";
import { firstDifference } from "../../support/services/first-difference.js";
import { RawClient } from "../../support/services/raw-client.js";
import type { Spoken } from "../../support/services/spoken.js";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

type Kind = "stream-input" | "multi-stream-input";
const standard = { output_format: "pcm_24000", sync_alignment: "true" };

async function start(kind: Kind, query: Record<string, string> = {}, options: ElevenLabsSpeechOptions = {}) {
  const clock = new VirtualClock();
  const service = await ElevenLabsSpeech.listen({ clock, ...options });
  open.push(service);
  const connect = async (more: Record<string, string> = {}): Promise<RawClient> => {
    const token = service.token();
    const client = await RawClient.connect(
      service.url(kind, { ...standard, single_use_token: token, ...query, ...more }),
    );
    open.push({ close: () => client.drop() });
    return client;
  };
  return { clock, service, connect, client: await connect() };
}

const isFinal = ({ isFinal }: Record<string, unknown>): boolean => isFinal === true;

/** Audio of a context, or of the stream. */
function heard(client: RawClient, contextId?: string, encoding: Encoding = "s16le"): Int16Array {
  const chunks = client.messages.filter((message) => message.contextId === contextId && message.audio);
  return decode(Buffer.concat(chunks.map(({ audio }) => Buffer.from(String(audio), "base64"))), encoding);
}

function joined(spoken: readonly Spoken[]): Int16Array {
  return Int16Array.from(spoken.flatMap(({ samples }) => [...samples]));
}

interface Times {
  chars: string[];
  charStartTimesMs: number[];
  charDurationsMs: number[];
}

/** Every character with its time in the context, ms, by adding what was sent before. */
function timed(client: RawClient, rate: number, contextId?: string): { char: string; at: number }[] {
  const all: { char: string; at: number }[] = [];
  let bytes = 0;
  for (const message of client.messages) {
    if (message.contextId !== contextId || typeof message.audio !== "string") continue;
    const { chars = [], charStartTimesMs = [] } = (message.alignment ?? {}) as Partial<Times>;
    chars.forEach((char, k) => {
      all.push({ char, at: (bytes / 2 / rate) * 1000 + charStartTimesMs[k] });
    });
    bytes += Buffer.from(message.audio, "base64").length;
  }
  return all;
}

describe("tokens", () => {
  test("a single-use token opens one connection within 15 minutes", async () => {
    const { service, clock } = await start("stream-input");
    const once = service.token();
    const late = service.token();
    const url = (token: string): string => service.url("stream-input", { ...standard, single_use_token: token });
    open.push({
      close: (
        (client) => () =>
          client.drop()
      )(await RawClient.connect(url(once))),
    });
    await clock.advance(900);
    for (const [token, reason] of [
      [once, "expired"],
      [late, "expired"],
      ["sutkn_wrong", "unknown"],
    ]) {
      const client = await RawClient.connect(url(token));
      expect(await client.closed).toEqual({ code: 1008, reason: `The single use token is ${reason}.` });
      expect(client.messages).toMatchObject([{ error: "invalid_token", code: 1008 }]);
      expect(JSON.stringify(client.messages)).not.toContain(token);
    }
    const twice = service.token();
    open.push({
      close: (
        (client) => () =>
          client.drop()
      )(await RawClient.connect(url(twice))),
    });
    expect(await (await RawClient.connect(url(twice))).closed).toMatchObject({
      reason: "The single use token is used.",
    });
  });

  test("are made by request, and only with the key", async () => {
    const { service } = await start("stream-input");
    const made = await fetch(service.tokenUrl, { method: "POST", headers: { "xi-api-key": service.apiKey } });
    const { token } = (await made.json()) as { token: string };
    expect(service.secrets.opens(token)).toBe(true);
    expect((await fetch(service.tokenUrl, { method: "POST" })).status).toBe(401);
  });

  test("the first message may carry a key instead", async () => {
    const { service, clock } = await start("stream-input");
    const speak = async (key: string): Promise<RawClient> => {
      const client = await RawClient.connect(service.url("stream-input", standard));
      open.push({ close: () => client.drop() });
      client.send({ text: " ", "xi-api-key": key });
      client.send({ text: "Hi. ", flush: true });
      await client.settle();
      await clock.advance(2);
      await client.settle();
      return client;
    };
    expect(heard(await speak(service.apiKey)).length).toBeGreaterThan(0);
    expect(await (await speak("wrong")).closed).toMatchObject({ code: 1008 });
  });
});

describe("stream-input", () => {
  test("text that streams in is said by the schedule, sample for sample, cut within samples", async () => {
    const { clock, service, client } = await start("stream-input", {}, { script: { delivery: { oddCuts: true } } });
    client.send({ text: " ", generation_config: { chunk_length_schedule: [50, 60] } });
    const sentence = "The quick brown fox jumps over the lazy dog near the river bank today. ";
    for (const word of sentence.match(/\S+ /g) ?? []) client.send({ text: word });
    await client.settle();
    await clock.advance(10);
    await client.settle();
    expect(service.spoken.map(({ text }) => text)).toEqual(["The quick brown fox jumps over the lazy dog near the "]);
    client.send({ text: "" });
    await client.settle();
    await clock.advance(10);
    expect(await client.closed).toEqual({ code: 1000, reason: "" });
    expect(client.messages.at(-1)).toEqual({ audio: null, isFinal: true });
    expect(service.spoken.map(({ text }) => text).join("")).toBe(sentence);
    expect(firstDifference(heard(client), joined(service.spoken))).toBe(-1);
    const lengths = client.messages.map(({ audio }) => Buffer.from(String(audio ?? ""), "base64").length);
    expect(lengths.filter((length) => length % 2 === 1).length).toBeGreaterThan(5);
  });

  test("times count from each chunk, and the first is above 0", async () => {
    const { clock, client } = await start("stream-input", {}, { script: { leadSeconds: 0.2 } });
    client.send({ text: " " });
    client.send({ text: "Two words. ", flush: true });
    client.send({ text: "And more. ", flush: true });
    await client.settle();
    await clock.advance(10);
    await client.settle();
    const times = timed(client, 24_000);
    expect(times.map(({ char }) => char).join("")).toBe("Two words. And more. ");
    // 200 ms of silence before each generation, 60 ms a character.
    times.forEach(({ at }, k) => {
      expect(Math.abs(at - (k * 60 + (k < 11 ? 200 : 400)))).toBeLessThanOrEqual(1);
    });
    const largest = client.messages.flatMap(({ alignment }) => (alignment as Times | null)?.charStartTimesMs ?? []);
    expect(Math.max(...largest)).toBeLessThan(100);
  });

  test("times count from the generation, if the script says so; without sync_alignment there are none", async () => {
    const generation = await start("stream-input", {}, { script: { timesFrom: "generation" } });
    const none = await start("stream-input", { sync_alignment: "false" });
    for (const { client, clock } of [generation, none]) {
      client.send({ text: " " });
      client.send({ text: "Two words. ", flush: true });
      await client.settle();
      await clock.advance(10);
      await client.settle();
    }
    const starts = generation.client.messages.flatMap(
      ({ alignment }) => (alignment as Times | null)?.charStartTimesMs ?? [],
    );
    expect(starts).toEqual(Array.from({ length: 11 }, (_, k) => 80 + 60 * k));
    expect(none.client.messages.every(({ alignment }) => alignment === null)).toBe(true);
  });

  test("each message is a generation with auto_mode; a short text is said when it is triggered", async () => {
    const auto = await start("stream-input", { auto_mode: "true" });
    auto.client.send({ text: " " });
    auto.client.send({ text: "One. " });
    auto.client.send({ text: "Two. " });
    await auto.client.settle();
    await auto.clock.advance(5);
    expect(auto.service.spoken.map(({ text }) => text)).toEqual(["One. ", "Two. "]);
    const { client, clock, service } = await start("stream-input");
    client.send({ text: " " });
    client.send({ text: "Short. ", try_trigger_generation: true });
    client.send({ text: "Long enough that the trigger has its fifty characters. ", try_trigger_generation: true });
    await client.settle();
    await clock.advance(1);
    expect(service.spoken.length).toBe(1);
  });

  test("µ-law, a stall, and a break in mid-sentence", async () => {
    const delivery = { stalls: [{ afterSeconds: 0.5, seconds: 2 }], dropAfterSeconds: 1, speed: 1 };
    const { clock, service, client } = await start(
      "stream-input",
      { output_format: "ulaw_8000" },
      { script: { delivery } },
    );
    client.send({ text: " " });
    client.send({ text: "A sentence that is never said to its end. ", flush: true });
    await client.settle();
    await clock.advance(10);
    expect(await client.closed).toMatchObject({ code: 1006 });
    expect(service.spoken[0]).toMatchObject({ encoding: "mulaw", sampleRate: 8000, seconds: 1, complete: false });
    expect(firstDifference(heard(client, undefined, "mulaw"), service.spoken[0].samples)).toBe(-1);
    const sent = service.input.connection.sent.map(({ at }) => at);
    expect(Math.max(...sent.slice(1).map((at, k) => at - sent[k]))).toBeCloseTo(2.1, 5);
  });

  test("it closes after 20 s without a message", async () => {
    const { clock, client } = await start("stream-input");
    client.send({ text: " " });
    await client.settle();
    await clock.advance(19.9);
    await client.settle();
    expect(client.messages).toEqual([]);
    await clock.advance(0.2);
    expect(await client.closed).toMatchObject({ code: 1008 });
    expect(client.messages).toMatchObject([{ error: "input_timeout_exceeded" }]);
  });
});

describe("multi-stream-input", () => {
  test("contexts are said side by side, each to its end", async () => {
    const { clock, service, client } = await start("multi-stream-input");
    client.send({ text: "First context here. ", context_id: "a" });
    client.send({ text: "Second context here. ", context_id: "b" });
    client.send({ context_id: "a", flush: true });
    client.send({ text: "And its end. ", context_id: "b", flush: true });
    client.send({ context_id: "a", close_context: true });
    client.send({ context_id: "b", close_context: true });
    await client.settle();
    await clock.advance(10);
    await client.settle();
    for (const id of ["a", "b"]) {
      const said = service.spoken.filter((spoken) => spoken.id === id);
      expect(said.every(({ complete }) => complete)).toBe(true);
      expect(firstDifference(heard(client, id), joined(said))).toBe(-1);
    }
    expect(service.spoken.map(({ id, text }) => [id, text])).toEqual([
      ["a", "First context here. "],
      ["b", "Second context here. And its end. "],
    ]);
    expect(client.messages.filter(isFinal)).toEqual([
      { audio: null, isFinal: true, contextId: "a" },
      { audio: null, isFinal: true, contextId: "b" },
    ]);
    const ids = client.messages.map(({ contextId }) => contextId);
    expect(ids.indexOf("b")).toBeLessThan(ids.lastIndexOf("a"));
  });

  test("a context that is closed before its flush is cut off; its name can be used again", async () => {
    const delivery = { speed: 1 };
    const { clock, service, client } = await start(
      "multi-stream-input",
      { auto_mode: "true" },
      { script: { delivery } },
    );
    client.send({ text: "A long sentence that somebody interrupts. ", context_id: "a" });
    client.send({ text: "It is never said. ", context_id: "a" });
    await client.settle();
    await clock.advance(1);
    client.send({ context_id: "a", close_context: true });
    await client.settle();
    await clock.advance(5);
    await client.next(isFinal);
    expect(service.spoken).toMatchObject([{ interrupted: true, complete: false }]);
    expect(service.spoken[0].seconds).toBeLessThan(1.2);
    expect(firstDifference(heard(client, "a"), service.spoken[0].samples)).toBe(-1);
    client.send({ text: "Again. ", context_id: "a", flush: true });
    await client.settle();
    await clock.advance(5);
    expect(service.spoken[1]).toMatchObject({ id: "a", text: "Again. ", complete: true });
  });

  test("a context closes by itself after its time limit, which an empty text resets", async () => {
    const { clock, service, client } = await start("multi-stream-input", { inactivity_timeout: "30" });
    client.send({ text: "Hold. ", context_id: "a" });
    await client.settle();
    for (let k = 0; k < 3; k++) {
      await clock.advance(20);
      client.send({ text: "", context_id: "a" });
      await client.settle();
    }
    expect((service.input as MultiStreamInput).contexts).toEqual(["a"]);
    await clock.advance(30);
    await client.next(isFinal);
    expect(service.spoken).toEqual([]);
  });

  test("closing the socket says what was flushed, then closes", async () => {
    const { clock, service, client } = await start("multi-stream-input");
    client.send({ text: "To the end. ", context_id: "a", flush: true });
    client.send({ text: "Not this. ", context_id: "b" });
    client.send({ close_socket: true });
    await client.settle();
    await clock.advance(5);
    expect(await client.closed).toMatchObject({ code: 1000 });
    expect(service.spoken).toMatchObject([{ text: "To the end. ", complete: true }]);
  });

  test("what is sent for a context that is closed is passed over", async () => {
    const { service, client } = await start("multi-stream-input");
    client.send({ context_id: "gone", close_context: true });
    client.send({ text: "", context_id: "gone" });
    await client.settle();
    expect((service.input as MultiStreamInput).ignored.length).toBe(2);
    expect(client.messages).toEqual([]);
  });
});

const begun = { text: " " };
const wrongStream: [what: string, messages: (object | string)[]][] = [
  ["text that is no JSON", ["hello"]],
  ["JSON that is no object", ["[]"]],
  ["a first message with a text", [{ text: "Hello " }]],
  ["a message without text", [begun, { flush: true }]],
  ["a text that is no string", [begun, { text: 5 }]],
  ["a field that does not exist", [begun, { text: "a ", context_id: "a" }]],
  ["a key after the first message", [begun, { text: "a ", "xi-api-key": "k" }]],
  ["a flush that is no boolean", [begun, { text: "a ", flush: "yes" }]],
  [
    "voice settings that change",
    [
      { text: " ", voice_settings: { speed: 1 } },
      { text: "a ", voice_settings: { speed: 1.1 } },
    ],
  ],
  ["a speed out of range", [{ text: " ", voice_settings: { speed: 2 } }]],
  ["a schedule out of range", [{ text: " ", generation_config: { chunk_length_schedule: [20] } }]],
  ["text after the end", [begun, { text: "Still speaking. " }, { text: "" }, { text: "more " }]],
  ["a binary frame", [begun, Buffer.from('{"text":"a "}')]],
];

const wrongMulti: [what: string, messages: (object | string)[]][] = [
  ["text that is no JSON", ["hello"]],
  ["JSON that is no object", ["3"]],
  ["a text that is no string", [{ text: 5, context_id: "a" }]],
  ["a context that is no string", [{ text: "a ", context_id: 5 }]],
  ["a flush of nothing", [{ context_id: "a", flush: true }]],
  [
    "a flush that is no boolean",
    [
      { text: "a ", context_id: "a" },
      { text: "b ", context_id: "a", flush: 1 },
    ],
  ],
  [
    "a close that is no boolean",
    [
      { text: "a ", context_id: "a" },
      { context_id: "a", close_context: 1 },
    ],
  ],
  ["a close without a context", [{ close_context: true }]],
  ["the camel case of the SDK", [{ text: "a ", contextId: "a" }]],
  [
    "a field that does not exist",
    [
      { text: "a ", context_id: "a" },
      { text: "b ", context_id: "a", speed: 1 },
    ],
  ],
  ["a stability out of range", [{ text: "a ", context_id: "a", voice_settings: { stability: 3 } }]],
  ["a close of the socket that is no boolean", [{ close_socket: "yes" }]],
  ["a sixth context", ["a", "b", "c", "d", "e", "f"].map((id) => ({ text: "Hello. ", context_id: id }))],
  ["a binary frame", [Buffer.from('{"text":"a "}')]],
];

describe.each([
  ["stream-input", wrongStream],
  ["multi-stream-input", wrongMulti],
] as const)("%s refuses", (kind, cases) => {
  test.each(cases)("%s", async (_what, messages) => {
    const { service, client } = await start(kind);
    for (const message of messages) client.send(message);
    expect(await client.closed).toMatchObject({ code: 1008 });
    expect(client.messages.filter((message) => "error" in message)).toMatchObject([{ code: 1008 }]);
    expect(service.input.connection.refusals.length).toBe(1);
  });
});

test.each([
  ["a format that this server does not make", { output_format: "mp3_44100_128" }],
  ["a rate that does not exist", { output_format: "pcm_11025" }],
  ["a time limit beyond the longest", { inactivity_timeout: "600" }],
])("an address with %s is closed", async (_what, query) => {
  const { connect } = await start("stream-input");
  expect(await (await connect(query)).closed).toMatchObject({ code: 1008 });
});

test("a voice that is not there is closed, another address is not found", async () => {
  const { service, connect } = await start("stream-input", {}, { voices: ["voice_b"] });
  expect(await (await connect()).closed).toMatchObject({ code: 1008, reason: expect.stringContaining("voice_a") });
  const url = service.url("stream-input").replace("stream-input", "stream");
  expect(await RawClient.status(url)).toBe("status 404");
});
