import type { AudioEventAlignment, ClientToolResult } from "@elevenlabs/types";
import { type Answer, answerAudio, type ModelScript, nextAnswer } from "../answer.js";
import { cut, deliver } from "../delivery.js";
import { type Encoding, sampleBytes } from "../encoding.js";
import { elapsed, type ServiceClock } from "../service-clock.js";
import { Spoken } from "../spoken.js";
import type { ServerMessage } from "./messages.js";

/** What an answer needs of its session. */
export interface AnswerWorld {
  clock: ServiceClock;
  script: ModelScript;
  spoken: Spoken[];
  encoding: Encoding;
  sampleRate: number;
  /** Whether audio is sent with the times of its characters. */
  aligned: boolean;
  send(message: ServerMessage): void;
  /** The next event id. */
  eventId(): number;
  /** Calls a function; undefined if no result arrived in time, or `signal` aborted. */
  call(tool: NonNullable<Answer["tool"]>, signal: AbortSignal): Promise<ClientToolResult | undefined>;
  answerNumber(): number;
}

/** One answer of the agent, with the tool calls in it. */
export class AgentAnswer {
  readonly #world: AnswerWorld;
  readonly #stop = new AbortController();
  #current: { spoken: Spoken; eventId: number; beganAt: number } | undefined;

  constructor(world: AnswerWorld) {
    this.#world = world;
  }

  /** Stops it. */
  interrupt(): void {
    this.#stop.abort();
  }

  /** What it was saying, and the words of it that were played when it was stopped, in real time. */
  heard(): { original: string; corrected: string; eventId: number } | undefined {
    if (!this.#current) return undefined;
    const { spoken, eventId, beganAt } = this.#current;
    const total = spoken.bytes.length / spoken.bytesPerSecond;
    const share = Math.min(1, (this.#world.clock.now() - beganAt) / total);
    const words = spoken.text.split(" ");
    return { original: spoken.text, corrected: words.slice(0, Math.floor(share * words.length)).join(" "), eventId };
  }

  /** Audio that was in flight when the answer was stopped: pieces that follow the interruption. */
  *late(pieces: number): Generator<string> {
    const { spoken } = this.#current ?? {};
    const step = spoken ? Math.round(spoken.bytesPerSecond / 10) : 0;
    for (let k = 0; spoken && k < pieces; k++)
      yield spoken.bytes.subarray(spoken.sentBytes + k * step, spoken.sentBytes + (k + 1) * step).toString("base64");
  }

  /** Plays it until it was heard in real time. Resolves with true if the connection is to be broken. */
  async run(first: Answer, connection: AbortSignal): Promise<boolean> {
    const { clock, script } = this.#world;
    const signal = AbortSignal.any([connection, this.#stop.signal]);
    let heardAt = clock.now();
    for (let answer: Answer | undefined = first; answer && !signal.aborted; ) {
      const seconds = await this.#say(answer, signal);
      if (seconds === "dropped") return true;
      heardAt = Math.max(heardAt, clock.now()) + seconds;
      if (!answer.tool || signal.aborted) break;
      await this.#world.call(answer.tool, signal);
      answer = nextAnswer(script, this.#world.answerNumber());
    }
    await elapsed(clock, heardAt - clock.now(), signal);
    return false;
  }

  /** Seconds of it that are still to be played when the last piece has left. */
  async #say(answer: Answer, signal: AbortSignal): Promise<number | "dropped"> {
    const { clock, script, spoken, encoding, sampleRate, send } = this.#world;
    const { seconds = 1, text = "" } = answer;
    const eventId = this.#world.eventId();
    if (seconds === 0) {
      if (!answer.tool)
        send({ type: "agent_response", agent_response_event: { agent_response: text, event_id: eventId } });
      return 0;
    }
    const said = new Spoken(
      `answer_${eventId}`,
      text,
      answerAudio(script, String(eventId), answer, sampleRate),
      sampleRate,
      encoding,
    );
    spoken.push(said);
    const beganAt = clock.now();
    this.#current = { spoken: said, eventId, beganAt };
    send({ type: "agent_response", agent_response_event: { agent_response: text, event_id: eventId } });
    const delivery = { ...script.delivery, ...answer.delivery };
    const pieces = cut(said.bytes, said.bytesPerSecond, sampleBytes[encoding], delivery);
    const ending = await deliver(clock, pieces, said.bytesPerSecond, delivery, signal, ({ bytes, from }) => {
      said.sentBytes += bytes.length;
      const place = { from: from / said.bytes.length, to: (from + bytes.length) / said.bytes.length };
      const alignment = this.#world.aligned ? alignmentOf(text, seconds, place) : undefined;
      const audio_event = {
        audio_base_64: bytes.toString("base64"),
        event_id: this.#world.eventId(),
        ...(alignment && { alignment }),
      };
      send({ type: "audio", audio_event });
    });
    said.complete = ending === "finished";
    said.interrupted = ending === "stopped";
    return ending === "dropped" ? "dropped" : Math.max(0, beganAt + said.seconds - clock.now());
  }
}

/** Characters that start in a share of an answer, spread evenly; times count from the piece [L]. */
function alignmentOf(
  text: string,
  seconds: number,
  place: { from: number; to: number },
): AudioEventAlignment | undefined {
  const letters = [...text];
  const each = (seconds * 1000) / letters.length;
  const first = Math.ceil(place.from * letters.length);
  const chars = letters.slice(first, Math.ceil(place.to * letters.length));
  if (chars.length === 0) return undefined;
  const origin = place.from * seconds * 1000;
  return {
    chars,
    char_start_times_ms: chars.map((_, k) => Math.round((first + k) * each - origin)),
    char_durations_ms: chars.map(() => Math.round(each)),
  };
}
