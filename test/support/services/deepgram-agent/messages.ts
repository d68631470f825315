import type { Deepgram } from "@deepgram/sdk";
import {
  anything,
  type Check,
  either,
  filled,
  flag,
  integer,
  isRecord,
  list,
  literal,
  nullable,
  object,
  optional,
  record,
  text,
} from "../shape.js";

/** The client's settings. */
export type Settings = Deepgram.agent.AgentV1Settings;

/** Every JSON message that the server sends; audio goes in binary frames. */
export type ServerMessage =
  | Deepgram.agent.AgentV1Welcome
  | Deepgram.agent.AgentV1SettingsApplied
  | Deepgram.agent.AgentV1ConversationText
  | Deepgram.agent.AgentV1History
  | Deepgram.agent.AgentV1UserStartedSpeaking
  | Deepgram.agent.AgentV1AgentThinking
  | Deepgram.agent.AgentV1AgentStartedSpeaking
  | Deepgram.agent.AgentV1AgentAudioDone
  | Deepgram.agent.AgentV1FunctionCallRequest
  | Deepgram.agent.AgentV1FunctionCallCancelled
  | Deepgram.agent.AgentV1InjectionRefused
  | Deepgram.agent.AgentV1PromptUpdated
  | Deepgram.agent.AgentV1SpeakUpdated
  | Deepgram.agent.AgentV1ThinkUpdated
  | Deepgram.agent.AgentV1ListenUpdated
  | Deepgram.agent.AgentV1Error
  | Deepgram.agent.AgentV1Warning;

/** Every JSON message of a client. */
export type ClientMessage =
  | Settings
  | Deepgram.agent.AgentV1UpdateListen
  | Deepgram.agent.AgentV1UpdateThink
  | Deepgram.agent.AgentV1UpdateSpeak
  | Deepgram.agent.AgentV1UpdatePrompt
  | Deepgram.agent.AgentV1InjectUserMessage
  | Deepgram.agent.AgentV1InjectAgentMessage
  | Deepgram.agent.AgentV1SendFunctionCallResponse
  | Deepgram.agent.AgentV1KeepAlive
  | Deepgram.agent.AgentV1ForceEndTurn;

/** A provider: an object with a type, and fields of its own. */
const provider: Check = (value, path) => {
  if (!isRecord(value)) return { reason: "type", path, expected: "an object" };
  return filled(value.type, `${path}.type`);
};

/** A language model's provider, whose model is required [L]. */
const thinkProvider: Check = (value, path) =>
  provider(value, path) ?? filled((value as Record<string, unknown>).model, `${path}.model`);

const think = object<Deepgram.ThinkSettingsV1>({
  provider: thinkProvider,
  endpoint: optional(record),
  // A function without an endpoint is the client's; `client_side` is in the request only [C types, L].
  functions: optional(
    list(
      object<Deepgram.ThinkSettingsV1.Functions.Item>({
        name: optional(filled),
        description: optional(text),
        parameters: optional(record),
        defer_until_eot: optional(flag),
        endpoint: optional(record),
      }),
    ),
  ),
  prompt: optional(text),
  context_length: optional(anything),
});
const speak = object<Deepgram.SpeakSettingsV1>({ provider, endpoint: optional(nullable(record)) });

const settings = object<Settings>({
  type: literal("Settings"),
  tags: optional(list(text)),
  experimental: optional(flag),
  flags: optional(object<Deepgram.agent.AgentV1Settings.Flags>({ history: optional(flag) })),
  mip_opt_out: optional(flag),
  audio: object<Deepgram.agent.AgentV1Settings.Audio>({
    input: optional(
      object<Deepgram.agent.AgentV1Settings.Audio.Input>({
        encoding: literal("linear16", "mulaw", "alaw"),
        sample_rate: integer(8000, 48_000),
      }),
    ),
    output: optional(
      object<Deepgram.agent.AgentV1Settings.Audio.Output>({
        encoding: optional(literal("linear16", "mulaw", "alaw")),
        sample_rate: optional(integer(8000, 48_000)),
        bitrate: optional(integer(1)),
        container: optional(literal("none")),
      }),
    ),
  }),
  agent: object<Deepgram.agent.AgentV1Settings.Agent>({
    language: optional(filled),
    context: optional(record),
    listen: optional(object<Deepgram.agent.AgentV1Settings.Agent.Listen>({ provider: optional(provider) })),
    think: optional(either(list(think), think)),
    speak: optional(either(list(speak), speak)),
    greeting: optional(text),
  }),
});

/** The client's messages by their type. */
export const clientMessages: Readonly<Record<string, Check>> = {
  Settings: settings,
  UpdateListen: object<Deepgram.agent.AgentV1UpdateListen>({ type: text, listen: record }),
  UpdateThink: object<Deepgram.agent.AgentV1UpdateThink>({ type: text, think: either(list(think), think) }),
  UpdateSpeak: object<Deepgram.agent.AgentV1UpdateSpeak>({ type: text, speak: either(list(speak), speak) }),
  UpdatePrompt: object<Deepgram.agent.AgentV1UpdatePrompt>({ type: text, prompt: text }),
  InjectUserMessage: object<Deepgram.agent.AgentV1InjectUserMessage>({ type: text, content: filled }),
  InjectAgentMessage: object<Deepgram.agent.AgentV1InjectAgentMessage>({
    type: text,
    message: filled,
    behavior: optional(literal("default", "queue", "interrupt")),
  }),
  FunctionCallResponse: object<Deepgram.agent.AgentV1SendFunctionCallResponse>({
    type: text,
    id: filled,
    name: filled,
    content: text,
  }),
  KeepAlive: object<Deepgram.agent.AgentV1KeepAlive>({ type: text }),
  ForceEndTurn: object<Deepgram.agent.AgentV1ForceEndTurn>({ type: text }),
};
