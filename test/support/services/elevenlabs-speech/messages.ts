import type { CloseConnection } from "@elevenlabs/elevenlabs-js/serialization/types/CloseConnection";
import type { CloseContext } from "@elevenlabs/elevenlabs-js/serialization/types/CloseContext";
import type { CloseSocket } from "@elevenlabs/elevenlabs-js/serialization/types/CloseSocket";
import type { FlushContext } from "@elevenlabs/elevenlabs-js/serialization/types/FlushContext";
import type { GenerationConfig } from "@elevenlabs/elevenlabs-js/serialization/types/GenerationConfig";
import type { InitialiseContext } from "@elevenlabs/elevenlabs-js/serialization/types/InitialiseContext";
import type { InitializeConnection } from "@elevenlabs/elevenlabs-js/serialization/types/InitializeConnection";
import type { KeepContextAlive } from "@elevenlabs/elevenlabs-js/serialization/types/KeepContextAlive";
import type { PronunciationDictionaryLocator } from "@elevenlabs/elevenlabs-js/serialization/types/PronunciationDictionaryLocator";
import type { RealtimeVoiceSettings } from "@elevenlabs/elevenlabs-js/serialization/types/RealtimeVoiceSettings";
import type { SendText } from "@elevenlabs/elevenlabs-js/serialization/types/SendText";
import type { SendTextMulti } from "@elevenlabs/elevenlabs-js/serialization/types/SendTextMulti";
import { filled, flag, integer, list, literal, nullable, number, object, optional, text } from "../shape.js";

const maybe = (check: Parameters<typeof nullable>[0]) => optional(nullable(check));
const share = maybe(number(0, 1));

const voiceSettings = object<RealtimeVoiceSettings.Raw>({
  stability: share,
  similarity_boost: share,
  style: share,
  use_speaker_boost: maybe(flag),
  speed: maybe(number(0.7, 1.2)),
});

const generationConfig = object<GenerationConfig.Raw>({ chunk_length_schedule: maybe(list(integer(50, 500))) });

const locators = maybe(
  list(object<PronunciationDictionaryLocator.Raw>({ pronunciation_dictionary_id: filled, version_id: filled })),
);

/** The first message of `stream-input`. */
export const initialize = object<InitializeConnection.Raw>({
  text: literal(" "),
  voice_settings: maybe(voiceSettings),
  generation_config: maybe(generationConfig),
  pronunciation_dictionary_locators: locators,
  "xi-api-key": maybe(filled),
  authorization: maybe(filled),
});

/** Text of `stream-input`. */
export const sendText = object<SendText.Raw>({
  text,
  try_trigger_generation: maybe(flag),
  voice_settings: maybe(voiceSettings),
  generator_config: maybe(generationConfig),
  flush: maybe(flag),
});

/** The end of `stream-input`. */
export const closeConnection = object<CloseConnection.Raw>({ text: literal("") });

/** The first message of a context of `multi-stream-input`. */
export const initialiseContext = object<InitialiseContext.Raw>({
  text,
  voice_settings: maybe(voiceSettings),
  generation_config: maybe(generationConfig),
  pronunciation_dictionary_locators: locators,
  xi_api_key: maybe(filled),
  authorization: maybe(filled),
  context_id: maybe(filled),
});

/** Text of a context, which may force its generation. */
export const contextText = object<SendTextMulti.Raw>({
  text,
  context_id: maybe(filled),
  flush: maybe(flag),
});

/** Forces the generation of what a context has. */
export const flushContext = object<FlushContext.Raw>({ context_id: filled, text: maybe(text), flush: flag });

/** Ends a context. */
export const closeContext = object<CloseContext.Raw>({ context_id: filled, close_context: flag });

/** Ends everything. */
export const closeSocket = object<CloseSocket.Raw>({ close_socket: maybe(flag) });

/** Resets a context's time limit. */
export const keepAlive = object<KeepContextAlive.Raw>({ text: literal(""), context_id: filled });
