import { afterEach, describe, expect, test } from "vitest";
import { openaiRealtime, type RealtimeError } from "../../src/realtime/index.js";
import { closeWorlds, codes, setUp, speech } from "../support/voice-set-up.js";

afterEach(closeWorlds);

describe("opening", () => {
  test("when secret() never settles, then open() rejects after connectTimeoutSeconds", async () => {
    const secret = () => new Promise<string>(() => {});
    const { world, open, voice } = await setUp({ voice: { secret, connectTimeoutSeconds: 4 } });
    const error = (await open().catch((reason: unknown) => reason)) as RealtimeError;
    expect(error).toMatchObject({ code: "connect-timeout", message: expect.stringContaining("secret function") });
    expect(world.clock.now()).toBeCloseTo(4, 1);
    expect(voice.state).toBe("idle");
  });

  test("when secret() takes its time, then what is left of the time is the session's", async () => {
    const { world, open } = await setUp({
      server: { silent: true },
      voice: { connectTimeoutSeconds: 4, secret: () => world.clock.sleep(3).then(() => "ek_late") },
    });
    const wanted = { code: "connect-timeout", message: expect.stringMatching(/no session/) };
    await expect(open()).rejects.toMatchObject(wanted);
    expect(world.clock.now()).toBeCloseTo(4, 1);
  });

  const retired = { code: 4000, reason: "invalid_request_error.beta_api_shape_disabled" };

  test("when the service has retired the interface, then the error names that", async () => {
    const protocol = openaiRealtime({ beta: true });
    const { world, open, voice } = await setUp({ voice: { protocol }, server: { refuses: () => retired } });
    await expect(open()).rejects.toMatchObject({
      code: "interface-retired",
      message: expect.stringContaining("retired"),
      remedy: expect.stringContaining("openaiRealtime() without beta"),
    });
    await world.advance(5);
    expect([world.server.sessions.length, voice.state]).toEqual([1, "idle"]);
  });

  test("when the service retires it in the middle of a session, then nothing is tried again, and it is reported once", async () => {
    const { world, open, voice, errors } = await setUp();
    await open();
    world.server.session.end(retired.code, retired.reason);
    await world.until(() => voice.state === "idle");
    await world.advance(5);
    expect([codes(errors), world.server.sessions.length]).toEqual([["interface-retired"], 1]);
  });

  test("when an error fires and no close follows, as for a socket that a policy blocked, then open() rejects at once", async () => {
    class Blocked {
      bufferedAmount = 0;
      binaryType = "";
      addEventListener(type: string, listener: (event: never) => void): void {
        if (type === "error") queueMicrotask(() => listener(undefined as never));
      }
      send(): void {}
      close(): void {}
    }
    const { world, open } = await setUp({ voice: { webSocket: Blocked } });
    await expect(open()).rejects.toMatchObject({ code: "connect-failed" });
    expect(world.clock.now()).toBeLessThan(0.5);
  });
});

