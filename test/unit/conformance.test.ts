import { expect, test } from "vitest";
import { idRules, uuid3 } from "../../conformance/id-rules.js";
import { markdownOf, settingInWords } from "../../conformance/report.js";
import { type Call, Session } from "../../conformance/session.js";
import { points } from "../../conformance/suite.js";
import { conformIn } from "../support/conformance-run.js";

const named = (...words: string[]) => points.filter(({ name }) => words.some((word) => name.includes(word)));
const found = (lines: readonly { name: string; observed: string }[], word: string): string =>
  lines.find(({ name }) => name.includes(word))!.observed;

test("UUIDs of version 3 are those of RFC 9562 and of other implementations", () => {
  // From Python's documentation of its module uuid.
  expect(uuid3("6ba7b810-9dad-11d1-80b4-00c04fd430c8", "python.org")).toBe("6fa459ea-ee8a-3ca4-894e-db77e160355e");
  const id = "0f8fad5b-d9cb-469f-a165-70867728950e";
  const made = Object.values(idRules).map((rule) => rule(id, "c1"));
  expect(new Set(made).size).toBe(made.length);
});

/** Events whose ids are made by `rule` instead of by the fake. */
const rewriting =
  (rule: (id: string) => string) =>
  (call: Call): Call => ({
    sendAppMessage: (data, to) => call.sendAppMessage(data, to),
    participants: () => call.participants(),
    room: () => call.room(),
    on: (type, listener) =>
      call.on(type, ({ data, fromId }) => {
        const message = data as Record<string, unknown>;
        const id = message?.inference_id;
        listener({ data: typeof id === "string" ? { ...message, inference_id: rule(id) } : data, fromId });
      }),
  });

test.each(Object.keys(idRules))("ids that are rewritten by %s: the rule is named", async (name) => {
  const wrap = rewriting((id) => idRules[name]!(id, "c0123456789abcdef"));
  const model = { ids: "kept" } as const;
  const { report } = await conformIn(
    { model, conversationId: "c0123456789abcdef" },
    named("listens", "who sends", "second utterance"),
    wrap,
  );
  expect(found(report.lines, "who sends")).toContain(`inference_id: ${name};`);
  expect(report.model.ids).toBe(name === "as it was sent" ? "kept" : "md5");
  expect(report.settings.listensAfterSeconds).toMatchObject({ value: 0 });
});

test("ids by a rule that nobody knows: said so, and the rest is found by order", async () => {
  const wrap = rewriting((id) => `${id.split("").reverse().join("")}`);
  const { report } = await conformIn(
    { model: { ids: "kept", secondId: "replaces" } },
    named("listens", "who sends", "buffered before", "second utterance", "answer is"),
    wrap,
  );
  expect(found(report.lines, "who sends")).toMatch(
    /another id by no known rule \(sent [\da-f-]{36}, got [\da-f-]{36}\)/,
  );
  expect(report.settings.ids).toEqual({ value: "md5", note: expect.stringContaining("none of the candidates") });
  expect(report.model).toMatchObject({ prebufferSeconds: 0.1, secondId: "replaces" });
});

test.each([4096, 20_000, 65_536, 262_144, 10 * 1024 * 1024])(
  "a room that takes %i characters: no message above 65,536, and no junk",
  async (maxMessageLength) => {
    for (const faults of [{}, { roomInfo: false }, { announceLimit: false, maxMessageLength }]) {
      const { messages, report } = await conformIn({ maxMessageLength, faults });
      const ours = messages.filter(({ data }) => (data as { event_type?: string }).event_type === "conversation.echo");
      const lengths = messages.map(({ data }) => JSON.stringify(data).length);
      expect(Math.max(...lengths)).toBeLessThanOrEqual(65_536);
      expect(lengths.reduce((sum, length) => sum + length, 0)).toBeLessThan(3.5e6);
      // All of it is echo messages and interrupts, as an app sends them.
      expect(ours.every(({ data }) => typeof (data as { properties?: unknown }).properties === "object")).toBe(true);
      expect(report.lines.filter(({ holds }) => holds === false)).toEqual([]);
    }
  },
);

