import { connect } from "node:net";
import OpenAI from "openai";
import { OpenAIRealtimeWS } from "openai/realtime/ws";
import type { RealtimeServerEvent } from "openai/resources/realtime/realtime";
import { describe, expect, test } from "vitest";
import { systemClock } from "../../src/flow/clock.js";
import { heardParts } from "../../src/realtime/heard-parts.js";
import { History } from "../../src/realtime/history.js";
import { openaiRealtime } from "../../src/realtime/index.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { RealtimeServer } from "../support/realtime-server.js";

const protocol = openaiRealtime();

describe("the fake server and the official client", () => {
  test("the client configures a session, sends audio, gets an answer and a truncation, without complaint", async () => {
    const pcm = Int16Array.from({ length: 12_000 }, (_, n) => (n * 7919) % 32_768);
    const server = await RealtimeServer.listen({
      clock: systemClock,
      answer: () => ({ pcm, transcript: "hello there", tool: { name: "f", arguments: "{}" } }),
      speed: 1000,
    });
    try {
      const baseURL = server.url.replace("ws:", "http:").replace("/realtime", "");
      // The client insists on wss:, the server has no certificate: a plain connection stands in for TLS.
      const client = new OpenAIRealtimeWS(
        { model: "gpt-realtime-2.1", options: { createConnection: connect } },
        new OpenAI({ apiKey: "ek_test", baseURL }),
      );
      const complaints: unknown[] = [];
      client.on("error", (error) => complaints.push(error));
      const events: RealtimeServerEvent[] = [];
      client.on("event", (event) => events.push(event));
      const next = <T extends Exclude<RealtimeServerEvent["type"], "error">>(type: T) =>
        new Promise<Extract<RealtimeServerEvent, { type: T }>>((resolve) => client.once(type, resolve as never));

      await next("session.created");
      expect(server.session.secret).toBe("ek_test");
      client.send({ type: "session.update", session: { type: "realtime", instructions: "Be kind." } });
      expect((await next("session.updated")).session).toMatchObject({ instructions: "Be kind." });
      client.send({ type: "input_audio_buffer.append", audio: Buffer.alloc(960).toString("base64") });
      client.send({ type: "response.create" });
      const done = await next("response.done");
      expect(done.response.status).toBe("completed");
      const deltas = events.filter((event) => event.type === "response.output_audio.delta");
      expect(Buffer.concat(deltas.map(({ delta }) => Buffer.from(delta, "base64")))).toEqual(Buffer.from(pcm.buffer));
      const { item_id } = deltas[0]!;
      client.send({ type: "conversation.item.truncate", item_id, content_index: 0, audio_end_ms: 100 });
      expect((await next("conversation.item.truncated")).audio_end_ms).toBe(100);
      expect(complaints).toEqual([]);
      client.send({ type: "conversation.item.truncate", item_id, content_index: 0, audio_end_ms: 501 });
      await new Promise((resolve) => client.once("error", resolve));
      expect(complaints).toHaveLength(1);
      expect(server.session.refusals).toEqual(["Audio content of 500ms is already shorter than 501ms"]);
      client.close();
    } finally {
      await server.close();
    }
  });
});

