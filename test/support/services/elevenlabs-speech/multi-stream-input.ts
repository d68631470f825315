import type { AudioOutputMulti } from "@elevenlabs/elevenlabs-js/serialization/types/AudioOutputMulti";
import type { FinalOutputMulti } from "@elevenlabs/elevenlabs-js/serialization/types/FinalOutputMulti";
import type { InitialiseContext } from "@elevenlabs/elevenlabs-js/serialization/types/InitialiseContext";
import type { SendTextMulti } from "@elevenlabs/elevenlabs-js/serialization/types/SendTextMulti";
import type { Connection } from "../connection.js";
import { elapsed } from "../service-clock.js";
import { isRecord } from "../shape.js";
import { SpeechQueue } from "../speech-queue.js";
import { closeContext, closeSocket, contextText, flushContext, initialiseContext, keepAlive } from "./messages.js";
import { invalid, type Wrong, wordsFor } from "./refuse.js";
import { TextBuffer } from "./text-buffer.js";
import { say, type Voice } from "./voice.js";

/** Contexts that a connection may have at once [L, the service's error]. */
const mostContexts = 5;
/** The context of messages that name none [L]. */
const standardId = "default";

interface Context {
  id: string;
  buffer: TextBuffer;
  queue: SpeechQueue;
  /** When the last message for it arrived. */
  touched: number;
  closing: boolean;
}

/** A connection to `multi-stream-input`: several texts at once, each in a context. */
export class MultiStreamInput {
  readonly connection: Connection;
  /** Messages for contexts that are not there, which the service passes over [U]. */
  readonly ignored: unknown[] = [];
  readonly #voice: Voice;
  readonly #admit: (key: string | null | undefined) => boolean;
  readonly #contexts = new Map<string, Context>();
  #admitted = false;

  /** @param admit - Whether the connection may speak, given the key in the first message. */
  constructor(connection: Connection, voice: Voice, admit: (key: string | null | undefined) => boolean) {
    this.connection = connection;
    this.#voice = voice;
    this.#admit = admit;
  }

  /** The contexts that are open. */
  get contexts(): readonly string[] {
    return [...this.#contexts.keys()];
  }

  /** Handles a message; returns what is wrong with it. */
  receive(message: unknown): Wrong | undefined {
    if (!isRecord(message)) return invalid("The message is no JSON object.");
    if ("close_socket" in message) return this.#closeSocket(message);
    if ("close_context" in message) return this.#closeContext(message);
    const given = message.context_id;
    if (given !== undefined && given !== null && typeof given !== "string")
      return invalid("Field 'context_id' must be a string.");
    const id = given ?? standardId;
    const context = this.#contexts.get(id);
    if (message.text === "" && given && !keepAlive(message, "")) {
      if (context) context.touched = this.#voice.clock.now();
      else this.ignored.push(message);
      return undefined;
    }
    // With settings it begins a context, or begins it again [C].
    const begins = !context || context.closing || "voice_settings" in message || "generation_config" in message;
    const { flush, ...rest } = message;
    const check = begins ? initialiseContext : message.text === undefined ? flushContext : contextText;
    // A first text may ask for its generation at once [L: clients do].
    const problem = check(begins && typeof flush === "boolean" ? rest : message, "");
    if (problem) return wordsFor(problem);
    const opened = begins ? this.#begin(id, message as unknown as InitialiseContext.Raw) : context;
    if (!opened || "error" in opened) return opened;
    this.#text(opened, message as unknown as SendTextMulti.Raw);
    return undefined;
  }

  #begin(id: string, message: InitialiseContext.Raw): Context | Wrong {
    const key = message.xi_api_key ?? message.authorization?.replace(/^Bearer /, "");
    this.#admitted ||= this.#admit(key);
    if (!this.#admitted) return { error: "invalid_api_key", message: "Invalid API key." };
    this.#contexts.get(id)?.queue.stop();
    if (!this.#contexts.has(id) && this.#contexts.size >= mostContexts)
      return {
        error: "max_active_conversations",
        message: `Maximum simultaneous contexts per WebSocket connection exceeded (${mostContexts}).`,
      };
    const schedule = message.generation_config?.chunk_length_schedule ?? undefined;
    const context: Context = {
      id,
      buffer: new TextBuffer(schedule, this.#voice.settings.auto),
      queue: new SpeechQueue(this.connection.signal),
      touched: this.#voice.clock.now(),
      closing: false,
    };
    this.#contexts.set(id, context);
    void this.#watch(context);
    return context;
  }

  #text(context: Context, { text, flush }: SendTextMulti.Raw): void {
    context.touched = this.#voice.clock.now();
    this.#say(context, context.buffer.add(text ?? ""), flush === true);
    if (!flush) return;
    this.#say(context, context.buffer.take(), true);
    context.queue.keep();
  }

  #closeContext(message: Record<string, unknown>): Wrong | undefined {
    const problem = closeContext(message, "");
    if (problem) return wordsFor(problem);
    const context = this.#contexts.get(String(message.context_id));
    if (!context || context.closing) this.ignored.push(message);
    else if (message.close_context) this.#end(context);
    return undefined;
  }

  #closeSocket(message: Record<string, unknown>): Wrong | undefined {
    const problem = closeSocket(message, "");
    if (problem) return wordsFor(problem);
    if (!message.close_socket) return undefined;
    const queues = [...this.#contexts.values()].map((context) => {
      this.#end(context);
      return context.queue.idle();
    });
    void Promise.all(queues).then(() => this.connection.close(1000));
    return undefined;
  }

  /** Ends a context: what was flushed is still said, the rest is not [C]. */
  #end(context: Context): void {
    if (context.closing) return;
    context.closing = true;
    context.queue.stop();
    context.queue.add(async () => {
      if (this.#contexts.get(context.id) === context) this.#contexts.delete(context.id);
      const last: FinalOutputMulti.Raw & { audio: null } = { audio: null, isFinal: true, contextId: context.id };
      this.connection.send(last);
    }, true);
  }

  async #watch(context: Context): Promise<void> {
    const { clock, settings } = this.#voice;
    while (!context.closing) {
      const left = context.touched + settings.inactivitySeconds - clock.now();
      if (left <= 0) this.#end(context);
      if (!(await elapsed(clock, left, this.connection.signal))) return;
    }
  }

  #say(context: Context, text: string | undefined, keep: boolean): void {
    if (text === undefined) return;
    context.queue.add(async (signal) => {
      const drop = await say(this.#voice, context.id, text, signal, (audio, alignment) => {
        const chunk: AudioOutputMulti.Raw & { isFinal: null } = {
          audio,
          isFinal: null,
          alignment,
          normalizedAlignment: alignment,
          contextId: context.id,
        };
        this.connection.send(chunk);
      });
      if (drop) this.connection.drop();
    }, keep);
  }
}
