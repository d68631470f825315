import { type Answer, answerAudio, type ModelScript, nextAnswer } from "../answer.js";
import { cut, deliver } from "../delivery.js";
import { elapsed, type ServiceClock } from "../service-clock.js";
import { Spoken } from "../spoken.js";
import type { ServerMessage } from "./messages.js";

/** The rate of the model's audio, Hz [C]. */
const sampleRate = 24_000;

/** What a turn needs of its session. */
export interface TurnWorld {
  clock: ServiceClock;
  script: ModelScript;
  spoken: Spoken[];
  send(message: ServerMessage): void;
  id(kind: string): string;
  /** Calls functions; resolves when every result has arrived, or when `signal` aborts. */
  call(calls: { id: string; name: string; args: Record<string, unknown> }[], signal: AbortSignal): Promise<void>;
  textOnly: boolean;
  transcribes: boolean;
  answerNumber(): number;
}

/** How a turn ended. */
export type TurnEnding = "complete" | "interrupted" | "dropped";

/** One turn of the model: audio, tool calls and the answers to their results, until it is heard or interrupted. */
export class GeminiTurn {
  readonly #world: TurnWorld;
  readonly #stop = new AbortController();

  constructor(world: TurnWorld) {
    this.#world = world;
  }

  /** Interrupts it. */
  interrupt(): void {
    this.#stop.abort();
  }

  /** Plays it. */
  async run(first: Answer, connection: AbortSignal): Promise<TurnEnding> {
    const { clock, script, send } = this.#world;
    const signal = AbortSignal.any([connection, this.#stop.signal]);
    const began = clock.now();
    let seconds = 0;
    for (let answer: Answer | undefined = first; answer; ) {
      const said = await this.#say(answer, signal);
      if (said === "dropped") return "dropped";
      seconds += said;
      const { tool } = answer;
      if (!tool || signal.aborted) break;
      await this.#world.call([{ id: this.#world.id("call"), name: tool.name, args: tool.arguments }], signal);
      if (signal.aborted) break;
      answer = nextAnswer(script, this.#world.answerNumber());
    }
    if (!signal.aborted) {
      send({ serverContent: { generationComplete: true } });
      // The model takes playback to run in real time [C, the SDK's comment].
      await elapsed(clock, began + seconds - clock.now(), signal);
    }
    if (signal.aborted) send({ serverContent: { interrupted: true } });
    const usageMetadata = { promptTokenCount: 1, responseTokenCount: Math.round(seconds * 25), totalTokenCount: 1 };
    send({ serverContent: { turnComplete: true }, usageMetadata });
    return signal.aborted ? "interrupted" : "complete";
  }

  async #say(answer: Answer, signal: AbortSignal): Promise<number | "dropped"> {
    const { clock, script, spoken, send, textOnly, transcribes } = this.#world;
    const { seconds = 1, text = "" } = answer;
    if (textOnly) {
      for (const part of text.match(/\S+\s*/g) ?? [])
        send({ serverContent: { modelTurn: { role: "model", parts: [{ text: part }] } } });
      return 0;
    }
    if (seconds === 0) return 0;
    const id = this.#world.id("turn");
    const said = new Spoken(id, text, answerAudio(script, id, answer, sampleRate), sampleRate, "s16le");
    spoken.push(said);
    const words = text.match(/\S+\s*/g) ?? [];
    let told = 0;
    const delivery = { ...script.delivery, ...answer.delivery };
    const pieces = cut(said.bytes, said.bytesPerSecond, 2, delivery);
    const ending = await deliver(clock, pieces, said.bytesPerSecond, delivery, signal, ({ bytes }) => {
      said.sentBytes += bytes.length;
      const inlineData = { mimeType: `audio/pcm;rate=${sampleRate}`, data: bytes.toString("base64") };
      send({ serverContent: { modelTurn: { role: "model", parts: [{ inlineData }] } } });
      const due = Math.ceil((said.sentBytes / said.bytes.length) * words.length);
      const part = words.slice(told, due).join("");
      told = due;
      if (transcribes && part) send({ serverContent: { outputTranscription: { text: part } } });
    });
    said.complete = ending === "finished";
    said.interrupted = ending === "stopped";
    return ending === "dropped" ? "dropped" : said.seconds;
  }
}