describe("what a message means", () => {
  const only = (message: object): unknown => protocol.parse(JSON.stringify(message))[0];

  test("audio and transcripts, by the current and by the older names", () => {
    for (const name of ["response.output_audio", "response.audio"]) {
      const place = { response_id: "r", item_id: "i", content_index: 1 };
      expect(only({ type: `${name}.delta`, ...place, delta: "AQID" })).toEqual({
        ...{ type: "audio", responseId: "r", itemId: "i", contentIndex: 1 },
        bytes: Uint8Array.of(1, 2, 3),
      });
      expect(only({ type: `${name}_transcript.done`, ...place, transcript: "Hi." })).toMatchObject({
        ...{ type: "transcript", role: "replica", text: "Hi.", final: true },
      });
    }
  });

  test("a tool call, from whichever of its messages has the name", () => {
    const call = { call_id: "c", name: "f", arguments: "{}" };
    const wanted = { callId: "c", name: "f", arguments: "{}" };
    const item = { type: "function_call", ...call };
    expect(only({ type: "response.output_item.done", response_id: "r", item })).toMatchObject({ call: wanted });
    expect(only({ type: "response.function_call_arguments.done", response_id: "r", ...call })).toMatchObject({
      call: wanted,
    });
    expect(protocol.parse({ type: "response.function_call_arguments.done", call_id: "c", arguments: "{}" })).toEqual(
      [],
    );
    expect(only({ type: "response.done", response: { id: "r", status: "completed", output: [item] } })).toMatchObject({
      calls: [wanted],
    });
  });

  test("errors, by what can be done about them", () => {
    const codeOf = (error: object): unknown =>
      (only({ type: "error", error }) as { fault: { code: string } }).fault.code;
    expect(codeOf({ code: "session_expired" })).toBe("session-expired");
    expect(codeOf({ code: "rate_limit_exceeded" })).toBe("rate-limited");
    expect(codeOf({ code: "insufficient_quota" })).toBe("quota-exceeded");
    expect(codeOf({ code: "invalid_api_key" })).toBe("unauthorized");
    expect(codeOf({ type: "invalid_request_error" })).toBe("provider-error");
    expect(only({ type: "error", error: { code: "response_cancel_not_active" } })).toMatchObject({ benign: true });
    expect(protocol.closed(1001, "Your session hit the maximum duration of 60 minutes.").fault.code).toBe(
      "session-expired",
    );
    expect(protocol.closed(1006, "")).toMatchObject({ again: true, fault: { code: "connection-lost" } });
    expect(protocol.closed(3000, "invalid_request_error.invalid_api_key").again).toBe(false);
  });

  test("200,000 malformed messages: none throws, none becomes an event with a wrong type in it", () => {
    const seed = 20_261_120;
    const random = pseudoRandom(seed);
    const types = [
      ...["session.created", "session.updated", "error", "response.created", "response.done", "rate_limits.updated"],
      ...["response.output_audio.delta", "response.audio_transcript.delta", "response.output_item.done", "made.up"],
      ...["input_audio_buffer.speech_started", "conversation.item.input_audio_transcription.completed"],
      ...["conversation.item.input_audio_transcription.failed", "response.function_call_arguments.done"],
    ];
    const fields = ["response_id", "item_id", "content_index", "delta", "transcript", "session", "error", "response"];
    fields.push(
      "item",
      "arguments",
      "name",
      "call_id",
      "rate_limits",
      "__proto__",
      "audio",
      "status",
      "output",
      "type",
    );
    const pick = <T>(list: readonly T[]): T => list[Math.floor(random() * list.length)]!;
    const value = (depth: number): unknown => {
      const kinds = [
        null,
        undefined,
        1e308,
        -1,
        "",
        "AAA=",
        "%",
        "x".repeat(1 + Math.floor(random() * 50)),
        true,
        [],
        Number.NaN,
      ];
      if (depth === 0 || random() < 0.5) return pick(kinds);
      if (random() < 0.2) return [value(depth - 1), value(depth - 1)];
      return message(depth - 1);
    };
    const message = (depth: number): Record<string, unknown> =>
      Object.fromEntries(Array.from({ length: Math.floor(random() * 6) }, () => [pick(fields), value(depth)]));
    for (let n = 0; n < 200_000; n++) {
      const hostile = { ...message(3), ...(random() < 0.9 && { type: pick(types) }) };
      const input =
        random() < 0.1 ? value(2) : random() < 0.5 ? hostile : (JSON.stringify(hostile) ?? "").slice(0, 400);
      for (const event of protocol.parse(input)) {
        if (event.type === "audio" && !(event.bytes instanceof Uint8Array && Number.isSafeInteger(event.contentIndex)))
          throw new Error(`seed ${seed}, ${n}`);
        if (event.type === "transcript" && typeof event.text !== "string") throw new Error(`seed ${seed}, ${n}`);
        if (event.type === "responseDone" && !Array.isArray(event.calls)) throw new Error(`seed ${seed}, ${n}`);
      }
    }
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    console.log(`seed ${seed}`);
  });
});

