import { afterEach, describe, expect, test } from "vitest";
import type { RealtimeVoiceOptions } from "../../src/realtime/index.js";
import type { Answer } from "../support/realtime-server.js";
import { closeWorlds, codes, firstDifference, setUp, speech } from "../support/voice-set-up.js";

afterEach(closeWorlds);

describe("opening", () => {
  test("the session is configured first, the secret travels as a subprotocol, the model in the address", async () => {
    const { world, voice, open, errors } = await setUp({
      voice: {
        session: {
          instructions: "Be brief.",
          voice: "marin",
          language: "de",
          turnDetection: { type: "server_vad", silenceDurationMs: 400 },
        },
      },
    });
    await open();
    expect(voice.state).toBe("open");
    const { session } = world.server;
    expect(session.request.url).toBe("/v1/realtime?model=gpt-realtime-2.1");
    expect(session.request.headers["sec-websocket-protocol"]).toBe("realtime,openai-insecure-api-key.ek_0");
    expect(session.of("session.update")[0]!.session).toEqual({
      type: "realtime",
      instructions: expect.stringMatching(/^Be brief\.\n\nThe conversation is in German \(de\)\./),
      output_modalities: ["audio"],
      audio: {
        input: {
          format: { type: "audio/pcm", rate: 24_000 },
          turn_detection: { type: "server_vad", silence_duration_ms: 400 },
          transcription: { model: "gpt-transcribe", language: "de" },
        },
        output: { format: { type: "audio/pcm", rate: 24_000 }, voice: "marin" },
      },
    });
    expect(errors).toEqual([]);
    await voice.close();
    expect(voice.state).toBe("idle");
  });

  test("the greeting is spoken sample for sample; without one the model waits", async () => {
    const { world, replica, open, transcripts } = await setUp({ voice: { greeting: "Welcome back." } });
    await open();
    await world.until(() => replica.turns[0]?.settled);
    expect(world.server.session.of("response.create")[0]!.response?.instructions).toContain("Welcome back.");
    expect(firstDifference(replica.turns[0]!.pcm, speech(2, 0))).toBe(-1);
    expect(replica.turns[0]!.settled?.type).toBe("spoken");
    expect(transcripts).toEqual(["replica: answer number 0 in a few words"]);

    const silent = await setUp();
    await silent.open();
    await silent.world.advance(3);
    expect(silent.replica.turns).toEqual([]);
    expect(silent.world.server.session.of("response.create")).toEqual([]);
  });
});

