import type {
  AutomaticActivityDetection,
  Blob,
  Content,
  FunctionDeclaration,
  FunctionResponse,
  GenerationConfig,
  LiveClientContent,
  LiveClientMessage,
  LiveClientRealtimeInput,
  LiveClientSetup,
  LiveClientToolResponse,
  LiveServerMessage,
  RealtimeInputConfig,
  SessionResumptionConfig,
  SpeechConfig,
  Tool,
} from "@google/genai";
import {
  anything,
  type Check,
  type Fields,
  filled,
  flag,
  integer,
  list,
  literal,
  number,
  object,
  optional,
  record,
  text,
} from "../shape.js";

/** A server message on the wire: the SDK's class without what it computes. */
export type ServerMessage = Omit<LiveServerMessage, "text" | "data">;

/** Every field of `T` may be left out and is `check`, but for those that are named. */
const loose = <T extends object>(check: Check, names: readonly (keyof T)[], fields: Partial<Fields<T>>): Check =>
  object<T>({ ...Object.fromEntries(names.map((name) => [name, optional(check)])), ...fields } as Fields<T>);

const blob = object<Blob>({ data: text, mimeType: filled, displayName: optional(text) });

const content = object<Content>({ parts: optional(list(record)), role: optional(literal("user", "model")) });

const generationNames = [
  "modelSelectionConfig",
  "responseJsonSchema",
  "audioTranscriptionConfig",
  "audioTimestamp",
  "candidateCount",
  "frequencyPenalty",
  "logprobs",
  "mediaResolution",
  "presencePenalty",
  "responseFormat",
  "responseLogprobs",
  "responseMimeType",
  "responseSchema",
  "routingConfig",
  "seed",
  "stopSequences",
  "thinkingConfig",
  "enableEnhancedCivicAnswers",
  "translationConfig",
] as const satisfies readonly (keyof GenerationConfig)[];

const generationConfig = loose<GenerationConfig>(anything, generationNames, {
  responseModalities: optional(list(literal("AUDIO", "TEXT"), 1)),
  speechConfig: optional(
    object<SpeechConfig>({
      voiceConfig: optional(record),
      languageCode: optional(text),
      multiSpeakerVoiceConfig: optional(record),
    }),
  ),
  temperature: optional(number(0, 2)),
  topK: optional(number(0)),
  topP: optional(number(0, 1)),
  maxOutputTokens: optional(integer(1)),
  enableAffectiveDialog: optional(flag),
});

const toolNames = [
  "retrieval",
  "googleMaps",
  "mcpServers",
  "codeExecution",
  "computerUse",
  "enterpriseWebSearch",
  "exaAiSearch",
  "googleSearch",
  "googleSearchRetrieval",
  "parallelAiSearch",
  "urlContext",
  "fileSearch",
] as const satisfies readonly (keyof Tool)[];

const tool = loose<Tool>(anything, toolNames, {
  functionDeclarations: optional(
    list(
      object<FunctionDeclaration>({
        name: filled,
        description: optional(text),
        behavior: optional(literal("BLOCKING", "NON_BLOCKING")),
        parameters: optional(record),
        parametersJsonSchema: optional(anything),
        response: optional(record),
        responseJsonSchema: optional(anything),
      }),
    ),
  ),
});

const setup = object<LiveClientSetup>({
  model: filled,
  generationConfig: optional(generationConfig),
  systemInstruction: optional(content),
  tools: optional(list(tool)),
  realtimeInputConfig: optional(
    object<RealtimeInputConfig>({
      automaticActivityDetection: optional(
        object<AutomaticActivityDetection>({
          disabled: optional(flag),
          startOfSpeechSensitivity: optional(literal("START_SENSITIVITY_HIGH", "START_SENSITIVITY_LOW")),
          endOfSpeechSensitivity: optional(literal("END_SENSITIVITY_HIGH", "END_SENSITIVITY_LOW")),
          prefixPaddingMs: optional(integer(0)),
          silenceDurationMs: optional(integer(0)),
        }),
      ),
      activityHandling: optional(literal("START_OF_ACTIVITY_INTERRUPTS", "NO_INTERRUPTION")),
      turnCoverage: optional(filled),
      interimTranscriptTimestampEnabled: optional(flag),
    }),
  ),
  // `transparent` is Vertex AI's alone [C, the SDK refuses it].
  sessionResumption: optional(object<Omit<SessionResumptionConfig, "transparent">>({ handle: optional(filled) })),
  contextWindowCompression: optional(record),
  inputAudioTranscription: optional(record),
  outputAudioTranscription: optional(record),
  proactivity: optional(record),
  historyConfig: optional(record),
  explicitVadSignal: optional(flag),
  avatarConfig: optional(record),
  safetySettings: optional(list(record)),
  labels: optional(record),
});

const realtimeInput = object<LiveClientRealtimeInput>({
  mediaChunks: optional(list(blob)),
  audio: optional(blob),
  audioStreamEnd: optional(literal(true)),
  video: optional(blob),
  text: optional(text),
  activityStart: optional(record),
  activityEnd: optional(record),
});

/** A client message: one of its fields, and no more [C, a `oneof` of the reference]. */
export const clientMessage = object<LiveClientMessage>({
  setup: optional(setup),
  clientContent: optional(object<LiveClientContent>({ turns: optional(list(content)), turnComplete: optional(flag) })),
  realtimeInput: optional(realtimeInput),
  toolResponse: optional(
    object<LiveClientToolResponse>({
      functionResponses: list(
        object<FunctionResponse>({
          id: filled,
          name: filled,
          response: record,
          parts: optional(list(record)),
          scheduling: optional(filled),
          willContinue: optional(flag),
        }),
      ),
    }),
  ),
  contextUpdate: optional(record),
});
