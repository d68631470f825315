import { DeepgramClient } from "@deepgram/sdk";
import { GoogleGenAI, type LiveServerMessage, Modality } from "@google/genai";
import { afterEach, expect, test } from "vitest";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import { DeepgramAgent } from "../../support/services/deepgram-agent/deepgram-agent.js";
import { DeepgramSpeech } from "../../support/services/deepgram-speech/deepgram-speech.js";
import { decode } from "../../support/services/encoding.js";
import { firstDifference } from "../../support/services/first-difference.js";
import { GeminiLive } from "../../support/services/gemini-live/gemini-live.js";

const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const each of open.splice(0).reverse()) await each.close();
});

/** Lets the network deliver, and the clock run, until `done`. */
async function until(clock: VirtualClock, done: () => boolean): Promise<void> {
  for (let k = 0; k < 5000 && !done(); k++) {
    await clock.advance(0.05);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  expect(done()).toBe(true);
}

/** Whether Deepgram's SDK read a message as JSON: it passes audio on as it arrived. */
const isJson = (message: unknown): message is { type: string } =>
  typeof message === "object" && message !== null && !(message instanceof Blob) && "type" in message;

/** Bytes of binary frames, whatever they are held in. */
async function bytesOf(frames: readonly unknown[]): Promise<Buffer> {
  const parts = frames.map(async (frame) =>
    Buffer.from(frame instanceof Blob ? await frame.arrayBuffer() : (frame as ArrayBuffer)),
  );
  return Buffer.concat(await Promise.all(parts));
}

test("Google's SDK talks to Gemini Live: a token, an answer, a tool call", async () => {
  const clock = new VirtualClock();
  const service = await GeminiLive.listen({
    clock,
    script: { answers: [{ seconds: 1 }, { seconds: 0, tool: { name: "weather", arguments: { city: "Oslo" } } }] },
  });
  open.push(service);
  const baseUrl = new URL(service.tokenUrl).origin;
  const ai = new GoogleGenAI({ apiKey: service.token(), httpOptions: { baseUrl, apiVersion: "v1alpha" } });
  const messages: LiveServerMessage[] = [];
  const session = await ai.live.connect({
    model: "gemini-live",
    config: {
      responseModalities: [Modality.AUDIO],
      systemInstruction: "Be brief.",
      tools: [{ functionDeclarations: [{ name: "weather" }] }],
      outputAudioTranscription: {},
      sessionResumption: {},
    },
    callbacks: { onmessage: (message) => messages.push(message) },
  });
  open.push(session);
  session.sendClientContent({ turns: "Hello.", turnComplete: true });
  const turns = (): number => messages.filter(({ serverContent }) => serverContent?.turnComplete).length;
  await until(clock, () => turns() === 1);
  const audio = messages.flatMap(({ data }) => (data ? [Buffer.from(data, "base64")] : []));
  expect(firstDifference(decode(Buffer.concat(audio), "s16le"), service.spoken[0].samples)).toBe(-1);
  session.sendRealtimeInput({ audio: { data: "AAAAAA==", mimeType: "audio/pcm;rate=16000" } });
  session.sendRealtimeInput({ audioStreamEnd: true });
  session.sendRealtimeInput({ text: "The weather?" });
  await until(clock, () => messages.some(({ toolCall }) => toolCall));
  const [call] = messages.find(({ toolCall }) => toolCall)?.toolCall?.functionCalls ?? [];
  const { id = "", name = "" } = call;
  session.sendToolResponse({ functionResponses: [{ id, name, response: { output: -4 } }] });
  await until(clock, () => turns() === 2);
  expect(service.session.connection.refusals).toEqual([]);
  expect(service.session.heard.seconds).toBeCloseTo(2 / 16_000, 9);
});

test("Deepgram's SDK talks to Aura: text, a flush, a clear", async () => {
  const clock = new VirtualClock();
  const service = await DeepgramSpeech.listen({ clock });
  open.push(service);
  const base = service.url().split("/v1")[0];
  const environment = { base: base.replace("ws:", "http:"), production: base, agent: base, agentRest: base };
  const deepgram = new DeepgramClient({ apiKey: service.credentials.apiKey, environment });
  const socket = await deepgram.speak.v1.connect({
    model: "aura-2-thalia-en",
    encoding: "linear16",
    sample_rate: "24000",
    reconnectAttempts: 0,
  } as never);
  open.push(socket);
  const audio: unknown[] = [];
  const types: string[] = [];
  socket.on("message", (message) => {
    if (isJson(message)) types.push(message.type);
    else audio.push(message);
  });
  socket.connect();
  await socket.waitForOpen();
  socket.sendText({ type: "Speak", text: "Hello there" });
  socket.sendFlush({ type: "Flush" });
  await until(clock, () => types.includes("Flushed"));
  expect(firstDifference(decode(await bytesOf(audio), "s16le"), service.spoken[0].samples)).toBe(-1);
  socket.sendClear({ type: "Clear" });
  await until(clock, () => types.includes("Cleared"));
  expect(service.socket.connection.refusals).toEqual([]);
});

test("Deepgram's SDK talks to the Voice Agent: settings, audio, a function", async () => {
  const clock = new VirtualClock();
  const tool = { name: "weather", arguments: { city: "Oslo" } };
  const service = await DeepgramAgent.listen({ clock, idleSeconds: 1e6, script: { answers: [{ seconds: 0, tool }] } });
  open.push(service);
  const base = service.url.split("/v1")[0];
  const environment = { base: base.replace("ws:", "http:"), production: base, agent: base, agentRest: base };
  const deepgram = new DeepgramClient({ apiKey: service.credentials.apiKey, environment });
  const socket = await deepgram.agent.v1.connect({ reconnectAttempts: 0 } as never);
  open.push(socket);
  const types: string[] = [];
  const audio: unknown[] = [];
  socket.on("message", (message) => {
    if (!isJson(message)) {
      audio.push(message);
      return;
    }
    types.push(message.type);
    if (message.type !== "FunctionCallRequest") return;
    const [{ id, name }] = (message as { functions: { id: string; name: string }[] }).functions;
    socket.sendFunctionCallResponse({ type: "FunctionCallResponse", id, name, content: "-4" });
  });
  socket.connect();
  await socket.waitForOpen();
  socket.sendSettings({
    type: "Settings",
    audio: {
      input: { encoding: "linear16", sample_rate: 16_000 },
      output: { encoding: "linear16", sample_rate: 24_000 },
    },
    agent: {
      think: { provider: { type: "open_ai", model: "gpt-4o-mini" }, functions: [{ name: "weather" }] },
      speak: { provider: { type: "deepgram", model: "aura-2-thalia-en" } },
    },
  } as never);
  await until(clock, () => types.includes("SettingsApplied"));
  socket.sendMedia(new Uint8Array(640));
  socket.sendKeepAlive({ type: "KeepAlive" });
  socket.sendInjectUserMessage({ type: "InjectUserMessage", content: "The weather?" });
  await until(clock, () => types.includes("AgentAudioDone"));
  expect(firstDifference(decode(await bytesOf(audio), "s16le"), service.spoken[0].samples)).toBe(-1);
  expect(service.socket.connection.refusals).toEqual([]);
});