describe("when the connection breaks", () => {
  test("while a question is being answered, then it is asked again in the next session, once", async () => {
    const answers = [
      { pcm: speech(4, 0), transcript: "It is a long story" },
      { pcm: speech(1, 1), transcript: "Short." },
    ];
    const { world, replica, voice, open, errors } = await setUp({ answers, server: { speed: 1.5 } });
    await open();
    world.caller.speak(0.6);
    await world.until(() => replica.turns[0]?.state === "speaking");
    await world.advance(0.5);
    world.server.session.drop();
    await world.until(() => replica.turns[1]?.settled);
    const { session } = world.server;
    expect(session.of("response.create")).toHaveLength(1);
    expect(session.of("conversation.item.create")[0]!.item).toMatchObject({ role: "user" });
    expect(replica.turns.map(({ settled }) => settled!.type)).toEqual(["failed", "spoken"]);
    expect([codes(errors), voice.state]).toEqual([["connection-lost"], "open"]);
    await world.advance(3);
    expect(replica.turns).toHaveLength(2);
  });

  test("between the question and its answer, then it is asked again too", async () => {
    const { world, replica, open } = await setUp({ server: { detects: false } });
    await open();
    const { session } = world.server;
    const say = (message: object): void => session.raw(JSON.stringify(message));
    say({ type: "input_audio_buffer.speech_started", item_id: "u1" });
    say({ type: "input_audio_buffer.speech_stopped", item_id: "u1" });
    const name = "conversation.item.input_audio_transcription.completed";
    say({ type: name, item_id: "u1", content_index: 0, transcript: "What is the time?" });
    await world.quiet();
    session.drop();
    await world.until(() => replica.turns[0]?.settled);
    expect(world.server.session.of("conversation.item.create")[0]!.item).toMatchObject({
      content: [{ text: "What is the time?" }],
    });
  });

  test("after the caller had interrupted the answer, then nothing is asked again", async () => {
    const { world, replica, voice, open } = await setUp({ answers: [{ pcm: speech(8, 0) }], server: { speed: 1 } });
    await open();
    world.caller.speak(0.6);
    await world.until(() => replica.turns[0]?.state === "speaking");
    await world.advance(0.5);
    voice.interrupt();
    world.server.session.drop();
    await world.until(() => world.server.sessions.length === 2 && voice.state === "open");
    await world.advance(1);
    expect(world.server.session.of("response.create")).toEqual([]);
  });

  test("while a complete answer is still spoken, and the caller interrupts that, then the new session's memory is corrected", async () => {
    const answers = [{ pcm: speech(8, 0), transcript: "one two three four five six seven eight" }];
    const { world, replica, voice, open } = await setUp({ answers, server: { speed: 20 } });
    await open();
    world.caller.speak(0.6);
    await world.until(() => replica.turns[0]?.state === "speaking" && !world.server.session.answering);
    world.server.session.drop();
    await world.until(() => world.server.sessions.length === 2 && voice.state === "open");
    await world.advance(3);
    voice.interrupt();
    await world.advance(0.3);
    const { session } = world.server;
    const told = session
      .of("conversation.item.create")
      .map(({ item }) => item as { id: string; content: { text: string }[] });
    expect(told.map(({ content }) => content[0]!.text)).toEqual([
      expect.stringContaining("caller's words"),
      "one two three four five six seven eight",
      expect.stringMatching(/^one two three( four)? …$/),
    ]);
    expect(session.of("conversation.item.delete").map(({ item_id }) => item_id)).toEqual([told[1]!.id]);
    expect(session.refusals).toEqual([]);
  });
});

describe("before the session's longest duration is over", () => {
  test("when there is a pause, then another takes its place: nothing is reported, the input goes on, the words are known", async () => {
    const { world, replica, voice, open, errors, secrets } = await setUp({ server: { expiresInSeconds: 100 } });
    const states: string[] = [];
    voice.on("state", (state) => states.push(state));
    await open();
    world.caller.speak(0.5);
    await world.until(() => replica.turns[0]?.settled);
    world.stepSeconds = 0.1;
    await world.advance(85 - world.clock.now());
    expect(world.server.sessions).toHaveLength(1);
    await world.advance(10);
    expect(world.server.sessions.map(({ open }) => open)).toEqual([false, true]);
    world.stepSeconds = 0.005;
    const { session } = world.server;
    expect(session.of("conversation.item.create")).toHaveLength(2);
    expect([errors, secrets.length, states]).toEqual([[], 2, ["connecting", "open"]]);
    const heard = world.server.sessions.map(({ input }) => input.reduce((sum, { length }) => sum + length, 0));
    const given = world.caller.given.reduce((sum, { length }) => sum + length, 0);
    expect(given - heard[0]! - heard[1]!).toBeLessThanOrEqual(960);
    world.caller.speak(0.5);
    await world.until(() => replica.turns[1]?.settled);
    expect(replica.turns[1]!.settled!.type).toBe("spoken");
  });

  test("when nobody pauses, then the provider ends it, and another is opened at once", async () => {
    const { world, voice, open, errors } = await setUp({ server: { expiresInSeconds: 20, detects: false } });
    await open();
    await world.advance(1);
    world.server.session.raw(JSON.stringify({ type: "input_audio_buffer.speech_started", item_id: "u1" }));
    await world.advance(18.5);
    expect(world.server.sessions).toHaveLength(1);
    world.server.session.expire();
    await world.until(() => world.server.sessions.length === 2 && voice.state === "open");
    expect(codes(errors)).toEqual(["session-expired"]);
  });

  test("when another cannot be opened, then the first goes on, and it is tried again", async () => {
    let up = true;
    const protocol = { ...openaiRealtime(), sessionSeconds: 200 };
    const { world, voice, open, errors } = await setUp({ server: { up: () => up }, voice: { protocol } });
    await open();
    up = false;
    world.stepSeconds = 0.1;
    await world.advance(185);
    expect([world.server.sessions.length, voice.state, errors]).toEqual([1, "open", []]);
    up = true;
    await world.advance(12);
    expect(world.server.sessions.map((session) => session.open)).toEqual([false, true]);
    expect(errors).toEqual([]);
  });

  test("when the service names no end, then OpenAI's documented hour counts", () => {
    expect(openaiRealtime().sessionSeconds).toBe(3600);
  });
});
