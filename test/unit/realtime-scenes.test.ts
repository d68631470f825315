import { afterEach, describe, expect, test } from "vitest";
import { closeWorlds, codes, firstDifference, setUp, speech } from "../support/voice-set-up.js";

afterEach(closeWorlds);

/** Messages of the client in a session, by type, audio left out. */
const sent = (session: { received: { event: { type: string } }[] }): string[] =>
  session.received.map(({ event }) => event.type);

describe("push to talk", () => {
  const manual = { session: { turnDetection: null } };

  test("when the button goes down, then only what is said while it is pressed is heard", async () => {
    const { world, replica, voice, open } = await setUp({ voice: manual });
    await open();
    await world.advance(1.3);
    for (const pressed of [0.9, 0.5]) {
      voice.interrupt();
      world.caller.speak(pressed);
      await world.advance(pressed);
      voice.respond();
      const index = replica.turns.length;
      await world.until(() => replica.turns[index]?.settled);
      await world.advance(1);
    }
    const { commits, refusals } = world.server.session;
    console.log(`pressed for 0.9 and 0.5 s, heard: ${commits.join(", ")} s`);
    expect(commits.map((seconds, n) => Math.abs(seconds - [0.9, 0.5][n]!) <= 0.04)).toEqual([true, true]);
    expect(refusals).toEqual([]);
  });

  test("when the button goes down while the connection is away, then what was kept of the input before is dropped", async () => {
    const { world, voice, open } = await setUp({ voice: manual });
    await open();
    world.server.session.drop();
    await world.until(() => voice.state === "reconnecting");
    await world.advance(0.2);
    voice.interrupt();
    const { given } = world.caller;
    const from = given.length;
    await world.until(() => voice.state === "open");
    await world.advance(0.5);
    const heard = world.server.session.input.length;
    // The session was not there yet, so that what was held cannot be cleared on the server: it must not be sent at all.
    expect(heard).toBeLessThanOrEqual(given.length - from + 12);
  });

  test("when respond({ commit: false }) is called, then an answer is asked for and nothing is committed", async () => {
    const { world, replica, voice, open } = await setUp({ voice: manual });
    await open();
    voice.respond({ commit: false });
    await world.until(() => replica.turns[0]?.settled);
    expect(sent(world.server.session)).toEqual(["session.update", "response.create"]);
  });
});

describe("tools", () => {
  const tool = { name: "weather", arguments: "{}" };

  test("when a tool's result is given while the caller speaks, then it is answered once", async () => {
    const { world, replica, voice, open, errors } = await setUp({ answers: [{ tool }] });
    let reply: (output: unknown) => void = () => {};
    voice.on("toolCall", (call) => {
      reply = call.reply;
    });
    await open();
    world.server.session.respond();
    await world.advance(0.3);
    world.caller.speak(1);
    await world.advance(0.6);
    reply("sunny");
    await world.until(() => replica.turns[0]?.settled);
    await world.advance(4);
    const { session } = world.server;
    expect(replica.turns).toHaveLength(1);
    expect(session.of("response.create")).toEqual([]);
    expect([session.refusals, errors]).toEqual([[], []]);
  });

  test("when the provider leaves the answer to the app, then the tool's result is asked about once the caller is silent", async () => {
    const session = { turnDetection: { type: "server_vad", createResponse: false } };
    const { world, replica, voice, open } = await setUp({ answers: [{ tool }], voice: { session } });
    voice.on("toolCall", ({ reply }) => void world.clock.sleep(0.6).then(() => reply("sunny")));
    await open();
    world.server.session.respond();
    await world.advance(0.2);
    world.caller.speak(1);
    await world.until(() => replica.turns[0]?.settled);
    expect(world.server.session.of("response.create")).toHaveLength(1);
  });

  test("when the caller only coughed, then a result that waited is answered after a second", async () => {
    const { world, replica, voice, open } = await setUp({ answers: [{ tool }], server: { detects: false } });
    let reply: (output: unknown) => void = () => {};
    voice.on("toolCall", (call) => {
      reply = call.reply;
    });
    await open();
    const { session } = world.server;
    session.respond();
    await world.advance(0.2);
    const speech = "input_audio_buffer.speech";
    session.raw(JSON.stringify({ type: `${speech}_started`, item_id: "cough" }));
    await world.advance(0.2);
    reply("sunny");
    session.raw(JSON.stringify({ type: `${speech}_stopped`, item_id: "cough" }));
    const from = world.clock.now();
    await world.until(() => session.of("response.create").length === 1);
    expect(world.clock.now() - from).toBeCloseTo(1, 1);
    await world.until(() => replica.turns[0]?.settled);
  });

  test("when the connection breaks, then the call's signal aborts and the question is asked again in the next session", async () => {
    const answers = [{ tool }, { pcm: speech(1, 1), transcript: "It is sunny." }];
    const { world, replica, voice, open } = await setUp({ answers });
    let signal: AbortSignal | undefined;
    voice.on("toolCall", (call) => {
      signal = call.signal;
    });
    await open();
    world.caller.speak(0.5);
    await world.until(() => signal);
    expect(signal!.aborted).toBe(false);
    world.server.session.drop();
    await world.until(() => replica.turns[0]?.settled);
    expect(signal!.aborted).toBe(true);
    expect(world.server.session.of("response.create")).toHaveLength(1);
  });
});