describe("a conversation", () => {
  test("ten turns, a barge-in in each third, instructions in the middle, a tool call, a lost connection", async () => {
    const tool = { name: "weather", arguments: '{"city":"Rome"}' };
    const answers: Answer[] = Array.from({ length: 16 }, (_, n) =>
      n === 5 ? { tool } : { pcm: speech(3, n), transcript: `this is what the model says in answer ${n}` },
    );
    const { world, replica, voice, errors, open, secrets } = await setUp({
      answers,
      server: { oddBytes: true },
      voice: { session: { instructions: "Be brief.", tools: [{ name: "weather" }] }, greeting: "Hello." },
    });
    voice.on("toolCall", ({ name, arguments: args, reply }) => {
      expect([name, args]).toEqual(["weather", { city: "Rome" }]);
      reply({ sky: "clear" });
    });
    await open();
    // The greeting is turn 0; the caller's turns follow. A speech has an answer of 3 s, sent five times faster.
    await world.until(() => replica.turns[0]?.settled);
    const bargeIns = [1, 4, 7];
    const errorsMs: number[] = [];
    for (let turn = 1; turn <= 9; turn++) {
      if (turn === 3) voice.update({ instructions: "Speak French." });
      world.caller.speak(0.8);
      const index = replica.turns.length;
      await world.until(() => replica.turns[index]?.state === "speaking");
      const played = replica.turns[index]!;
      if (bargeIns.includes(turn)) {
        await world.advance(0.6 + turn / 10);
        const before = replica.interrupts.length;
        const session = world.server.session;
        world.caller.speak(0.4);
        await world.until(() => played.settled);
        expect(replica.interrupts).toHaveLength(before + 1);
        await world.advance(0.3);
        const cut = session.of("conversation.item.truncate").at(-1)!;
        expect(Number.isInteger(cut.audio_end_ms)).toBe(true);
        errorsMs.push(cut.audio_end_ms - played.settled!.heardSeconds * 1000);
        // The words that interrupted are a turn of the caller too.
        await world.until(() => replica.turns[index + 1]?.settled);
        expect(replica.turns[index + 1]!.settled!.type).toBe("spoken");
      } else {
        await world.until(() => played.settled);
        expect(played.settled!.type).toBe("spoken");
      }
      if (turn === 8) {
        world.server.session.drop();
        await world.until(() => voice.state === "reconnecting");
        await world.until(() => voice.state === "open");
      }
    }
    const [first, second] = world.server.sessions;
    expect(first!.of("conversation.item.truncate")).toHaveLength(3);
    expect(errorsMs.every((ms) => Math.abs(ms) <= 60)).toBe(true);
    console.log(`truncation against what was played: ${errorsMs.map((ms) => ms.toFixed(1)).join(", ")} ms`);
    expect([...first!.refusals, ...second!.refusals]).toEqual([]);
    expect(errors.map((error) => (error as { code?: string }).code)).toEqual(["connection-lost"]);
    expect(secrets).toEqual(["ek_0", "ek_1"]);
    // Instructions: in the middle, and in the session after the lost one.
    expect(first!.of("session.update")[1]!.session).toEqual({
      type: "realtime",
      instructions: "Speak French.",
      audio: {},
    });
    expect(second!.of("session.update")[0]!.session).toMatchObject({ instructions: "Speak French." });
    // The tool's result went back, and the model went on.
    const result = first!.of("conversation.item.create").map(({ item }) => item);
    expect(result).toEqual([{ type: "function_call_output", call_id: expect.any(String), output: '{"sky":"clear"}' }]);
    // Every answer's samples, in order, nothing but what was cut missing.
    const spoken = answers.map((each, n) => (each.pcm ? n : -1)).filter((n) => n >= 0);
    for (const [n, turn] of replica.turns.entries()) {
      const whole = answers[spoken[n]!]!.pcm!;
      expect(firstDifference(turn.pcm, whole.subarray(0, turn.pcm.length))).toBe(-1);
      if (turn.settled?.type === "spoken") expect(turn.pcm).toHaveLength(whole.length);
    }
    // The new session was told what was said, the cut ones only as far as they were heard.
    const told = second!.of("conversation.item.create").map(({ item }) => item as { role: string; content: object[] });
    expect(told.length).toBeGreaterThan(10);
    expect(told[0]).toMatchObject({
      role: "assistant",
      content: [{ type: "output_text", text: answers[0]!.transcript }],
    });
    expect(JSON.stringify(told)).toContain(" …");
    // The input: every sample that the caller gave, while there was a session to hear it.
    const heard = Int16Array.from(first!.input.flatMap((chunk) => [...chunk]));
    const given = Int16Array.from(world.caller.given.flatMap((chunk) => [...chunk]));
    expect(firstDifference(heard, given.subarray(0, heard.length))).toBe(-1);
  });
});