describe("what the model is told of an interruption", () => {
  const item = (itemId: string, seconds: number) => ({ itemId, contentIndex: 0, bytes: seconds * 48_000 });

  test.each([
    ["in the middle", [item("a", 2)], 1.2345, true, [["a", 1234]]],
    ["nothing was heard", [item("a", 2)], 0, true, [["a", 0]]],
    ["less than a millisecond was heard", [item("a", 2)], 0.0009, true, [["a", 0]]],
    ["all was heard", [item("a", 2)], 2, true, []],
    ["all that came was heard, but more was to come", [item("a", 2)], 2, false, [["a", 2000]]],
    ["more than came cannot have been heard", [item("a", 2)], 7, false, [["a", 2000]]],
    ["the second of two items", [item("a", 1), item("b", 1)], 1.5, true, [["b", 500]]],
    [
      "in the first of two items",
      [item("a", 1), item("b", 1)],
      0.5,
      true,
      [
        ["a", 500],
        ["b", 0],
      ],
    ],
    ["an item in two pieces", [item("a", 1), item("b", 1), item("a", 1)], 2.5, true, [["a", 1500]]],
    ["no audio came", [], 1, false, []],
  ] as const)("%s", (_, segments, heard, complete, wanted) => {
    const untold = heardParts(segments, heard, 48_000, complete).filter(({ whole }) => !whole);
    expect(untold.map(({ itemId, heardMs }) => [itemId, heardMs])).toEqual(wanted);
  });

  test("the second part of an item of which only the first was heard is cut as early as can be: it cannot be deleted alone", () => {
    const parts = heardParts([item("a", 1), { ...item("a", 1), contentIndex: 1 }], 0.7, 48_000, true);
    expect(parts.map(({ contentIndex, heardMs, whole }) => [contentIndex, heardMs, whole])).toEqual([
      [0, 700, false],
      [1, 1, false],
    ]);
  });

  test("100,000 random cuts: whole milliseconds, never beyond what came, each item once", () => {
    const seed = 7;
    const random = pseudoRandom(seed);
    for (let n = 0; n < 100_000; n++) {
      const segments = Array.from({ length: Math.floor(random() * 4) }, (_, i) => ({
        ...{ itemId: `i${i}`, contentIndex: 0 },
        bytes: Math.floor(random() * 200_000),
      }));
      const cuts = heardParts(segments, random() * 10, 48_000, random() < 0.5);
      if (new Set(cuts.map(({ itemId }) => itemId)).size !== cuts.length) throw new Error(`seed ${seed}, ${n}`);
      for (const { itemId, heardMs } of cuts) {
        const { bytes } = segments.find((segment) => segment.itemId === itemId)!;
        if (!Number.isInteger(heardMs) || heardMs < 0 || heardMs > bytes / 48) throw new Error(`seed ${seed}, ${n}`);
      }
    }
  });

  test("the words for the next session: a caller's late transcript in its place, what was cut cut, 40 items at most", () => {
    const history = new History();
    history.place("u1", "user");
    history.write("r1", "replica", "one two three four");
    history.write("u1", "user", "Count.");
    history.cut("r1", 0.5);
    history.write("r2", "replica", "unheard");
    history.cut("r2", 0);
    expect(history.entries()).toEqual([
      { id: "u1", role: "user", text: "Count." },
      { id: "r1", role: "replica", text: "one two …" },
    ]);
    for (let n = 0; n < 100; n++) history.write(`x${n}`, "user", `${n}`);
    expect(history.entries().map(({ text }) => text)).toEqual(Array.from({ length: 40 }, (_, n) => `${n + 60}`));
  });
});