describe("what was not heard leaves the model's memory", () => {
  test("when the caller interrupts, then what was heard is cut, and second items and queued answers are deleted", async () => {
    const answers = [
      { pcm: speech(3, 0), more: speech(2, 1), transcript: "one two" },
      { pcm: speech(2, 2), transcript: "three" },
    ];
    const { world, replica, open } = await setUp({ answers, server: { speed: 20 } });
    await open();
    const { session } = world.server;
    session.respond();
    await world.until(() => replica.turns[0]?.state === "speaking" && !session.answering);
    session.respond();
    await world.until(() => replica.turns.length === 2 && !session.answering);
    await world.advance(1);
    world.caller.speak(0.4);
    await world.until(() => replica.turns[0]!.settled);
    await world.advance(0.2);
    const [first, second, third] = session.items.map(({ id }) => id);
    const cuts = session.of("conversation.item.truncate");
    expect(cuts.map(({ item_id }) => item_id)).toEqual([first]);
    expect(cuts[0]!.audio_end_ms / 1000).toBeCloseTo(replica.turns[0]!.settled!.heardSeconds, 2);
    expect(session.of("conversation.item.delete").map(({ item_id }) => item_id)).toEqual([second, third]);
    expect(session.refusals).toEqual([]);
  });

  test("when the replica never came, then its answer is deleted", async () => {
    const { world, replica, open, errors } = await setUp();
    await open();
    const { session } = world.server;
    session.respond();
    await world.until(() => replica.turns.length === 1);
    Object.defineProperty(replica.turns[0], "position", { value: { seconds: 0 } });
    replica.turns[0]!.settle("failed", new Error("no replica within 30 s"));
    await world.advance(3);
    expect(session.of("conversation.item.delete")).toHaveLength(1);
    expect(session.of("conversation.item.truncate")).toEqual([]);
    expect(codes(errors)).toEqual(["turn-failed"]);
  });

  test("when the turn's outcome says that less was heard than its position did, then the model is told again", async () => {
    const { world, replica, voice, open } = await setUp({ answers: [{ pcm: speech(6, 0) }] });
    await open();
    world.server.session.respond();
    await world.until(() => replica.turns[0]?.state === "speaking");
    await world.advance(2);
    let seconds = 2;
    Object.defineProperty(replica.turns[0], "position", { get: () => ({ seconds }) });
    voice.interrupt();
    seconds = 1.2;
    await world.advance(0.2);
    expect(world.server.session.of("conversation.item.truncate").map(({ audio_end_ms }) => audio_end_ms)).toEqual([
      2000, 1200,
    ]);
  });

  test("when a spoken turn was heard in part, as a doubt says, then the model is told of the smaller figure", async () => {
    const { world, replica, open } = await setUp({ answers: [{ pcm: speech(4, 0) }] });
    await open();
    world.server.session.respond();
    await world.until(() => replica.turns[0]?.state === "speaking");
    Object.defineProperty(replica.turns[0], "position", { value: { seconds: 1.5 } });
    await world.until(() => replica.turns[0]!.settled);
    await world.advance(0.1);
    const [cut] = world.server.session.of("conversation.item.truncate");
    expect(cut!.audio_end_ms).toBe(1500);
  });

  test("when an answer was interrupted before its second item came, then that item is deleted as soon as it is over", async () => {
    const { world, replica, voice, open } = await setUp({ server: { detects: false } });
    await open();
    const { session } = world.server;
    const say = (message: object): void => session.raw(JSON.stringify(message));
    const delta = speech(1, 1);
    const audio = Buffer.from(delta.buffer).toString("base64");
    say({ type: "response.created", response: { id: "r1" } });
    say({ type: "response.output_audio.delta", response_id: "r1", item_id: "i1", content_index: 0, delta: audio });
    await world.until(() => replica.turns[0]?.state === "speaking");
    await world.advance(0.5);
    voice.interrupt();
    say({ type: "response.output_audio.delta", response_id: "r1", item_id: "i2", content_index: 0, delta: audio });
    await world.advance(0.1);
    say({ type: "response.done", response: { id: "r1", status: "cancelled" } });
    await world.advance(0.1);
    expect(session.of("conversation.item.delete").map(({ item_id }) => item_id)).toEqual(["i2"]);
    expect(session.of("conversation.item.truncate").map(({ item_id }) => item_id)).toEqual(["i1"]);
    expect(replica.turns).toHaveLength(1);
  });

  test("when deltas arrive behind the end of their response, then they are spoken all the same", async () => {
    const { world, replica, open } = await setUp({ server: { detects: false } });
    await open();
    const { session } = world.server;
    const say = (message: object): void => session.raw(JSON.stringify(message));
    const pcm = speech(2, 1);
    const piece = (from: number, to: number) => Buffer.from(pcm.slice(from * 24_000, to * 24_000).buffer);
    const delta = (from: number, to: number): void =>
      say({
        ...{ type: "response.output_audio.delta", response_id: "r1", item_id: "i1", content_index: 0 },
        delta: piece(from, to).toString("base64"),
      });
    say({ type: "response.created", response: { id: "r1" } });
    delta(0, 1);
    say({ type: "response.done", response: { id: "r1", status: "completed" } });
    delta(1, 2);
    await world.until(() => replica.turns[1]?.settled);
    expect(firstDifference([...replica.turns[0]!.pcm, ...replica.turns[1]!.pcm], pcm)).toBe(-1);
    expect(replica.turns.map(({ settled }) => settled!.type)).toEqual(["spoken", "spoken"]);
  });
});