describe("barge-in", () => {
  /** A conversation in which the model speaks for `seconds`, from the greeting on. */
  async function speaking(seconds: number, options: Parameters<typeof setUp>[0] = {}) {
    const setup = await setUp({
      answers: [{ pcm: speech(seconds, 0), transcript: "one two three four five six seven eight" }],
      ...options,
      voice: { greeting: "Hi.", ...options.voice },
    });
    await setup.open();
    await setup.world.until(() => setup.replica.turns[0]?.state === "speaking");
    return setup;
  }

  test("the interrupt goes out in the moment in which the provider reports speech", async () => {
    const { world, replica } = await speaking(4);
    await world.advance(1);
    const from = world.clock.now();
    world.caller.speak(1);
    await world.until(() => replica.interrupts.length > 0);
    // A chunk of 40 ms, and the detector's 60 ms: nothing of it is ours.
    expect(replica.interrupts[0]! - from).toBeLessThanOrEqual(0.1);
    expect(world.server.session.of("response.cancel")).toEqual([]);
  });

  test("what is generated already is truncated although no response is in the making", async () => {
    const { world, replica } = await speaking(4);
    await world.advance(2);
    expect(world.server.session.answering).toBe(false);
    world.caller.speak(0.5);
    await world.until(() => replica.turns[0]!.settled);
    await world.advance(0.1);
    const [cut] = world.server.session.of("conversation.item.truncate");
    expect(cut!.audio_end_ms / 1000).toBeCloseTo(replica.turns[0]!.settled!.heardSeconds, 1);
    expect(world.server.session.of("response.cancel")).toEqual([]);
    expect(world.server.session.refusals).toEqual([]);
  });

  test("never beyond what was received: a replica whose clock runs ahead changes nothing", async () => {
    const { world, replica } = await speaking(4, { server: { speed: 1.05 } });
    Object.defineProperty(replica.turns[0], "position", { value: { seconds: 99 } });
    await world.advance(1);
    world.caller.speak(0.5);
    await world.until(() => world.server.session.of("conversation.item.truncate").length > 0);
    expect(world.server.session.refusals).toEqual([]);
    expect(world.server.session.of("conversation.item.truncate")[0]!.audio_end_ms).toBeLessThan(1500);
  });

  test("nothing heard yet: the item is deleted from the model's memory, not truncated to 0", async () => {
    const { world, replica, open } = await setUp({ voice: { greeting: "Hi." } });
    await open();
    await world.until(() => replica.turns.length === 1);
    Object.defineProperty(replica.turns[0], "position", { value: { seconds: 0 } });
    world.caller.speak(0.5);
    await world.until(() => replica.interrupts.length === 1);
    await world.advance(0.2);
    expect(world.server.session.of("conversation.item.truncate")).toEqual([]);
    expect(world.server.session.of("conversation.item.delete")).toHaveLength(1);
    expect(world.server.session.refusals).toEqual([]);
  });

  test("nothing to interrupt: no message leaves", async () => {
    const { world, replica } = await speaking(1);
    await world.until(() => replica.turns[0]!.settled);
    await world.advance(1);
    world.caller.speak(0.5);
    await world.until(() => replica.turns[1]);
    expect(replica.interrupts).toEqual([]);
    expect(world.server.session.of("conversation.item.truncate")).toEqual([]);
  });

  test("a turn of the app's own is interrupted too: the caller does not know whose it is", async () => {
    const { world, replica, open } = await setUp();
    await open();
    replica.speak({
      open: async () =>
        new ReadableStream({
          start(controller) {
            controller.enqueue(speech(3, 7));
            controller.close();
          },
        }),
    });
    await world.advance(0.5);
    world.caller.speak(0.5);
    await world.until(() => replica.turns[0]!.settled);
    expect(replica.turns[0]!.settled!.type).toBe("interrupted");
    expect(world.server.session.of("conversation.item.truncate")).toEqual([]);
  });

  test.each([
    { turnDetection: { type: "server_vad", interruptResponse: false } },
    {
      audio: { input: { turn_detection: { type: "server_vad", interrupt_response: false } } },
    },
  ])("told not to cancel, the provider is asked to: %j", async (session) => {
    const { world, replica, errors } = await speaking(8, { voice: { session }, server: { speed: 2 } });
    await world.advance(1);
    world.caller.speak(0.5);
    await world.until(() => replica.interrupts.length === 1);
    await world.advance(0.5);
    expect(world.server.session.of("response.cancel")).toHaveLength(1);
    // Deltas that were made before the cancel arrived are dropped: no second turn, not a sample more.
    await world.until(() => replica.turns[1]?.state === "speaking");
    expect(firstDifference(replica.turns[1]!.pcm.slice(0, 100), speech(2, 1).subarray(0, 100))).toBe(-1);
    expect(errors).toEqual([]);
  });

  test("a server that should cancel and does not is asked to after a quarter of a second; its late deltas are dropped", async () => {
    const { world, replica, errors } = await speaking(8, { server: { interrupts: false, speed: 1.5 } });
    await world.advance(1);
    world.caller.speak(0.5);
    await world.until(() => replica.interrupts.length === 1);
    const at = replica.interrupts[0]!;
    await world.until(() => world.server.session.of("response.cancel").length === 1);
    const asked = world.server.session.received.find(({ event }) => event.type === "response.cancel")!.at;
    expect(asked - at).toBeGreaterThanOrEqual(0.25);
    expect(asked - at).toBeLessThan(0.6);
    await world.until(() => replica.turns[1]?.state === "speaking");
    expect(firstDifference(replica.turns[1]!.pcm.slice(0, 100), speech(2, 1).subarray(0, 100))).toBe(-1);
    expect(errors).toEqual([]);
  });

  test("the app's own interrupt and anything else that cuts the turn are told to the model as well", async () => {
    const { world, replica } = await speaking(6, { server: { speed: 2 } });
    await world.advance(1.5);
    replica.turns[0]!.interrupt();
    await world.advance(0.2);
    const { session } = world.server;
    expect(session.of("response.cancel")).toHaveLength(1);
    const heard = replica.turns[0]!.settled!.heardSeconds * 1000;
    expect(Math.abs(session.of("conversation.item.truncate")[0]!.audio_end_ms - heard)).toBeLessThanOrEqual(1);
    expect(session.refusals).toEqual([]);
  });

  test("interrupt() does by hand what speech does, and nothing when nothing is to be heard", async () => {
    const { world, replica, voice } = await speaking(6, { server: { speed: 2 } });
    await world.advance(1);
    voice.interrupt();
    await world.advance(0.2);
    expect(replica.interrupts).toHaveLength(1);
    expect(world.server.session.of("response.cancel")).toHaveLength(1);
    expect(world.server.session.of("conversation.item.truncate")).toHaveLength(1);
    voice.interrupt();
    expect(replica.interrupts).toHaveLength(1);
  });

  test("bargeIn: false sends silence while the replica speaks, so that its own voice interrupts nobody", async () => {
    const { world, replica } = await speaking(3, { voice: { bargeIn: false } });
    const before = world.server.session.input.length;
    world.caller.speak(10);
    await world.advance(2);
    const during = world.server.session.input.slice(before, -1);
    expect(during.length).toBeGreaterThan(40);
    expect(during.every((chunk) => chunk.every((sample) => sample === 0))).toBe(true);
    await world.until(() => replica.turns[0]!.settled);
    expect([replica.turns[0]!.settled!.type, replica.interrupts]).toEqual(["spoken", []]);
    await world.until(() => world.server.session.input.at(-1)!.some((sample) => sample !== 0));
  });
});