test("the limit: the client's own value, the room's hint, or a refusal of real audio", async () => {
  const sent: number[] = [];
  const client = (limit: number, more: object = {}): Call =>
    ({
      on: () => undefined,
      participants: () => ({}),
      room: async () => null,
      sendAppMessage(data: unknown) {
        const { length } = JSON.stringify(data);
        if (length > limit) throw new Error(`Message data too large. Max size is ${limit}`);
        sent.push(length);
      },
      ...more,
    }) as Call;
  expect(new Session(client(9000, { _maxAppMessageSize: 9000 }), "c").limit.characters).toBe(9000);
  const hinted = new Session(
    client(8000, { room: async () => ({ domainConfig: { max_app_message_size: 8000 } }) }),
    "c",
  );
  await hinted.limit.ask();
  expect(hinted.limit.characters).toBe(8000);
  // A hint that promises too much is corrected by the first refusal, and no sample is lost.
  const wrong = new Session(
    client(5000, { room: async () => ({ domainConfig: { max_app_message_size: 50_000 } }) }),
    "c",
  );
  await wrong.limit.ask();
  sent.length = 0;
  wrong.audio(Session.sound(1, 24_000), { inference_id: "i" }, { done: true });
  expect([wrong.limit.characters, Math.max(...sent) <= 5000, sent.length > 10]).toEqual([5000, true, true]);
  const [sizes] = named("takes larger messages");
  const silent = new Session(client(30_000), "c");
  silent.patience = 0.01;
  expect((await sizes!.run(silent, {})).observed).toContain("a refusal named 30000");
});

test("a room that takes few messages a second: lost, or late, as it is", async () => {
  const rate = named("listens", "who sends", "duration is", "20 messages");
  const of = async (faults: object) =>
    found((await conformIn({ faults, maxMessageLength: 65_536 }, rate)).report.lines, "20 messages");
  expect(await of({})).toContain("all are heard in time");
  expect(await of({ messagesPerSecond: 15, rateLimit: "drop" })).toContain("some are lost");
  expect(await of({ messagesPerSecond: 15, rateLimit: "delay" })).toContain("delayed");
});

test("without events nothing is asked that events tell, and it ends soon", async () => {
  const { report } = await conformIn({ faults: { silent: true } });
  expect(report.seconds).toBeLessThan(60);
  expect(report.lines.filter(({ observed }) => observed.includes("no event came")).length).toBeGreaterThan(15);
  expect(report.model).not.toHaveProperty("ids");
});

test("what does not fit into the time that is left is not begun", async () => {
  const { report } = await conformIn({}, points, undefined, 60);
  expect(report.seconds).toBeLessThanOrEqual(60);
  expect(report.lines.some(({ observed }) => observed === "not asked: no time was left")).toBe(true);
  expect(report.lines).toHaveLength(points.length);
});

test("the whole suite takes less than five minutes, with the slowest replica too", async () => {
  const model = {
    abandonSeconds: Number.POSITIVE_INFINITY,
    listensAfterSeconds: 10,
    prebufferSeconds: 1.5,
    greeting: "Hello, nice to meet you.",
  };
  const faults = { latencySeconds: 0.15, jitterSeconds: 0.05, eventDelaySeconds: 0.1 };
  const { report } = await conformIn({ model, faults, maxMessageLength: 65_536 });
  console.log(`${report.seconds.toFixed(0)} s of conversation`);
  expect(report.seconds).toBeLessThan(270);
});

test("the report in Markdown: every point and setting, in words", async () => {
  const { report } = await conformIn({ model: { abandonSeconds: 2 } });
  const text = markdownOf(report);
  for (const { name } of report.lines) expect(text).toContain(name);
  expect(text).toContain("| `abandonSeconds` | 2 s (1.85 s to 2.15 s) |");
  expect(text).toContain(`createFakeRoom({ model: ${JSON.stringify(report.model)} });`);
  expect(JSON.parse(JSON.stringify(report)).model).toEqual(report.model);
  expect(settingInWords({ value: 25, atLeast: 25 })).toBe("at least 25 s");
  expect(settingInWords({ atMost: 25, note: "no stop tells when" })).toBe("at most 25 s; no stop tells when");
  expect(settingInWords({ value: "arrival", oneOf: ["arrival", "dry"] })).toBe("arrival or dry");
  expect(settingInWords({})).toBe("not seen");
});