describe("interrupt()", () => {
  test("when it is called before the answer began, then the answer is cancelled and not a sample of it is spoken", async () => {
    const { world, replica, voice, open, errors } = await setUp({ voice: { session: { turnDetection: null } } });
    await open();
    voice.respond();
    voice.interrupt();
    await world.advance(3);
    const { session } = world.server;
    expect(session.of("response.create")).toHaveLength(1);
    expect(session.of("response.cancel")).toHaveLength(1);
    expect(replica.turns).toEqual([]);
    // And the next one is wanted.
    voice.respond();
    await world.until(() => replica.turns[0]?.settled);
    expect([session.refusals, errors]).toEqual([[], []]);
  });

  test("when it is called between the caller's last word and the provider's own answer, then that is called off", async () => {
    const { world, replica, voice, open } = await setUp({ server: { detects: false } });
    await open();
    const { session } = world.server;
    session.raw(JSON.stringify({ type: "input_audio_buffer.speech_started", item_id: "u1" }));
    session.raw(JSON.stringify({ type: "input_audio_buffer.speech_stopped", item_id: "u1" }));
    await world.quiet();
    voice.interrupt();
    session.respond();
    await world.advance(2);
    expect(session.of("response.cancel")).toHaveLength(1);
    expect(replica.turns).toEqual([]);
  });

  test("when say()s wait, then none survives it", async () => {
    const { world, replica, voice, open } = await setUp({ voice: { greeting: "First." } });
    await open();
    voice.say("Second.");
    voice.say("Third.");
    await world.until(() => replica.turns[0]?.state === "speaking");
    voice.interrupt();
    await world.advance(5);
    expect(world.server.session.of("response.create")).toHaveLength(1);
    expect(replica.turns).toHaveLength(1);
  });

  test("when the connection is away, then what was asked for meanwhile is forgotten too", async () => {
    const { world, voice, open } = await setUp();
    await open();
    world.server.session.drop();
    await world.until(() => voice.state === "reconnecting");
    voice.say("When you are back.");
    voice.interrupt();
    await world.until(() => voice.state === "open");
    await world.advance(1);
    expect(world.server.session.of("response.create")).toEqual([]);
  });
});