describe("what the app has the model do", () => {
  test("say() waits until the model may speak, also when the provider began by itself", async () => {
    const { world, replica, voice, open, errors } = await setUp({ voice: { greeting: "First." } });
    await open();
    voice.say("Second.");
    await world.until(() => world.server.session.of("response.create").length === 2);
    await world.until(() => replica.turns[1]?.settled);
    // The provider answers by itself at the moment in which the app asks: it refuses, and is asked again afterwards.
    world.server.session.respond();
    voice.say("Third.");
    await world.until(() => replica.turns[3]?.settled);
    const words = world.server.session
      .of("response.create")
      .map(({ response }) => response?.instructions?.split("\n").at(-1));
    expect(words).toEqual(["First.", "Second.", "Third.", "Third."]);
    expect(world.server.session.refusals).toEqual([expect.stringContaining("active response")]);
    expect(errors).toEqual([]);
  });

  test("update() changes what it names, now and in later sessions, and respects what a response replaces", async () => {
    const { world, voice, open } = await setUp({ voice: { session: { instructions: "A.", voice: "marin" } } });
    voice.update({ instructions: "B." });
    await open();
    voice.update({ turnDetection: null, speed: 1.2 });
    voice.say("Words.");
    await world.advance(0.1);
    const { session } = world.server;
    expect(session.of("session.update")[0]!.session).toMatchObject({ instructions: "B." });
    expect(session.of("session.update")[1]!.session).toEqual({
      type: "realtime",
      audio: { input: { turn_detection: null }, output: { speed: 1.2 } },
    });
    expect(session.of("response.create")[0]!.response!.instructions).toMatch(/^B\.[\s\S]*Words\.$/);
  });

  test("without turn detection, respond() commits what was heard and asks for the answer", async () => {
    const { world, replica, voice, open } = await setUp({ voice: { session: { turnDetection: null } } });
    await open();
    world.caller.speak(0.5);
    await world.advance(1);
    expect(replica.turns).toEqual([]);
    voice.respond();
    await world.until(() => replica.turns[0]?.settled);
    expect(world.server.session.of("input_audio_buffer.commit")).toHaveLength(1);
  });

  test("before open() and after close() there is nobody to speak: an error says so", async () => {
    const { world, voice, open } = await setUp();
    expect(() => voice.say("x")).toThrow(expect.objectContaining({ code: "not-open" }));
    const opening = open();
    voice.say("While it opens.");
    await opening;
    await world.until(() => world.server.session.of("response.create").length === 1);
    await voice.close();
    expect(() => voice.respond()).toThrow(expect.objectContaining({ code: "not-open" }));
  });

  test("temperature goes where there is one, and elsewhere the app is told", async () => {
    const current = await setUp({ voice: { session: { temperature: 0.7 } } });
    await current.open();
    expect(codes(current.errors)).toEqual(["option-unsupported"]);
    const older = await setUp({ voice: { session: { temperature: 0.7 } }, server: { dialect: "beta" } });
    await older.open();
    expect(older.errors).toEqual([]);
    expect(older.world.server.session.of("session.update")[0]!.session).toMatchObject({ temperature: 0.7 });
  });
});

