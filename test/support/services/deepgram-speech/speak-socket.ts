import type { Deepgram } from "@deepgram/sdk";
import { type Connection, parseJson } from "../connection.js";
import { cut, deliver } from "../delivery.js";
import { type Encoding, sampleBytes } from "../encoding.js";
import { elapsed, type ServiceClock } from "../service-clock.js";
import { type Check, filled, isRecord, literal, object } from "../shape.js";
import { SpeechQueue } from "../speech-queue.js";
import type { SpeechScript } from "../speech-script.js";
import { Spoken } from "../spoken.js";
import { utter } from "../utterance.js";

type Speak = Deepgram.speak.SpeakV1Text;

/** Every JSON message that the server sends; audio goes in binary frames. */
type ServerMessage =
  | Deepgram.speak.SpeakV1Metadata
  | Deepgram.speak.SpeakV1Flushed
  | Deepgram.speak.SpeakV1Cleared
  | Deepgram.speak.SpeakV1Warning;

/** What a connection needs of its server. */
export interface SpeakWorld {
  clock: ServiceClock;
  script: SpeechScript;
  spoken: Spoken[];
  model: string;
  encoding: Encoding;
  sampleRate: number;
  serial(): number;
}

/** Characters of one message [L]. */
const mostCharacters = 2000;
/** Flushes within a window of seconds [C]. */
const mostFlushes = { count: 20, seconds: 60 };

const messages: Readonly<Record<string, Check>> = {
  Speak: object<Speak>({ type: literal("Speak"), text: filled }),
  Flush: object<Deepgram.speak.SpeakV1Flush>({ type: literal("Flush") }),
  Clear: object<Deepgram.speak.SpeakV1Clear>({ type: literal("Clear") }),
  Close: object<Deepgram.speak.SpeakV1Close>({ type: literal("Close") }),
};

/** One connection: a text that is said as it arrives. */
export class SpeakSocket {
  readonly connection: Connection;
  readonly #world: SpeakWorld;
  #queue: SpeechQueue;
  readonly #flushes: number[] = [];
  #text = "";
  #sequence = 0;
  #closing = false;

  constructor(world: SpeakWorld, connection: Connection) {
    this.#world = world;
    this.connection = connection;
    this.#queue = new SpeechQueue(connection.signal);
    connection.listen((data, binary) => {
      const message = binary ? data : (parseJson(data) ?? data.toString("utf8"));
      connection.record(message, binary);
      const wrong = binary ? "Binary frames are not accepted." : this.#receive(message);
      if (wrong !== undefined) this.#refuse(wrong);
    });
    const model_uuid = "00000000-0000-4000-8000-000000000001";
    const request_id = `request_${world.serial()}`;
    this.#send({ type: "Metadata", request_id, model_name: world.model, model_version: "2025-04-07.0", model_uuid });
  }

  #receive(message: unknown): string | undefined {
    if (!isRecord(message)) return "The message is no JSON object.";
    const type = String(message.type);
    if (!Object.hasOwn(messages, type)) return `There is no message type '${type}'.`;
    const problem = messages[type](message, "");
    if (problem) return `Field '${problem.path}' is wrong: expected ${problem.expected}.`;
    if (this.#closing) return "The connection was closed by a message.";
    if (type === "Speak") this.#speak((message as unknown as Speak).text);
    else if (type === "Flush") this.#flush();
    else if (type === "Clear") this.#clear();
    else this.#close();
    return undefined;
  }

  #speak(text: string): void {
    if (text.length > mostCharacters) {
      this.#warn("TEXT_LENGTH", `The text has over ${mostCharacters} characters.`);
      return;
    }
    this.#text += text;
    if (/[.!?]\s*$/.test(this.#text)) this.#generate();
  }

  #flush(): void {
    const now = this.#world.clock.now();
    while (this.#flushes.length > 0 && this.#flushes[0] <= now - mostFlushes.seconds) this.#flushes.shift();
    if (this.#flushes.length >= mostFlushes.count) {
      this.#warn("EXCESSIVE_FLUSH", "More than 20 flushes within 60 seconds are not processed.");
      return;
    }
    this.#flushes.push(now);
    this.#generate();
    const sequence_id = this.#sequence++;
    this.#queue.add(async () => this.#send({ type: "Flushed", sequence_id }));
  }

  #clear(): void {
    this.#text = "";
    this.#queue.stop();
    this.#queue = new SpeechQueue(this.connection.signal);
    this.#send({ type: "Cleared", sequence_id: this.#sequence++ });
  }

  #close(): void {
    this.#closing = true;
    this.#generate();
    this.#queue.add(async () => this.connection.close(1000));
  }

  #generate(): void {
    const text = this.#text;
    this.#text = "";
    if (text.trim() === "") return;
    this.#queue.add(async (signal) => {
      if (await this.#say(text, signal)) this.connection.drop();
    });
  }

  async #say(text: string, signal: AbortSignal): Promise<boolean> {
    const { clock, script, spoken, encoding, sampleRate } = this.#world;
    const delivery = { ...script.delivery, ...script.generations.shift() };
    const { samples } = utter(text, sampleRate, script.leadSeconds, script.seed);
    const said = new Spoken(`speech_${spoken.length + 1}`, text, samples, sampleRate, encoding);
    spoken.push(said);
    if (!(await elapsed(clock, script.latencySeconds, signal))) return false;
    const pieces = cut(said.bytes, said.bytesPerSecond, sampleBytes[encoding], delivery);
    const ending = await deliver(clock, pieces, said.bytesPerSecond, delivery, signal, ({ bytes }) => {
      said.sentBytes += bytes.length;
      this.connection.sendRaw(bytes);
    });
    said.complete = ending === "finished";
    said.interrupted = ending === "stopped";
    return ending === "dropped";
  }

  #warn(code: string, description: string): void {
    this.connection.refusals.push(description);
    this.#send({ type: "Warning", code, description });
  }

  /** A payload that cannot be read closes with 1008 and DATA-0000 [L]. */
  #refuse(reason: string): void {
    this.connection.refusals.push(reason);
    this.connection.close(1008, `DATA-0000: ${reason}`.slice(0, 120));
  }

  #send(message: ServerMessage): void {
    this.connection.send(message);
  }
}