describe("text", () => {
  test("when an answer is text, then its transcript is given, and nothing is spoken by itself", async () => {
    const { world, replica, open, transcripts, errors } = await setUp({ answers: [{ text: "All in writing." }] });
    await open();
    world.server.session.respond();
    await world.advance(1);
    expect(transcripts).toEqual(["replica: All in writing."]);
    expect([replica.turns, errors]).toEqual([[], []]);
  });

  test("when the caller types, then the model answers; when the app adds context, then nothing is said", async () => {
    const { world, replica, voice, open } = await setUp();
    await open();
    voice.addContext("The caller looks at page 3.");
    await world.advance(1);
    expect(replica.turns).toEqual([]);
    voice.sendText("What is on it?");
    await world.until(() => replica.turns[0]?.settled);
    voice.sendText("Noted, do not answer.", { respond: false });
    await world.advance(1);
    const { session } = world.server;
    expect(session.of("response.create")).toHaveLength(1);
    expect(session.of("conversation.item.create").map(({ item }) => item)).toMatchObject([
      { role: "system", content: [{ type: "input_text", text: "The caller looks at page 3." }] },
      { role: "user", content: [{ type: "input_text", text: "What is on it?" }] },
      { role: "user", content: [{ type: "input_text", text: "Noted, do not answer." }] },
    ]);
  });

  test("when text was typed while the connection was away, then the next session has it, once, and answers once", async () => {
    const { world, replica, voice, open } = await setUp();
    await open();
    world.server.session.drop();
    await world.until(() => voice.state === "reconnecting");
    voice.sendText("Are you there?");
    await world.until(() => replica.turns[0]?.settled);
    const { session } = world.server;
    expect(session.of("conversation.item.create").map(({ item }) => item)).toMatchObject([
      { role: "user", content: [{ text: "Are you there?" }] },
    ]);
    expect(session.of("response.create")).toHaveLength(1);
  });

  test("when the provider sends events of its own, then they arrive as raw, parsed", async () => {
    const { world, voice, open } = await setUp();
    const raw: unknown[] = [];
    voice.on("raw", (message) => raw.push(message));
    await open();
    world.server.session.raw(JSON.stringify({ type: "response.mcp_call.failed", item_id: "m" }));
    world.server.session.raw(Buffer.from([0, 0x80]));
    await world.advance(0.1);
    expect(raw).toContainEqual({ type: "response.mcp_call.failed", item_id: "m" });
    expect(raw.at(-1)).toEqual(Uint8Array.of(0, 0x80));
  });

  test("when a service speaks in other words than say() asked for, then nothing breaks: the transcript says what it said", async () => {
    const answers = [{ pcm: speech(1, 0), transcript: "A very warm welcome to you, dear caller!" }];
    const { world, replica, voice, open, transcripts, errors } = await setUp({ answers });
    await open();
    voice.say("Welcome.");
    await world.until(() => replica.turns[0]?.settled);
    expect(replica.turns[0]!.settled!.type).toBe("spoken");
    expect(transcripts).toEqual(["replica: A very warm welcome to you, dear caller!"]);
    world.server.session.drop();
    await world.until(() => world.server.sessions.length === 2 && voice.state === "open");
    const [told] = world.server.session.of("conversation.item.create");
    expect(told!.item).toMatchObject({ content: [{ text: "A very warm welcome to you, dear caller!" }] });
    expect(codes(errors)).toEqual(["connection-lost"]);
  });
});