describe("tools", () => {
  const tool = { name: "weather", arguments: '{"city":"Rome"}' };

  test("the model goes on when every call of a response has its result", async () => {
    const { world, replica, voice, open } = await setUp({ answers: [{ pcm: speech(1, 0), tool }] });
    const replies: ((output: unknown) => void)[] = [];
    voice.on("toolCall", ({ reply }) => replies.push(reply));
    await open();
    world.server.session.respond();
    await world.until(() => replies.length === 1);
    await world.advance(1);
    expect(world.server.session.of("response.create")).toEqual([]);
    replies[0]!("sunny");
    await world.until(() => replica.turns[1]?.settled);
    expect(world.server.session.of("conversation.item.create")[0]!.item).toMatchObject({ output: "sunny" });
    expect(() => replies[0]!("again")).toThrow(expect.objectContaining({ code: "tool-replied" }));
  });

  test("arguments that are no JSON, and calls that nobody listens to, are answered with an error, so that the model goes on", async () => {
    const answers = [{ tool: { name: "weather", arguments: '{"city":' } }, { tool }];
    const { world, voice, open, errors } = await setUp({ answers });
    await open();
    world.server.session.respond();
    await world.until(() => world.server.session.of("response.create").length === 2);
    expect(codes(errors)).toEqual(["tool-unhandled", "tool-unhandled"].with(0, "tool-arguments"));
    const outputs = world.server.session
      .of("conversation.item.create")
      .map(({ item }) => (item as { output: string }).output);
    expect(outputs.map((output) => JSON.parse(output) as object)).toEqual([
      { error: expect.stringContaining("JSON") },
      { error: expect.stringContaining("not available") },
    ]);
    await voice.close();
  });

  test("a reply that comes after its session is reported, not sent to the next one", async () => {
    const { world, voice, open, errors } = await setUp({ answers: [{ tool }] });
    let reply: (output: unknown) => void = () => {};
    voice.on("toolCall", (call) => {
      reply = call.reply;
    });
    await open();
    world.server.session.respond();
    await world.advance(0.5);
    world.server.session.drop();
    await world.until(() => world.server.sessions.length === 2 && voice.state === "open");
    reply("late");
    await world.advance(0.5);
    expect(codes(errors)).toEqual(["connection-lost", "tool-stale"]);
    expect(world.server.session.of("response.create")).toEqual([]);
  });
});

