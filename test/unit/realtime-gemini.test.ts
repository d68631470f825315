import { afterEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../src/flow/virtual-clock.js";
import { geminiLive, type RealtimeVoiceOptions } from "../../src/realtime/index.js";
import { ServiceWorld } from "../support/service-world.js";
import { firstDifference } from "../support/services/first-difference.js";
import { GeminiLive, type GeminiLiveOptions } from "../support/services/gemini-live/gemini-live.js";
import { codes } from "../support/voice-set-up.js";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Message = Record<string, Record<string, unknown>>;

async function start(voice: Partial<RealtimeVoiceOptions> = {}, options: Partial<GeminiLiveOptions> = {}) {
  const clock = new VirtualClock();
  const service = await GeminiLive.listen({ clock, ...options });
  const url = new URL(service.url(""));
  url.search = "";
  const { session, ...others } = voice;
  const world = new ServiceWorld(clock, service, {
    ...{ protocol: geminiLive(), url, secret: async () => service.token() },
    ...{ session: { model: "gemini-live", ...session }, ...others },
  });
  closers.push(
    () => service.close(),
    () => world.voice.close(),
  );
  /** The client's messages of one kind in a session. */
  const sent = (kind: string, n = service.sessions.length - 1): Message[string][] =>
    service.sessions[n]!.connection.received.map(({ message }) => (message as Message)[kind]).filter(
      (message) => message !== undefined,
    );
  const refusals = (): string[] => service.sessions.flatMap(({ connection }) => connection.refusals);
  return { service, world, replica: world.replica, sent, refusals };
}

const answers = (...seconds: number[]) => seconds.map((each, n) => ({ seconds: each, text: `Answer ${n}.` }));
const exact = (turn: { pcm: number[] }, spoken: { samples: Int16Array }): number =>
  firstDifference(Int16Array.from(turn.pcm), spoken.samples);

describe("a conversation with Gemini", () => {
  test("when it is opened, then the setup goes first, in the service's own words, and the token in the address", async () => {
    const session = {
      ...{ instructions: "Be brief.", voice: "Puck", temperature: 0.5, language: "de" },
      turnDetection: { silenceDurationMs: 300 },
      tools: [{ name: "weather", description: "Looks at the sky.", parameters: { type: "object", properties: {} } }],
    };
    const { world, service, sent, refusals } = await start({ session });
    await world.open();
    expect(sent("setup")[0]).toEqual({
      model: "models/gemini-live",
      generationConfig: {
        ...{ responseModalities: ["AUDIO"], temperature: 0.5 },
        speechConfig: { voiceConfig: { prebuiltVoiceConfig: { voiceName: "Puck" } } },
      },
      systemInstruction: { parts: [{ text: expect.stringMatching(/^Be brief\.[\s\S]*German/) }] },
      tools: [
        {
          functionDeclarations: [
            {
              ...{ name: "weather", description: "Looks at the sky." },
              parametersJsonSchema: { type: "object", properties: {} },
            },
          ],
        },
      ],
      realtimeInputConfig: { automaticActivityDetection: { silenceDurationMs: 300 } },
      ...{ inputAudioTranscription: {}, outputAudioTranscription: {}, sessionResumption: {} },
    });
    expect(service.session.connection.handshake.url.searchParams.get("access_token")).toMatch(/^auth_tokens\//);
    expect([refusals(), world.errors]).toEqual([[], []]);
  });

  test("greeting, three answers, sample for sample; 16 kHz out, 24 kHz in, JSON in binary frames", async () => {
    const script = { answers: answers(1.5, 1, 2, 1.2), delivery: { oddCuts: true } };
    const { world, replica, service, refusals } = await start({ greeting: "Hello." }, { script });
    await world.open();
    for (let turn = 0; turn < 4; turn++) {
      if (turn > 0) world.caller.speak(0.6);
      await world.until(() => replica.turns[turn]?.settled);
      expect(replica.turns[turn]!.settled!.type).toBe("spoken");
      expect(exact(replica.turns[turn]!, service.spoken[turn]!)).toBe(-1);
    }
    await world.advance(1);
    const said = ["Answer 0.", "Answer 1.", "Answer 2.", "Answer 3."];
    expect(world.transcripts.filter((each) => each.startsWith("replica"))).toEqual(
      said.map((text) => `replica: ${text}`),
    );
    expect(world.transcripts).toContain("user: Question 1.");
    const given = Int16Array.from(world.caller.given.flatMap((chunk) => [...chunk]));
    const heard = service.session.heard.samples;
    expect(firstDifference(heard, given.slice(0, heard.length))).toBe(-1);
    expect([refusals(), world.errors]).toEqual([[], []]);
  });

  test("barge-in: the service says that it was interrupted, and the replica stops in that moment", async () => {
    const { world, replica, service, refusals } = await start({ greeting: "Hi." }, { script: { answers: answers(6) } });
    await world.open();
    await world.until(() => replica.turns[0]?.state === "speaking");
    await world.advance(1.5);
    world.caller.speak(0.4);
    await world.until(() => replica.turns[0]!.settled);
    expect(replica.turns[0]!.settled!.type).toBe("interrupted");
    expect(replica.interrupts).toHaveLength(1);
    const at = service.session.connection.sent.find(({ message }) =>
      JSON.stringify(message).includes('"interrupted":true'),
    )!.at;
    expect(replica.interrupts[0]! - at).toBeLessThanOrEqual(0.005);
    await world.until(() => replica.turns[1]?.settled);
    expect(exact(replica.turns[1]!, service.spoken[1]!)).toBe(-1);
    expect([refusals(), world.errors]).toEqual([[], []]);
  });

  test("a tool call: it is offered at once, its result goes back, and the model goes on by itself", async () => {
    const script = { answers: [{ seconds: 1, tool: { name: "weather", arguments: { city: "Rome" } } }] };
    const { world, service, sent, refusals, replica } = await start(
      { session: { tools: [{ name: "weather" }] } },
      { script },
    );
    world.voice.on("toolCall", ({ arguments: args, reply }) => reply({ args, sky: "clear" }));
    await world.open();
    world.caller.speak(0.6);
    await world.until(() => sent("toolResponse").length === 1);
    expect(sent("toolResponse")[0]).toMatchObject({
      functionResponses: [{ name: "weather", response: { output: { args: { city: "Rome" }, sky: "clear" } } }],
    });
    await world.until(() => replica.turns.length > 0 && replica.turns.every(({ settled }) => settled));
    expect(service.session.results).toHaveLength(1);
    expect([refusals(), world.errors]).toEqual([[], []]);
  });

  test("a tool call that the caller interrupts: its signal aborts, and a late reply is reported, not sent", async () => {
    const script = { answers: [{ seconds: 1, tool: { name: "weather", arguments: {} } }] };
    const { world, sent } = await start({ session: { tools: [{ name: "weather" }] } }, { script });
    const calls: { signal: AbortSignal; reply(output: unknown): void }[] = [];
    world.voice.on("toolCall", (call) => calls.push(call));
    await world.open();
    world.caller.speak(0.6);
    await world.until(() => calls.length === 1);
    world.caller.speak(0.6);
    await world.until(() => calls[0]!.signal.aborted);
    calls[0]!.reply("late");
    expect(codes(world.errors)).toEqual(["tool-stale"]);
    expect(sent("toolResponse")).toEqual([]);
  });

  test("a drop: the next connection goes on with the service's memory, by its handle, and is told nothing twice", async () => {
    const { world, replica, service, sent, refusals } = await start({ greeting: "Hi." });
    await world.open();
    await world.until(() => replica.turns[0]?.settled);
    world.caller.speak(0.6);
    await world.until(() => replica.turns[1]?.settled);
    await world.advance(1);
    service.session.connection.drop();
    await world.until(() => service.sessions.length === 2 && world.voice.state === "open");
    expect(service.resumed).toHaveLength(1);
    expect((sent("setup")[0] as { sessionResumption: object }).sessionResumption).toEqual({
      handle: service.resumed[0],
    });
    expect(sent("clientContent")).toEqual([]);
    world.caller.speak(0.6);
    await world.until(() => replica.turns[2]?.settled);
    expect([codes(world.errors), refusals()]).toEqual([["connection-lost"], []]);
  });

  test("a drop, and a handle that is known no more: the session begins anew, and is told what was said", async () => {
    const { world, replica, service, sent } = await start({}, { handleSeconds: 0.1 });
    await world.open();
    world.caller.speak(0.6);
    await world.until(() => replica.turns[0]?.settled);
    await world.advance(1);
    service.session.connection.drop();
    await world.until(() => world.voice.state === "reconnecting");
    await world.until(() => world.voice.state === "open");
    expect(service.resumed).toEqual([]);
    const told = sent("clientContent") as { turns: { role: string; parts: { text: string }[] }[] }[];
    expect(told.map(({ turns }) => [turns[0]!.role, turns[0]!.parts[0]!.text])).toEqual([
      ["user", "Question 1."],
      ["model", "Answer 1."],
    ]);
    expect(codes(world.errors)).toEqual(["connection-lost"]);
  });

  test("expiry: after goAway another connection takes its place in a pause, with the handle, and nothing is reported", async () => {
    const options = { connectionSeconds: 60, warningSeconds: 20 };
    const { world, service, replica } = await start({ greeting: "Hi." }, options);
    await world.open();
    await world.until(() => replica.turns[0]?.settled);
    await world.advance(43 - world.clock.now(), 0.05);
    expect(service.sessions.map(({ connection }) => connection.closed === undefined)).toEqual([false, true]);
    expect(service.resumed).toHaveLength(1);
    expect(world.errors).toEqual([]);
    world.caller.speak(0.6);
    await world.until(() => replica.turns[1]?.settled);
  });

  test("expiry without a pause: the service ends it, which is no lost connection, and another is opened at once", async () => {
    const { world, service } = await start({}, { connectionSeconds: 8, warningSeconds: 4 });
    await world.open();
    world.caller.speak(60);
    await world.until(() => service.sessions.length === 2 && world.voice.state === "open");
    expect(codes(world.errors)).toEqual(["session-expired"]);
  });

  test("a wrong secret: open() rejects, and neither it nor a word of the service holds the secret", async () => {
    for (const secret of ["auth_tokens/wrong-token", "AIza-wrong-key"]) {
      const { world } = await start({ secret: async () => secret });
      const error = (await world.open().catch((reason: unknown) => reason)) as Error & { code: string };
      expect(error.code).toMatch(/^(unauthorized|connect-failed)$/);
      expect(`${error.message}${error.stack}${String(error.cause)}`).not.toContain("wrong-");
      expect(world.voice.state).toBe("idle");
    }
  });

  test("push to talk: the client marks the caller's turn, and nothing is sent outside it", async () => {
    const { world, replica, service, sent, refusals } = await start({ session: { turnDetection: null } });
    await world.open();
    await world.advance(1);
    expect(service.session.heard.seconds).toBe(0);
    world.voice.interrupt();
    world.caller.speak(0.9);
    await world.advance(0.9);
    world.voice.respond();
    await world.until(() => replica.turns[0]?.settled);
    expect(service.session.heard.seconds).toBeCloseTo(0.9, 1);
    expect(sent("realtimeInput").filter((input) => !("audio" in input))).toEqual([
      { activityStart: {} },
      { activityEnd: {} },
    ]);
    expect([refusals(), world.errors]).toEqual([[], []]);
  });

  test("typed text is answered, context is not; an update holds from the next connection on, and says so", async () => {
    const { world, replica, service, sent } = await start();
    await world.open();
    world.voice.addContext("The page shows tea.");
    await world.advance(1);
    expect(replica.turns).toEqual([]);
    world.voice.sendText("What is on the page?");
    await world.until(() => replica.turns[0]?.settled);
    world.voice.update({ instructions: "Be loud." });
    expect(codes(world.errors)).toEqual(["option-unsupported"]);
    expect(world.errors[0]!.message).toContain("instructions");
    service.session.connection.drop();
    await world.until(() => service.sessions.length === 2 && world.voice.state === "open");
    expect(sent("setup")[0]!.systemInstruction).toEqual({ parts: [{ text: "Be loud." }] });
  });
});
