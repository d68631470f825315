// docs/adding-a-model.md, run as it stands there.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { VirtualClock } from "../../src/flow/virtual-clock.js";
import type { RealtimeVoiceOptions, VoiceProtocol } from "../../src/realtime/index.js";
import { ServiceWorld } from "../support/service-world.js";
import { DeepgramAgent, type DeepgramAgentOptions } from "../support/services/deepgram-agent/deepgram-agent.js";
import { firstDifference } from "../support/services/first-difference.js";
import { codes } from "../support/voice-set-up.js";

const page = readFileSync(new URL("../../docs/adding-a-model.md", import.meta.url), "utf8");
const code = /```js deepgram\.js\n([\s\S]*?)```/.exec(page)![1]!;
const folder = new URL("../../.cache/adding-a-model/", import.meta.url);
mkdirSync(folder, { recursive: true });
writeFileSync(new URL("deepgram.js", folder), code);
const { deepgramAgent } = (await import(pathToFileURL(new URL("deepgram.js", folder).pathname).href)) as {
  deepgramAgent: (agent?: object) => VoiceProtocol;
};

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

type Message = Record<string, unknown>;

async function start(voice: Partial<RealtimeVoiceOptions> = {}, options: Partial<DeepgramAgentOptions> = {}) {
  const clock = new VirtualClock();
  const service = await DeepgramAgent.listen({ clock, ...options });
  const connections = {
    get sessions() {
      return service.sockets;
    },
    close: () => service.close(),
  };
  const agent = {
    listen: { provider: { type: "deepgram", model: "nova-3" } },
    think: { provider: { type: "open_ai", model: "gpt-4o-mini" } },
    speak: { provider: { type: "deepgram", model: "aura-2-thalia-en" } },
  };
  const own = { protocol: deepgramAgent(agent), url: service.url, secret: async () => service.credentials.token() };
  const world = new ServiceWorld(clock, connections, { ...own, ...voice });
  closers.push(
    () => service.close(),
    () => world.voice.close(),
  );
  /** The client's messages of one type in a session. */
  const sent = (type: string, n = service.sockets.length - 1): Message[] =>
    service.sockets[n]!.connection.received.map(({ message }) => message as Message).filter(
      (message) => message.type === type,
    );
  const refusals = (): string[] => service.sockets.flatMap(({ connection }) => connection.refusals);
  return { service, world, replica: world.replica, sent, refusals };
}

const answers = (...seconds: number[]) => seconds.map((each, n) => ({ seconds: each, text: `Answer ${n}.` }));
const exact = (turn: { pcm: number[] }, spoken: { samples: Int16Array }): number =>
  firstDifference(Int16Array.from(turn.pcm), spoken.samples);

test("the page shows how to add a model in at most a hundred lines", () => {
  const lines = code.split("\n").filter((line) => line.trim());
  console.log(`${lines.length} lines`);
  expect(lines.length).toBeLessThanOrEqual(100);
  expect(page).toContain("never run against the service");
});