describe("when it goes wrong", () => {
  test("a lost connection: the answer in the making is spoken as far as it came, and its turn fails", async () => {
    const { world, replica, voice, open, errors } = await setUp({
      answers: [{ pcm: speech(4, 0), transcript: "a b c d" }],
      voice: { greeting: "Hi." },
      server: { speed: 2 },
    });
    await open();
    await world.until(() => replica.turns[0]?.state === "speaking");
    await world.advance(1);
    world.server.session.drop();
    await world.until(() => replica.turns[0]!.settled);
    const [turn] = replica.turns;
    expect(turn!.settled!.type).toBe("failed");
    expect(turn!.failure).toMatchObject({ code: "connection-lost" });
    expect(turn!.settled!.heardSeconds).toBeCloseTo(turn!.pcm.length / 24_000, 3);
    expect(firstDifference(turn!.pcm, speech(4, 0).subarray(0, turn!.pcm.length))).toBe(-1);
    expect(turn!.pcm.length).toBeLessThan(4 * 24_000);
    await world.until(() => voice.state === "open");
    expect(codes(errors)).toEqual(["connection-lost"]);
    // No second greeting.
    expect(world.server.session.of("response.create")).toEqual([]);
  });

  test("an answer that was complete is spoken to its end over a lost connection", async () => {
    const { world, replica, open } = await setUp({ voice: { greeting: "Hi." } });
    await open();
    await world.advance(1);
    expect(world.server.session.answering).toBe(false);
    world.server.session.drop();
    await world.until(() => replica.turns[0]!.settled);
    expect([replica.turns[0]!.settled!.type, replica.turns[0]!.pcm.length]).toEqual(["spoken", 48_000]);
  });

  test("it comes back after 0.5, 1, 2 s …, with a fresh secret each, and says what it could not keep of the input", async () => {
    let up = true;
    const { world, voice, open, errors, secrets } = await setUp({ server: { up: () => up } });
    const states: [string, number][] = [];
    voice.on("state", (state) => states.push([state, Math.round(world.clock.now() * 10) / 10]));
    await open();
    await world.advance(1);
    const from = world.clock.now();
    world.server.session.drop();
    up = false;
    await world.until(() => secrets.length === 4);
    expect(world.clock.now() - from).toBeCloseTo(0.5 + 1 + 2, 1);
    up = true;
    await world.until(() => voice.state === "open");
    expect(world.clock.now() - from).toBeCloseTo(0.5 + 1 + 2 + 4, 1);
    await world.advance(0.2);
    expect(secrets).toHaveLength(5);
    expect(codes(errors)).toEqual(["connection-lost", "input-dropped"]);
    expect(errors[1]!.message).toMatch(/2\.\d s of the input/);
    // The last 5 s of the outage were kept, in order, with what followed.
    const heard = world.server.session.input.reduce((sum, chunk) => sum + chunk.length, 0) / 24_000;
    expect(heard).toBeGreaterThan(5);
    expect(heard).toBeLessThan(5.4);
    expect(states.map(([state]) => state)).toEqual(["connecting", "open", "reconnecting", "open"]);
  });

  test("it gives up after the attempts it was given, and can be opened again", async () => {
    let up = true;
    const { world, voice, open, errors } = await setUp({ server: { up: () => up }, voice: { reconnects: 2 } });
    await open();
    world.server.session.drop();
    up = false;
    await world.until(() => voice.state === "idle");
    expect(codes(errors)).toEqual(["connection-lost", "reconnect-failed"]);
    expect((errors[1]!.cause as { code: string }).code).toBe("connect-failed");
    expect(world.caller.released).toBe(1);
    up = true;
    await open();
    expect(voice.state).toBe("open");
  });

  test("an expired session is replaced at once", async () => {
    const { world, voice, open, errors } = await setUp();
    await open();
    await world.advance(2);
    const from = world.clock.now();
    world.server.session.expire();
    await world.until(() => world.server.sessions.length === 2 && voice.state === "open");
    expect(world.clock.now() - from).toBeLessThan(0.1);
    expect(codes(errors)).toEqual(["session-expired"]);
  });

  test("a secret that is refused ends it: another of the same would be refused too", async () => {
    const refused = await setUp({ server: { accepts: () => false } });
    await expect(refused.open()).rejects.toMatchObject({ code: "unauthorized", providerCode: "invalid_api_key" });
    expect([refused.voice.state, refused.world.caller.released]).toEqual(["idle", 1]);

    let good = true;
    const later = await setUp({ server: { accepts: () => good } });
    await later.open();
    good = false;
    later.world.server.session.drop();
    await later.world.until(() => later.voice.state === "idle");
    expect(later.secrets).toHaveLength(2);
    expect(codes(later.errors)).toEqual(["connection-lost", "reconnect-failed"]);
  });

  test("no secret, no text, no server, no answer: open() rejects, and nothing stays open", async () => {
    const why = new Error("my server is down");
    const cases: [Partial<RealtimeVoiceOptions>, string][] = [
      [{ secret: () => Promise.reject(why) }, "secret-failed"],
      [{ secret: async () => undefined as never }, "secret-failed"],
      [{ secret: async () => "with a space" }, "connect-failed"],
      [{ url: "ws://127.0.0.1:9/" }, "connect-failed"],
    ];
    for (const [voice, code] of cases) {
      const setup = await setUp({ voice });
      const error = (await setup.open().catch((reason: unknown) => reason)) as Error & { code: string };
      expect(error.code).toBe(code);
      expect(`${error.message}${error.stack}${String(error.cause)}`).not.toContain("with a space");
      expect([setup.voice.state, setup.world.caller.released, setup.replica.listeners]).toEqual(["idle", 1, 0]);
    }
    const silent = await setUp({ server: { silent: true } });
    await expect(silent.open()).rejects.toMatchObject({ code: "connect-timeout" });
    expect(silent.world.clock.now()).toBeCloseTo(15, 1);
  });

  test("an input that cannot be opened rejects with its own error, one that breaks off is reported", async () => {
    const denied = new Error("denied");
    const refused = await setUp({ voice: { input: { open: () => Promise.reject(denied) } } });
    await expect(refused.open()).rejects.toBe(denied);
    await refused.world.advance(0.1);
    expect(refused.world.server.sessions.every(({ open }) => !open)).toBe(true);

    const broken = new ReadableStream<Int16Array>({ start: (controller) => controller.error(denied) });
    const lost = await setUp({ voice: { input: { open: async () => broken } } });
    await lost.open();
    expect(lost.errors).toMatchObject([{ code: "input-failed", cause: denied }]);
    lost.voice.say("Still here.");
    await lost.world.until(() => lost.replica.turns[0]?.settled);
  });

  test("an input that ends is followed by silence, so that the provider sees the end of the last words", async () => {
    const { world, replica, open } = await setUp();
    await open();
    world.caller.speak(0.5);
    await world.advance(0.5);
    world.caller.hangUp();
    await world.until(() => replica.turns[0]?.settled);
    expect(replica.turns[0]!.settled!.type).toBe("spoken");
  });

  test("a rate limit and a failed answer are typed errors with the provider's words; the turn fails behind what came", async () => {
    const failure = { code: "rate_limit_exceeded", message: "Rate limit reached." };
    const { world, replica, open, errors } = await setUp({
      answers: [{ pcm: speech(1, 0), failure }, { failure: { code: "server_error", message: "Oops." } }],
    });
    await open();
    const limits = { type: "rate_limits.updated", rate_limits: [{ name: "tokens", remaining: 0, reset_seconds: 7 }] };
    world.server.session.raw(JSON.stringify(limits));
    world.server.session.respond();
    await world.until(() => replica.turns[0]?.settled);
    expect(replica.turns[0]!.settled!.type).toBe("failed");
    expect(replica.turns[0]!.pcm).toHaveLength(24_000);
    world.server.session.respond();
    await world.advance(0.1);
    expect(errors).toMatchObject([
      { code: "rate-limited", providerCode: "rate_limit_exceeded", retryAfterSeconds: 7 },
      { code: "response-failed", message: expect.stringContaining("Oops.") },
    ]);
    expect(replica.turns).toHaveLength(1);
  });

  test("messages that are no protocol are reported and change nothing", async () => {
    const { world, voice, open, errors } = await setUp();
    await open();
    const { session } = world.server;
    session.raw("{not json");
    session.raw("[]");
    session.raw("7");
    session.raw(Buffer.from('{"type":"rate_limits.updated"}'));
    session.raw(JSON.stringify({ type: "response.output_audio.delta", response_id: "r", item_id: "i", delta: "%%%" }));
    session.raw(JSON.stringify({ type: "something.new", __proto__: 1 }));
    await world.advance(0.1);
    expect(codes(errors)).toEqual(["bad-message", "bad-message", "bad-message", "bad-message"]);
    expect(voice.state).toBe("open");
  });
});

