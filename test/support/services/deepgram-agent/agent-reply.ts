import { type Answer, answerAudio, type ModelScript, nextAnswer } from "../answer.js";
import { cut, deliver } from "../delivery.js";
import { type Encoding, sampleBytes } from "../encoding.js";
import type { ServiceClock } from "../service-clock.js";
import { Spoken } from "../spoken.js";
import type { ServerMessage } from "./messages.js";

/** What a reply needs of its session. */
export interface ReplyWorld {
  clock: ServiceClock;
  script: ModelScript;
  spoken: Spoken[];
  encoding: Encoding;
  sampleRate: number;
  /** Whether the client asked for experimental messages, which AgentStartedSpeaking is [L]. */
  experimental: boolean;
  send(message: ServerMessage): void;
  sendAudio(bytes: Buffer): void;
  /** Reports what somebody said. */
  report(role: "user" | "assistant", content: string): void;
  /** Calls a function of the client; resolves when the result is there, or `signal` aborts. */
  call(tool: NonNullable<Answer["tool"]>, signal: AbortSignal): Promise<void>;
  answerNumber(): number;
}

/** One reply of the agent, with the function calls in it. */
export class AgentReply {
  readonly #world: ReplyWorld;
  readonly #stop = new AbortController();

  constructor(world: ReplyWorld) {
    this.#world = world;
  }

  /** Stops it. */
  interrupt(): void {
    this.#stop.abort();
  }

  /** Plays it. Resolves with true if the connection is to be broken. */
  async run(first: Answer, connection: AbortSignal): Promise<boolean> {
    const signal = AbortSignal.any([connection, this.#stop.signal]);
    for (let answer: Answer = first; ; ) {
      const ending = await this.#say(answer, signal);
      if (ending === "dropped") return true;
      if (signal.aborted || !answer.tool) return false;
      await this.#world.call(answer.tool, signal);
      if (signal.aborted) return false;
      answer = nextAnswer(this.#world.script, this.#world.answerNumber());
    }
  }

  async #say(answer: Answer, signal: AbortSignal): Promise<string> {
    const { clock, script, spoken, encoding, sampleRate, send } = this.#world;
    const { seconds = 1, text = "" } = answer;
    if (seconds === 0) return "finished";
    const id = `reply_${spoken.length + 1}`;
    const said = new Spoken(id, text, answerAudio(script, id, answer, sampleRate), sampleRate, encoding);
    spoken.push(said);
    for (const sentence of text.match(/[^.!?]+[.!?]*\s*/g) ?? []) this.#world.report("assistant", sentence.trim());
    if (this.#world.experimental)
      send({ type: "AgentStartedSpeaking", total_latency: 0.8, tts_latency: 0.3, ttt_latency: 0.4 });
    const delivery = { ...script.delivery, ...answer.delivery };
    const pieces = cut(said.bytes, said.bytesPerSecond, sampleBytes[encoding], delivery);
    const ending = await deliver(clock, pieces, said.bytesPerSecond, delivery, signal, ({ bytes }) => {
      said.sentBytes += bytes.length;
      this.#world.sendAudio(bytes);
    });
    said.complete = ending === "finished";
    said.interrupted = ending === "stopped";
    // It reports that the last audio has been sent [C, the SDK's comment], not that it was heard.
    if (ending === "finished") send({ type: "AgentAudioDone" });
    return ending;
  }
}
