import { expect, test } from "vitest";
import { conversationIdOf, parse } from "../../../src/tavus/event.js";
import { EventFold } from "../../../src/tavus/fold.js";

const message = (event_type: string, properties?: unknown, more: object = {}): object => ({
  message_type: "conversation",
  event_type,
  ...(properties !== undefined && { properties }),
  ...more,
});

test("both generations of names parse to the same event", () => {
  const more = { inference_id: "i", seq: 7, conversation_id: "c", turn_idx: 3, timestamp: 1.5, surprise: {} };
  const envelope = { seq: 7, conversationId: "c" };
  const started = { type: "started", inferenceId: "i", ...envelope };
  expect(parse(message("conversation.replica.started_speaking", undefined, more))).toEqual(started);
  for (const role of ["replica", "pal"])
    expect(parse(message("conversation.started_speaking", { role }, more))).toEqual(started);
  const stopped = { type: "stopped", inferenceId: "i", durationSeconds: 2.5, interrupted: true, ...envelope };
  expect(parse(message("conversation.replica.stopped_speaking", { duration: 2.5, interrupted: true }, more))).toEqual(
    stopped,
  );
  for (const role of ["replica", "pal"])
    expect(parse(message("conversation.stopped_speaking", { role, duration: 2.5, interrupted: true }, more))).toEqual(
      stopped,
    );
  expect(parse(message("conversation.replica_interrupted", undefined, more))).toEqual({
    ...stopped,
    durationSeconds: undefined,
  });
});

test("what may be missing or null may be", () => {
  expect(parse(message("conversation.replica.stopped_speaking", { duration: null }))).toEqual({
    type: "stopped",
    inferenceId: undefined,
    durationSeconds: undefined,
    interrupted: false,
    seq: undefined,
    conversationId: undefined,
  });
});

test("utterances, whole and streaming; a shutdown", () => {
  expect(parse(message("conversation.utterance", { role: "pal", speech: "Hi." }))).toMatchObject({
    type: "utterance",
    role: "replica",
    text: "Hi.",
    final: true,
  });
  expect(parse(message("conversation.utterance.streaming", { role: "user", speech: "H", final: false }))).toMatchObject(
    { role: "user", text: "H", final: false },
  );
  expect(parse(message("system.shutdown", { reason: "max_call_duration" }))).toMatchObject({
    type: "shutdown",
    reason: "max_call_duration",
  });
});

test("the user's events, unknown ones, and known ones with a field of a wrong type are no events", () => {
  for (const bad of [
    message("conversation.user.started_speaking"),
    message("conversation.started_speaking", { role: "user" }),
    message("conversation.started_speaking", { role: "admin" }),
    message("conversation.started_speaking"),
    message("conversation.tool_call", { name: "x", arguments: "{}" }),
    message("conversation.not_yet_invented"),
    message("conversation.replica.stopped_speaking", { duration: "3" }),
    message("conversation.replica.stopped_speaking", { duration: -1 }),
    message("conversation.replica.stopped_speaking", { duration: Number.NaN }),
    message("conversation.replica.stopped_speaking", { interrupted: "true" }),
    message("conversation.replica.stopped_speaking", []),
    message("conversation.replica.stopped_speaking", "x"),
    message("conversation.replica.started_speaking", undefined, { inference_id: 3 }),
    message("conversation.replica.started_speaking", undefined, { inference_id: "" }),
    message("conversation.replica.started_speaking", undefined, { inference_id: "x".repeat(257) }),
    message("conversation.replica.started_speaking", undefined, { seq: 1.5 }),
    { event_type: "conversation.replica.started_speaking" },
    { message_type: "chat", event_type: "conversation.replica.started_speaking" },
    null,
    undefined,
    "conversation.replica.started_speaking",
    [message("conversation.replica.started_speaking")],
    new Proxy(
      {},
      {
        get: () => {
          throw new Error("a trap");
        },
      },
    ),
  ])
    expect(parse(bad)).toBeUndefined();
});

test("the conversation's id is learnt from any event that has one", () => {
  expect(conversationIdOf(message("system.replica_present", undefined, { conversation_id: "c1" }))).toBe("c1");
  for (const bad of [null, {}, message("x", undefined, { conversation_id: 3 }), { conversation_id: "c1" }])
    expect(conversationIdOf(bad)).toBeUndefined();
});

test("the fold: repetitions within two seconds are one fact, and an overtaken event none", () => {
  const fold = new EventFold();
  const event = (type: "started" | "stopped", inferenceId: string | undefined, seq?: number) => {
    const envelope = { inferenceId, seq, conversationId: undefined };
    return type === "started" ? { type, ...envelope } : { type, ...envelope, durationSeconds: 1, interrupted: false };
  };
  expect(fold.accepts(event("started", "a", 1), "replica", 0)).toBe(true);
  expect(fold.accepts(event("started", "a", 2), "replica", 0.1)).toBe(false);
  expect(fold.accepts(event("stopped", "a", 4), "replica", 1)).toBe(true);
  // Overtaken.
  expect(fold.accepts(event("started", "a", 3), "replica", 1.1)).toBe(false);
  expect(fold.accepts(event("stopped", "a", 5), "replica", 1.2)).toBe(false);
  expect(fold.accepts(event("started", "b", 6), "replica", 1.3)).toBe(true);
  expect(fold.accepts(event("stopped", undefined), "replica", 2)).toBe(true);
  expect(fold.accepts(event("stopped", undefined), "replica", 5)).toBe(true);
  fold.reset();
  expect(fold.accepts(event("started", "a", 0), "replica", 6)).toBe(true);
});