describe("an older, compatible server", () => {
  test("its session shape and its event names: greeting, transcript, barge-in", async () => {
    const { world, replica, open, errors, transcripts } = await setUp({
      answers: [{ pcm: speech(4, 0), transcript: "old words" }],
      server: { dialect: "beta" },
      voice: { greeting: "Hi.", session: { instructions: "Be old.", language: "en" } },
    });
    await open();
    await world.until(() => replica.turns[0]?.state === "speaking");
    expect(world.server.session.of("session.update")[0]!.session).toEqual({
      modalities: ["text", "audio"],
      instructions: expect.stringMatching(/^Be old\.\n\nThe conversation is in English \(en\)\./),
      input_audio_transcription: { model: "whisper-1", language: "en" },
      input_audio_format: "pcm16",
      output_audio_format: "pcm16",
    });
    await world.advance(1);
    world.caller.speak(0.5);
    await world.until(() => replica.turns[0]!.settled);
    await world.until(() => replica.turns[1]?.settled);
    expect(world.server.session.of("conversation.item.truncate")).toHaveLength(1);
    expect(world.server.session.refusals).toEqual([]);
    expect(errors).toEqual([]);
    expect(transcripts[0]).toBe("replica: old words");
    expect(transcripts[1]).toMatch(/^user: caller's words/);
  });
});

describe("closing", () => {
  test("gives the replica back: its own turn stops, what the app has said goes on, nothing is left behind", async () => {
    const { world, replica, voice, open } = await setUp({
      answers: [{ pcm: speech(9, 0) }],
      voice: { greeting: "Hi." },
    });
    await open();
    await world.until(() => replica.turns[0]?.state === "speaking");
    const own = replica.speak({
      open: async () =>
        new ReadableStream({
          start(controller) {
            controller.enqueue(speech(1, 5));
            controller.close();
          },
        }),
    });
    await voice.close();
    await voice.close();
    await world.until(() => own.settled);
    expect(replica.turns[0]!.settled!.type).toBe("interrupted");
    expect([own.settled!.type, replica.interrupts, replica.listeners]).toEqual(["spoken", [], 0]);
    expect([world.caller.opened, world.caller.released, world.server.session.open]).toEqual([1, 1, false]);
    // And again, as a conversation of its own.
    await open();
    await world.until(() => replica.turns[2]?.state === "speaking");
    expect(world.server.session.of("conversation.item.create")).toEqual([]);
  });

  test("while it is being opened: open() rejects, and the second open() of two is refused", async () => {
    const { world, voice, open } = await setUp();
    const opening = open();
    await expect(voice.open()).rejects.toThrow(TypeError);
    await voice.close();
    await expect(opening).rejects.toMatchObject({ code: "closed" });
    await world.advance(0.1);
    expect(world.server.sessions.every((session) => !session.open)).toBe(true);
  });

  test("while it reconnects: no further attempt", async () => {
    const { world, voice, open, secrets } = await setUp();
    await open();
    world.server.session.drop();
    await world.until(() => voice.state === "reconnecting");
    await voice.close();
    await world.advance(5);
    expect([secrets.length, voice.state]).toEqual([1, "idle"]);
  });

  test("an answer of a connection that is gone stops as well", async () => {
    const { world, replica, voice, open } = await setUp({
      answers: [{ pcm: speech(6, 0) }],
      voice: { greeting: "Hi." },
    });
    await open();
    await world.until(() => replica.turns[0]?.state === "speaking");
    await world.until(() => !world.server.session.answering);
    world.server.session.drop();
    await world.until(() => voice.state === "reconnecting");
    await world.until(() => voice.state === "open");
    expect(replica.turns[0]!.settled).toBeUndefined();
    await voice.close();
    expect(replica.turns[0]!.settled!.type).toBe("interrupted");
  });

  test("an input that comes after all is let go", async () => {
    let give: (stream: ReadableStream<Int16Array>) => void = () => {};
    const asked = new Promise<ReadableStream<Int16Array>>((resolve) => {
      give = resolve;
    });
    const { world, voice, open } = await setUp({ voice: { input: { open: () => asked } } });
    const opening = open();
    await world.advance(0.1);
    await voice.close();
    let cancelled = false;
    const cancel = (): void => {
      cancelled = true;
    };
    // Nobody waits for the permission any more.
    await expect(opening).rejects.toMatchObject({ code: "closed" });
    give(new ReadableStream<Int16Array>({ cancel }));
    await world.advance(0.1);
    expect(cancelled).toBe(true);
  });
});

describe("between two states", () => {
  test("a session that is changed while it is opened is the changed one", async () => {
    const { world, voice, open } = await setUp({ voice: { session: { instructions: "Old." } } });
    const opening = open();
    voice.update({ instructions: "New." });
    await opening;
    await world.advance(0.1);
    expect(world.server.session.config).toMatchObject({ instructions: "New." });
  });

  test("respond() needs a session that heard something; say() waits for the next one", async () => {
    const { world, replica, voice, open } = await setUp();
    await open();
    world.server.session.drop();
    await world.until(() => voice.state === "reconnecting");
    expect(() => voice.respond()).toThrow(expect.objectContaining({ code: "not-open" }));
    voice.say("When you are back.");
    await world.until(() => replica.turns[0]?.settled);
    expect(world.server.session.of("response.create")[0]!.response!.instructions).toContain("When you are back.");
  });
});
