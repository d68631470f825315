import { afterEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../src/flow/virtual-clock.js";
import { elevenLabsAgent, type RealtimeVoiceOptions } from "../../src/realtime/index.js";
import { ServiceWorld } from "../support/service-world.js";
import { ElevenLabsAgent, type ElevenLabsAgentOptions } from "../support/services/elevenlabs-agent/elevenlabs-agent.js";
import { firstDifference } from "../support/services/first-difference.js";
import { codes } from "../support/voice-set-up.js";

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Message = Record<string, unknown>;

async function start(
  voice: Partial<RealtimeVoiceOptions> = {},
  options: Partial<ElevenLabsAgentOptions> = {},
  replicaRate = 16_000,
) {
  const clock = new VirtualClock();
  const service = await ElevenLabsAgent.listen({ clock, ...options });
  const own = { protocol: elevenLabsAgent(), url: service.url, secret: async () => service.token() };
  const world = new ServiceWorld(clock, service, { ...own, ...voice }, replicaRate);
  closers.push(
    () => service.close(),
    () => world.voice.close(),
  );
  /** The client's messages of one type in a session. */
  const sent = (type: string, n = service.sessions.length - 1): Message[] =>
    service.sessions[n]!.connection.received.map(({ message }) => message as Message).filter(
      (message) => message.type === type,
    );
  const refusals = (): string[] => service.sessions.flatMap(({ connection }) => connection.refusals);
  return { service, world, replica: world.replica, sent, refusals };
}

const answers = (...seconds: number[]) => seconds.map((each, n) => ({ seconds: each, text: `Answer ${n}.` }));
const exact = (turn: { pcm: number[] }, spoken: { samples: Int16Array }): number =>
  firstDifference(Int16Array.from(turn.pcm), spoken.samples);

describe("a conversation with an agent of ElevenLabs", () => {
  test("when it is opened, then what is asked for are overrides of the agent, and the token is a subprotocol", async () => {
    const session = {
      instructions: "Be brief.",
      voice: "v1",
      language: "de",
      speed: 1.1,
      dynamic_variables: { name: "Ada" },
    };
    const { world, service, sent, refusals } = await start({ session, greeting: "Hello." });
    await world.open();
    expect(sent("conversation_initiation_client_data")).toEqual([
      {
        type: "conversation_initiation_client_data",
        dynamic_variables: { name: "Ada" },
        conversation_config_override: {
          agent: { prompt: { prompt: "Be brief." }, first_message: "Hello.", language: "de" },
          tts: { voice_id: "v1", speed: 1.1 },
        },
      },
    ]);
    expect(service.session.connection.handshake.protocols).toEqual([
      "convai",
      expect.stringMatching(/^bearer\.cvtkn_/),
    ]);
    expect([refusals(), world.errors]).toEqual([[], []]);
  });

  test("a signed address is the secret: it is opened as it is, and stands in no error", async () => {
    let address = "";
    const { world, service, replica, refusals } = await start({ secret: async () => address, greeting: "Hello." });
    address = service.signedUrl();
    await world.open();
    await world.until(() => replica.turns[0]?.settled);
    const { protocols, url } = service.session.connection.handshake;
    expect([protocols, url.searchParams.get("agent_id")]).toEqual([["convai"], service.agentId]);
    expect([refusals(), world.errors]).toEqual([[], []]);
    await world.voice.close();
    address = `${service.url}&conversation_signature=cvtkn_wrong_signature`;
    const error = (await world.open().catch((reason: unknown) => reason)) as Error & { code: string };
    expect(error.code).toBe("unauthorized");
    expect(`${error.message}${error.stack}`).not.toContain("wrong_signature");
  });

  test("greeting, three answers, sample for sample: the silence behind each is its end", async () => {
    const script = { answers: answers(1, 2, 1.2), delivery: { oddCuts: true } };
    const { world, replica, service, refusals } = await start({ greeting: "Hello there." }, { script });
    await world.open();
    for (let turn = 0; turn < 4; turn++) {
      if (turn > 0) world.caller.speak(0.6);
      await world.until(() => replica.turns[turn]?.settled);
      expect(replica.turns[turn]!.settled!.type).toBe("spoken");
      expect(exact(replica.turns[turn]!, service.spoken[turn]!)).toBe(-1);
    }
    expect(replica.turns).toHaveLength(4);
    const said = world.transcripts.filter((each) => each.startsWith("replica"));
    expect(said).toEqual(["Hello there.", "Answer 0.", "Answer 1.", "Answer 2."].map((text) => `replica: ${text}`));
    expect(world.transcripts).toContain("user: Question 1.");
    const given = Int16Array.from(world.caller.given.flatMap((chunk) => [...chunk]));
    const heard = service.session.heard.samples;
    expect(firstDifference(heard, given.slice(0, heard.length))).toBe(-1);
    expect([refusals(), world.errors]).toEqual([[], []]);
  });

  test.each(["pcm_24000", "ulaw_8000", "pcm_44100"] as const)(
    "the formats are the agent's, as it names them: %s both ways",
    async (format) => {
      const options = { input: format, output: format };
      const { world, replica, service, refusals } = await start({ greeting: "Hello." }, options, 24_000);
      await world.open();
      await world.until(() => replica.turns[0]?.settled);
      const [spoken] = service.spoken;
      if (format === "pcm_24000") expect(exact(replica.turns[0]!, spoken!)).toBe(-1);
      else
        expect(replica.turns[0]!.pcm.length).toBe(Math.round((spoken!.samples.length * 24_000) / spoken!.sampleRate));
      const given = world.caller.given.reduce((sum, { length }) => sum + length, 0) / 24_000;
      expect(given - service.session.heard.seconds).toBeLessThan(0.06);
      expect([refusals(), world.errors]).toEqual([[], []]);
    },
  );

  test("barge-in: the replica stops, and audio of the interrupted answer that still arrives is dropped", async () => {
    const script = { answers: answers(6, 1) };
    const { world, replica, service, refusals } = await start({}, { script, latePieces: 4 });
    await world.open();
    world.caller.speak(0.6);
    await world.until(() => replica.turns[0]?.state === "speaking");
    await world.advance(1.5);
    world.caller.speak(0.4);
    await world.until(() => replica.turns[0]!.settled);
    expect(replica.turns[0]!.settled!.type).toBe("interrupted");
    await world.until(() => replica.turns[1]?.settled);
    expect(replica.turns).toHaveLength(2);
    expect(exact(replica.turns[1]!, service.spoken[1]!)).toBe(-1);
    expect([refusals(), world.errors]).toEqual([[], []]);
  });

  test("a tool call: its result goes back, and the agent goes on by itself", async () => {
    const script = { answers: [{ seconds: 1, tool: { name: "weather", arguments: { city: "Rome" } } }] };
    const { world, service, refusals } = await start({}, { script });
    world.voice.on("toolCall", ({ arguments: args, reply }) => reply({ args }));
    await world.open();
    world.caller.speak(0.6);
    await world.until(() => service.session.results.length === 1);
    expect(service.session.results[0]).toMatchObject({ result: '{"args":{"city":"Rome"}}', is_error: false });
    await world.advance(4);
    expect([refusals(), world.errors]).toEqual([[], []]);
  });

  test("a drop: the next conversation is told what was said, and does not greet again", async () => {
    const { world, replica, service, sent, refusals } = await start({ greeting: "Hello." });
    await world.open();
    await world.until(() => replica.turns[0]?.settled);
    world.caller.speak(0.6);
    await world.until(() => replica.turns[1]?.settled);
    await world.advance(1);
    service.session.connection.drop();
    await world.until(() => service.sessions.length === 2 && world.voice.state === "open");
    const [initiation] = sent("conversation_initiation_client_data");
    expect(initiation).toMatchObject({ conversation_config_override: { agent: { first_message: "" } } });
    expect(sent("contextual_update").map(({ text }) => text)).toEqual([
      "Before, you said: Hello.",
      "Before, the caller said: Question 1.",
      "Before, you said: Answer 1.",
    ]);
    world.caller.speak(0.6);
    await world.until(() => replica.turns[2]?.settled);
    expect([codes(world.errors), refusals()]).toEqual([["connection-lost"], []]);
  });

  test("expiry: another conversation is opened at once; an end that the agent wants is no lost connection", async () => {
    const { world, service } = await start({}, { longestSeconds: 5 });
    await world.open();
    await world.until(() => service.sessions.length === 2 && world.voice.state === "open");
    expect(codes(world.errors)).toEqual(["session-expired"]);
    service.session.connection.close(1000, "");
    await world.until(() => world.voice.state === "idle");
    expect(codes(world.errors)).toEqual(["session-expired", "session-ended"]);
    expect(service.sessions).toHaveLength(2);
  });

  test("a wrong secret: open() rejects, and the error holds no secret", async () => {
    const { world } = await start({ secret: async () => "cvtkn_wrong_token" });
    const error = (await world.open().catch((reason: unknown) => reason)) as Error & { code: string };
    expect(error.code).toBe("unauthorized");
    expect(`${error.message}${error.stack}`).not.toContain("wrong_token");
  });

  test("pings are answered: a minute of silence ends nothing", async () => {
    const { world, service, refusals } = await start();
    await world.open();
    await world.advance(60, 0.05);
    expect(service.session.pongs).toBeGreaterThanOrEqual(29);
    expect([service.sessions.length, world.voice.state, refusals(), world.errors]).toEqual([1, "open", [], []]);
  });

  test("typed text, context, and what the agent does not take", async () => {
    const session = { temperature: 0.5, turnDetection: null };
    const { world, replica, sent } = await start({ session });
    await world.open();
    expect(codes(world.errors)).toEqual(["option-unsupported", "option-unsupported"]);
    world.voice.addContext("The page shows tea.");
    world.voice.sendText("What is on the page?");
    await world.until(() => replica.turns[0]?.settled);
    expect(sent("contextual_update")).toEqual([{ type: "contextual_update", text: "The page shows tea." }]);
    expect(sent("user_message")).toEqual([{ type: "user_message", text: "What is on the page?" }]);
    world.voice.respond();
    expect(codes(world.errors).at(-1)).toBe("command-unsupported");
  });
});
