import { afterEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../src/flow/virtual-clock.js";
import { type RealtimeVoiceOptions, xaiVoice } from "../../src/realtime/index.js";
import { createRealtimeSecret } from "../../src/server/index.js";
import { ServiceWorld } from "../support/service-world.js";
import { firstDifference } from "../support/services/first-difference.js";
import { type RealtimeOptions, RealtimeService } from "../support/services/realtime/realtime-service.js";
import { codes } from "../support/voice-set-up.js";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function start(voice: Partial<RealtimeVoiceOptions> = {}, options: Partial<RealtimeOptions> = {}) {
  const clock = new VirtualClock();
  const service = await RealtimeService.xai({ clock, ...options });
  const secret = async () => service.secret();
  const world = new ServiceWorld(clock, service, { protocol: xaiVoice(), url: service.url, secret, ...voice });
  closers.push(
    () => service.close(),
    () => world.voice.close(),
  );
  /** The client's messages of one type in a session. */
  const sent = (type: string, n = service.sessions.length - 1): Record<string, unknown>[] =>
    service.sessions[n]!.connection.received.map(({ message }) => message as Record<string, unknown>).filter(
      (message) => message.type === type,
    );
  const refusals = (): string[] => service.sessions.flatMap(({ connection }) => connection.refusals);
  return { service, world, replica: world.replica, sent, refusals };
}

const answers = (...seconds: number[]) => seconds.map((each, n) => ({ seconds: each, text: `Answer ${n}.` }));

describe("a conversation with xAI", () => {
  test("when it is opened, then its session is in xAI's shape: voice and turn detection at the top", async () => {
    const session = {
      ...{ instructions: "Be brief.", voice: "ara", language: "de", speed: 1.2 },
      turnDetection: { type: "server_vad", silenceDurationMs: 300 },
      tools: [{ name: "weather", parameters: {} }],
    };
    const { world, service, sent, refusals } = await start({ session });
    await world.open();
    expect(sent("session.update")[0]!.session).toEqual({
      voice: "ara",
      instructions: expect.stringMatching(/^Be brief\.[\s\S]*German/),
      turn_detection: { type: "server_vad", silence_duration_ms: 300 },
      tools: [{ type: "function", name: "weather", parameters: {} }],
      audio: {
        input: { format: { type: "audio/pcm", rate: 24_000 }, transcription: { language_hint: "de" } },
        output: { format: { type: "audio/pcm", rate: 24_000 }, speed: 1.2 },
      },
    });
    expect(service.session.connection.handshake.protocols).toHaveLength(1);
    expect([refusals(), world.errors]).toEqual([[], []]);
  });

  test("greeting, three answers, sample for sample, in pieces that end within samples; what the caller said", async () => {
    const script = { answers: answers(1.5, 1, 2, 1.2), delivery: { oddCuts: true } };
    const { world, replica, service, refusals } = await start({ greeting: "Hello." }, { script });
    await world.open();
    for (let turn = 0; turn < 4; turn++) {
      if (turn > 0) world.caller.speak(0.6);
      await world.until(() => replica.turns[turn]?.settled);
      expect(replica.turns[turn]!.settled!.type).toBe("spoken");
      expect(firstDifference(Int16Array.from(replica.turns[turn]!.pcm), service.spoken[turn]!.samples)).toBe(-1);
    }
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

  test("barge-in: the replica stops, and the model is told what was heard", async () => {
    const { world, replica, sent, refusals } = await start({ greeting: "Hi." }, { script: { answers: answers(6) } });
    await world.open();
    await world.until(() => replica.turns[0]?.state === "speaking");
    await world.advance(1.5);
    world.caller.speak(0.4);
    await world.until(() => replica.turns[0]!.settled);
    await world.advance(0.2);
    const heard = replica.turns[0]!.settled!.heardSeconds * 1000;
    const [cut] = sent("conversation.item.truncate");
    expect(Math.abs(Number(cut!.audio_end_ms) - heard)).toBeLessThanOrEqual(1);
    await world.until(() => replica.turns[1]?.settled);
    expect([refusals(), world.errors]).toEqual([[], []]);
  });

  test("a tool call: its result goes back, and the model goes on", async () => {
    const script = { answers: [{ seconds: 0, tool: { name: "weather", arguments: { city: "Rome" } } }, ...answers(1)] };
    const session = { tools: [{ name: "weather" }] };
    const { world, replica, sent, refusals } = await start({ session }, { script });
    world.voice.on("toolCall", ({ name, arguments: args, reply }) => reply({ name, args }));
    await world.open();
    world.caller.speak(0.6);
    await world.until(() => replica.turns[0]?.settled);
    const [item] = sent("conversation.item.create");
    expect(item!.item).toMatchObject({ output: '{"name":"weather","args":{"city":"Rome"}}' });
    expect([refusals(), world.errors]).toEqual([[], []]);
  });

  test("a drop: the next session is told what was said; what was being answered is asked again", async () => {
    const script = {
      answers: [{ seconds: 4, text: "A long story.", delivery: { dropAfterSeconds: 1 } }, ...answers(1)],
    };
    const { world, replica, service, sent, refusals } = await start({}, { script });
    await world.open();
    world.caller.speak(0.6);
    await world.until(() => replica.turns[1]?.settled);
    expect(service.sessions).toHaveLength(2);
    expect(sent("conversation.item.create")[0]!.item).toMatchObject({
      ...{ role: "user", content: [{ type: "input_text", text: "Question 1." }] },
    });
    expect(replica.turns.map(({ settled }) => settled!.type)).toEqual(["failed", "spoken"]);
    expect([codes(world.errors), refusals()]).toEqual([["connection-lost"], []]);
  });

  test("resumption, where the app asks for it: the address names the conversation, and nothing is told twice", () => {
    const protocol = xaiVoice();
    const session = { resumption: { enabled: true } };
    const first = protocol.connection!(session, undefined);
    first.parse(JSON.stringify({ type: "conversation.created", conversation: { id: "conv_7" } }));
    const second = protocol.connection!(session, first);
    expect([first.resumes, second.resumes]).toEqual([false, true]);
    expect(protocol.connect("wss://api.x.ai/v1/realtime", session, "s", second).url).toBe(
      "wss://api.x.ai/v1/realtime?model=grok-voice-latest&conversation_id=conv_7",
    );
    expect(protocol.connection!({}, first).resumes).toBe(false);
  });

  test("expiry: in a pause another session takes its place; without one, when the service ends it", async () => {
    const { world, service } = await start(
      { protocol: { ...xaiVoice(), sessionSeconds: 100 } },
      { sessionSeconds: 100 },
    );
    await world.open();
    await world.advance(95, 0.1);
    expect(service.sessions.map(({ connection }) => connection.closed === undefined)).toEqual([false, true]);
    expect(world.errors).toEqual([]);

    const other = await start({}, { sessionSeconds: 20 });
    await other.world.open();
    await other.world.until(() => other.service.sessions.length === 2 && other.world.voice.state === "open");
    expect(codes(other.world.errors)).toEqual(["session-expired"]);
  });

  test("a wrong secret: open() rejects, and the error holds no secret", async () => {
    const { world } = await start({ secret: async () => "xai-realtime-client-secret-wrong" });
    const error = (await world.open().catch((reason: unknown) => reason)) as Error & { code: string };
    expect(error.code).toBe("connect-failed");
    expect(`${error.message}${error.stack}`).not.toContain("secret-wrong");
    expect(world.voice.state).toBe("idle");
  });

  test("words while they are spoken: each cumulative text replaces the one before", async () => {
    const session = { transcription: { model: "grok-transcribe" } };
    const { world, replica } = await start({ session }, { script: { transcripts: ["What is the time now?"] } });
    const partial: string[] = [];
    world.voice.on("transcript", ({ role, text, final }) => role === "user" && !final && partial.push(text));
    await world.open();
    world.caller.speak(0.6);
    await world.until(() => replica.turns[0]?.settled);
    for (const text of partial) expect("What is the time now?".startsWith(text.trim())).toBe(true);
    expect(partial.length).toBeGreaterThan(0);
    expect(world.transcripts).toContain("user: What is the time now?");
  });

  test("other rates, G.711, and binary frames both ways: exact", async () => {
    const audio = { input: { transport: "binary" }, output: { transport: "binary" } };
    const { world, replica, service, refusals } = await start({ session: { audio }, greeting: "Hi." });
    await world.open();
    await world.until(() => replica.turns[0]?.settled);
    expect(firstDifference(Int16Array.from(replica.turns[0]!.pcm), service.spoken[0]!.samples)).toBe(-1);
    expect(service.session.heard.seconds).toBeGreaterThan(0.5);
    expect([refusals(), world.errors]).toEqual([[], []]);

    const telephone = await start({ session: { inputFormat: "mulaw", outputFormat: "alaw" }, greeting: "Hi." });
    await telephone.world.open();
    await telephone.world.until(() => telephone.replica.turns[0]?.settled);
    expect(telephone.service.spoken[0]!.encoding).toBe("alaw");
    expect(telephone.replica.turns[0]!.pcm).toHaveLength(24_000);
    expect([telephone.refusals(), telephone.world.errors]).toEqual([[], []]);
  });

  test("pings change nothing", async () => {
    const { world, replica, refusals } = await start({ greeting: "Hi." }, { pingSeconds: 0.5 });
    await world.open();
    await world.until(() => replica.turns[0]?.settled);
    await world.advance(3);
    expect([refusals(), world.errors, world.voice.state]).toEqual([[], [], "open"]);
  });
});

describe("the server's part", () => {
  test("the service takes the request as createRealtimeSecret() makes it, and its secret opens a session", async () => {
    const { service } = await start();
    const baseUrl = service.secretsUrl.replace("/realtime/client_secrets", "");
    const key = { provider: "xai", apiKey: service.apiKey, baseUrl } as const;
    const { value, expiresAt } = await createRealtimeSecret({ ...key, expiresAfterSeconds: 300 });
    expect(expiresAt - Date.now() / 1000).toBeCloseTo(300, -1);
    expect(service.secrets.opens(value)).toBe(true);
    expect(await createRealtimeSecret(key)).toMatchObject({ value: expect.stringContaining("secret") });
    const wrong = createRealtimeSecret({ ...key, apiKey: "xai-another", retries: 0 });
    await expect(wrong).rejects.toMatchObject({ code: "unauthorized" });
    await expect(createRealtimeSecret({ ...key, session: {} })).rejects.toThrow(/fixes no session/);
    await expect(createRealtimeSecret({ ...key, expiresAfterSeconds: 7200 })).rejects.toThrow(RangeError);
    await expect(createRealtimeSecret({ ...key, provider: "other" as never })).rejects.toThrow(TypeError);
    await expect(createRealtimeSecret({ provider: "xai", apiKey: " " })).rejects.toThrow(/XAI_API_KEY/);
  });
});
