import type { AudioOutput } from "@elevenlabs/elevenlabs-js/serialization/types/AudioOutput";
import type { FinalOutput } from "@elevenlabs/elevenlabs-js/serialization/types/FinalOutput";
import type { InitializeConnection } from "@elevenlabs/elevenlabs-js/serialization/types/InitializeConnection";
import type { SendText } from "@elevenlabs/elevenlabs-js/serialization/types/SendText";
import type { Connection } from "../connection.js";
import { isRecord } from "../shape.js";
import { SpeechQueue } from "../speech-queue.js";
import { closeConnection, initialize, sendText } from "./messages.js";
import { invalid, type Wrong, wordsFor } from "./refuse.js";
import { TextBuffer } from "./text-buffer.js";
import { say, type Voice } from "./voice.js";

/** A connection to `stream-input`: one text, said as it arrives. */
export class StreamInput {
  readonly connection: Connection;
  readonly #voice: Voice;
  readonly #admit: (key: string | null | undefined) => boolean;
  readonly #queue: SpeechQueue;
  #buffer: TextBuffer | undefined;
  #settings = "";
  #ending = false;

  /** @param admit - Whether the connection may speak, given the key in the first message. */
  constructor(connection: Connection, voice: Voice, admit: (key: string | null | undefined) => boolean) {
    this.connection = connection;
    this.#voice = voice;
    this.#admit = admit;
    this.#queue = new SpeechQueue(connection.signal);
  }

  /** Handles a message; returns what is wrong with it. */
  receive(message: unknown): Wrong | undefined {
    if (!isRecord(message)) return invalid("The message is no JSON object.");
    if (!this.#buffer) return this.#begin(message);
    if (this.#ending) return invalid("The stream was ended by an empty text.");
    if (message.text === "" && !closeConnection(message, "")) {
      this.#end(this.#buffer);
      return undefined;
    }
    const problem = sendText(message, "");
    return problem ? wordsFor(problem) : this.#text(message as unknown as SendText.Raw, this.#buffer);
  }

  #begin(message: Record<string, unknown>): Wrong | undefined {
    const problem = initialize(message, "");
    if (problem) return wordsFor(problem);
    const first = message as unknown as InitializeConnection.Raw;
    if (!this.#admit(first["xi-api-key"] ?? first.authorization?.replace(/^Bearer /, "")))
      return { error: "invalid_api_key", message: "Invalid API key." };
    this.#settings = JSON.stringify(first.voice_settings ?? null);
    const schedule = first.generation_config?.chunk_length_schedule ?? undefined;
    this.#buffer = new TextBuffer(schedule, this.#voice.settings.auto);
    return undefined;
  }

  #text(message: SendText.Raw, buffer: TextBuffer): Wrong | undefined {
    const { voice_settings } = message;
    if (voice_settings && JSON.stringify(voice_settings) !== this.#settings)
      return invalid("Field 'voice_settings' must be left out or not changed after the first message.");
    this.#say(buffer.add(message.text, message.try_trigger_generation ?? false));
    if (message.flush) this.#say(buffer.take());
    return undefined;
  }

  #end(buffer: TextBuffer): void {
    this.#ending = true;
    this.#say(buffer.take());
    this.#queue.add(async () => {
      // The SDK's type has no `audio`; its comment says that it is null.
      const last: FinalOutput.Raw & { audio: null } = { audio: null, isFinal: true };
      this.connection.send(last);
      this.connection.close(1000);
    });
  }

  #say(text: string | undefined): void {
    if (text === undefined) return;
    this.#queue.add(async (signal) => {
      const drop = await say(this.#voice, "stream", text, signal, (audio, alignment) => {
        const chunk: AudioOutput.Raw & { isFinal: null } = {
          audio,
          isFinal: null,
          alignment,
          normalizedAlignment: alignment,
        };
        this.connection.send(chunk);
      });
      if (drop) this.connection.drop();
    });
  }
}
