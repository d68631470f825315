import type { Connection } from "../connection.js";
import { cut, deliver } from "../delivery.js";
import { type Encoding, sampleBytes } from "../encoding.js";
import { elapsed, type ServiceClock } from "../service-clock.js";
import { SpeechQueue } from "../speech-queue.js";
import type { SpeechScript } from "../speech-script.js";
import { Spoken } from "../spoken.js";
import { type Timed, utter } from "../utterance.js";
import type { GenerationRequest, SpeechEvent } from "./messages.js";

/** What a context needs of its server. */
export interface ContextWorld {
  clock: ServiceClock;
  script: SpeechScript;
  spoken: Spoken[];
}

const encodings: Record<GenerationRequest["output_format"]["encoding"], Encoding> = {
  pcm_s16le: "s16le",
  pcm_f32le: "f32le",
  pcm_mulaw: "mulaw",
  pcm_alaw: "alaw",
};

/** Milliseconds that text waits for more of it [C]. */
const standardDelay = 3000;

/** One context: text that arrives in parts, audio that leaves in order. */
export class SpeechContext {
  readonly id: string;
  /** Whether its last text has arrived, or it was cancelled. */
  ended = false;
  /** Whether its last event has left. */
  over = false;
  readonly #world: ContextWorld;
  readonly #connection: Connection;
  readonly #queue: SpeechQueue;
  readonly #settings: GenerationRequest;
  #text = "";
  #texts = 0;
  #flushes = 0;
  #seconds = 0;

  constructor(world: ContextWorld, connection: Connection, settings: GenerationRequest) {
    this.id = settings.context_id;
    this.#world = world;
    this.#connection = connection;
    this.#settings = settings;
    this.#queue = new SpeechQueue(connection.signal);
  }

  /** What may not change within a context [L]. */
  static fixed({ model_id, voice, output_format, add_timestamps }: GenerationRequest): string {
    return JSON.stringify([model_id, voice, output_format, add_timestamps ?? false]);
  }

  /** The same of this context. */
  get fixed(): string {
    return SpeechContext.fixed(this.#settings);
  }

  /** Adds text. */
  take({ transcript, continue: more, flush, max_buffer_delay_ms }: GenerationRequest): void {
    this.#text += transcript;
    const delay = (max_buffer_delay_ms ?? standardDelay) / 1000;
    if (flush) this.#flush();
    else if (!more) this.#end();
    else if (delay === 0 || /[.!?]\s*$/.test(this.#text)) this.#generate();
    else void this.#wait(++this.#texts, delay);
  }

  /** Stops it. @param running - Whether what is being said stops too. */
  cancel(running: boolean): void {
    this.#text = "";
    if (!running) this.#queue.keepRunning();
    this.#queue.stop();
    this.#finish();
  }

  async #wait(text: number, seconds: number): Promise<void> {
    const open = await elapsed(this.#world.clock, seconds, this.#connection.signal);
    if (open && text === this.#texts && !this.ended) this.#generate();
  }

  #flush(): void {
    this.#generate();
    const flush_id = ++this.#flushes;
    this.#queue.add(async () => {
      const place = { context_id: this.id, status_code: 206, done: false };
      this.#send({ type: "flush_done", flush_done: true, flush_id, ...place });
    });
  }

  #end(): void {
    this.#generate();
    this.#finish();
  }

  #finish(): void {
    if (this.ended) return;
    this.ended = true;
    this.#queue.add(async () => {
      this.#send({ type: "done", done: true, context_id: this.id, status_code: 206 });
      this.over = true;
    }, true);
  }

  #generate(): void {
    const text = this.#text;
    this.#text = "";
    this.#texts++;
    if (text.trim() === "") return;
    const flush_id = this.#flushes + 1;
    this.#queue.add(async (signal) => {
      if (await this.#say(text, flush_id, signal)) this.#connection.drop();
    });
  }

  async #say(text: string, flush_id: number, signal: AbortSignal): Promise<boolean> {
    const { clock, script, spoken } = this.#world;
    const { output_format, add_timestamps, add_phoneme_timestamps } = this.#settings;
    const delivery = { ...script.delivery, ...script.generations.shift() };
    const encoding = encodings[output_format.encoding];
    const { samples, words, characters, seconds } = utter(
      text,
      output_format.sample_rate,
      script.leadSeconds,
      script.seed,
    );
    const said = new Spoken(this.id, text, samples, output_format.sample_rate, encoding);
    spoken.push(said);
    const began = this.#seconds;
    this.#seconds += seconds;
    if (!(await elapsed(clock, script.latencySeconds, signal))) return false;
    const pieces = cut(said.bytes, said.bytesPerSecond, sampleBytes[encoding], delivery);
    const place = { context_id: this.id, status_code: 206, done: false, flush_id };
    const ending = await deliver(clock, pieces, said.bytesPerSecond, delivery, signal, ({ bytes, from }) => {
      const [start, end] = [from / said.bytesPerSecond, (from + bytes.length) / said.bytesPerSecond];
      const origin = { chunk: start, generation: 0, context: -began }[script.timesFrom];
      const spokenWords = timesOf(words, start, end, origin);
      if (add_timestamps && spokenWords.words.length > 0)
        this.#send({ type: "timestamps", ...place, word_timestamps: spokenWords });
      const { words: phonemes, ...times } = timesOf(characters, start, end, origin);
      if (add_phoneme_timestamps && phonemes.length > 0)
        this.#send({ type: "phoneme_timestamps", ...place, phoneme_timestamps: { phonemes, ...times } });
      said.sentBytes += bytes.length;
      this.#send({ type: "chunk", ...place, data: bytes.toString("base64"), step_time: 10 });
    });
    said.complete = ending === "finished";
    said.interrupted = ending === "stopped";
    return ending === "dropped";
  }

  #send(event: SpeechEvent): void {
    this.#connection.send(event);
  }
}

/** What starts between two times of a generation, counted from `origin`. */
function timesOf(all: readonly Timed[], from: number, to: number, origin: number) {
  const within = all.filter(({ start }) => start >= from && start < to);
  const shift = (seconds: number): number => Math.round((seconds - origin) * 10_000) / 10_000;
  return {
    words: within.map(({ text }) => text),
    start: within.map(({ start }) => shift(start)),
    end: within.map(({ end }) => shift(end)),
  };
}