describe("Deepgram's agent, as the page adds it", () => {
  test("greeting, three answers, sample for sample, in binary frames that end within samples", async () => {
    const script = { answers: answers(1, 2, 1.2), delivery: { oddCuts: true } };
    const session = { instructions: "Be brief." };
    const { world, replica, service, sent, refusals } = await start({ greeting: "Hello there.", session }, { script });
    await world.open();
    expect(sent("Settings")).toMatchObject([
      { agent: { greeting: "Hello there.", think: { prompt: "Be brief.", provider: { type: "open_ai" } } } },
    ]);
    for (let turn = 0; turn < 4; turn++) {
      if (turn > 0) world.caller.speak(0.6);
      await world.until(() => replica.turns[turn]?.settled);
      expect(replica.turns[turn]!.settled!.type).toBe("spoken");
      expect(exact(replica.turns[turn]!, service.spoken[turn]!)).toBe(-1);
    }
    const said = world.transcripts.filter((each) => each.startsWith("replica"));
    expect(said).toEqual(["Hello there.", "Answer 0.", "Answer 1.", "Answer 2."].map((text) => `replica: ${text}`));
    expect(world.transcripts).toContain("user: Question 1.");
    const given = Int16Array.from(world.caller.given.flatMap((chunk) => [...chunk]));
    const heard = service.socket.heard.samples;
    expect(firstDifference(heard, given.slice(0, heard.length))).toBe(-1);
    expect([refusals(), world.errors]).toEqual([[], []]);
  });

  test("barge-in: the replica stops, and the next answer is the next turn", async () => {
    const { world, replica, service, refusals } = await start({}, { script: { answers: answers(6, 1) } });
    await world.open();
    world.caller.speak(0.6);
    await world.until(() => replica.turns[0]?.state === "speaking");
    await world.advance(1.5);
    world.caller.speak(0.4);
    await world.until(() => replica.turns[0]!.settled);
    expect(replica.turns[0]!.settled!.type).toBe("interrupted");
    await world.until(() => replica.turns[1]?.settled);
    expect(exact(replica.turns[1]!, service.spoken[1]!)).toBe(-1);
    expect([replica.turns.length, refusals(), world.errors]).toEqual([2, [], []]);
  });

  test("a tool call, say(), typed text, new instructions", async () => {
    const script = { answers: [{ seconds: 1, tool: { name: "weather", arguments: { city: "Rome" } } }] };
    const tools = [{ name: "weather", description: "Looks at the sky.", parameters: { type: "object" } }];
    const { world, replica, sent, refusals } = await start({ session: { tools } }, { script });
    world.voice.on("toolCall", ({ arguments: args, reply }) => reply({ args }));
    await world.open();
    world.caller.speak(0.6);
    await world.until(() => sent("FunctionCallResponse").length === 1);
    expect(sent("FunctionCallResponse")[0]).toMatchObject({ name: "weather", content: '{"args":{"city":"Rome"}}' });
    await world.until(() => replica.turns.length > 0 && replica.turns.every(({ settled }) => settled));
    await world.advance(1);
    const before = replica.turns.length;
    world.voice.say("Word for word.");
    await world.until(() => replica.turns[before]?.settled);
    expect(world.transcripts.at(-1)).toBe("replica: Word for word.");
    world.voice.sendText("And now?");
    await world.until(() => replica.turns[before + 1]?.settled);
    world.voice.update({ instructions: "Be loud." });
    await world.advance(0.1);
    expect(sent("UpdatePrompt")).toEqual([{ type: "UpdatePrompt", prompt: "Be loud." }]);
    expect([refusals(), world.errors]).toEqual([[], []]);
  });

  test("a drop: the next connection is told what was said, with its settings, and does not greet again", async () => {
    const { world, replica, service, sent, refusals } = await start({ greeting: "Hello." });
    await world.open();
    await world.until(() => replica.turns[0]?.settled);
    world.caller.speak(0.6);
    await world.until(() => replica.turns[1]?.settled);
    service.socket.connection.drop();
    await world.until(() => service.sockets.length === 2 && world.voice.state === "open");
    const [settings] = sent("Settings") as { agent: { greeting?: string; context: object } }[];
    expect(settings!.agent.context).toEqual({
      messages: [
        { type: "History", role: "assistant", content: "Hello." },
        { type: "History", role: "user", content: "Question 1." },
        { type: "History", role: "assistant", content: "Answer 1." },
      ],
    });
    expect(settings!.agent.greeting).toBeUndefined();
    world.caller.speak(0.6);
    await world.until(() => replica.turns[2]?.settled);
    expect([codes(world.errors), refusals()]).toEqual([["connection-lost"], []]);
  });

  test("an input that gives nothing for a minute ends nothing: the connection is kept alive", async () => {
    const { world, sent, refusals } = await start();
    Object.assign(world.caller, { open: async () => new ReadableStream<Int16Array>() });
    await world.open();
    await world.advance(60, 0.05);
    expect(world.voice.state).toBe("open");
    expect(sent("KeepAlive")).toHaveLength(7);
    expect([refusals(), world.errors]).toEqual([[], []]);
  });

  test("a wrong secret is refused, and not quoted", async () => {
    const wrong = await start({ secret: async () => "wrong-access-token" });
    const error = (await wrong.world.open().catch((reason: unknown) => reason)) as Error & { code: string };
    expect(error.code).toBe("connect-failed");
    expect(`${error.message}${error.stack}`).not.toContain("wrong-access-token");
  });
});
