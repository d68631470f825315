import { checkAudio } from "../capture/native.js";
import { EchoError } from "../errors.js";
import { either } from "./either.js";
import { encodeBlocks } from "./encode-blocks.js";
import { watchListening } from "./listening.js";
import { type Microphone, UserMicrophone } from "./microphone.js";
import type { MicrophoneSession } from "./microphone-session.js";
import type { AudioSetup, OpenRequest, Source } from "./source.js";

/** Tells when somebody speaks, in place of the level gate: a real model, for instance `@ricky0123/vad-web`. */
export interface SpeechDetector {
  /** Calls back until the returned undo is called: true when speech begins, false when it ends. */
  subscribe(listener: (speaking: boolean) => void): () => void;
}

/** How utterances are cut. */
export interface UtteranceOptions {
  /** Seconds before the detected beginning that belong to the utterance, 0 to 1. Default 0.3. */
  preRollSeconds?: number | undefined;
  /** Default: an adaptive level gate on the audio thread. A model reports late: give it a longer pre-roll. */
  detector?: SpeechDetector | undefined;
  /** Where the microphone finds its context and files, when no replica has prepared it. */
  audio?: AudioSetup | undefined;
  /** Ends the iteration, also while it waits, as leaving the loop does. */
  signal?: AbortSignal | undefined;
}

/** Hz at which an utterance is kept until it is spoken. */
const keptRate = 24_000;

/**
 * Hands-free: each utterance of the microphone as a source of its own, given as soon as it begins, so that
 * `for await (const said of utterances(mic)) replica.speak(said)` speaks along. Each can be spoken once. The microphone is
 * prepared, and stays so; the iteration ends when it is closed or lost. What is said while nobody asks for the next
 * utterance is kept. Leaving the loop ends the utterance that goes on.
 *
 * Throws TypeError for a microphone that `microphone()` has not made, RangeError for a pre-roll out of range.
 */
export function utterances(microphone: Microphone, options: UtteranceOptions = {}): AsyncIterable<Source> {
  const { preRollSeconds = 0.3 } = options;
  if (!(microphone instanceof UserMicrophone)) throw new TypeError("utterances() takes what microphone() has made.");
  checkAudio(options.audio);
  if (options.detector && typeof options.detector.subscribe !== "function")
    throw new TypeError("detector must have a method subscribe().");
  if (typeof preRollSeconds !== "number" || !(preRollSeconds >= 0 && preRollSeconds <= 1))
    throw new RangeError(`preRollSeconds must be 0 to 1, not ${preRollSeconds}.`);
  return { [Symbol.asyncIterator]: () => listen(microphone, { ...options, preRollSeconds }) };
}

async function* listen(
  microphone: UserMicrophone,
  { preRollSeconds, detector, audio, signal }: UtteranceOptions & { preRollSeconds: number },
): AsyncGenerator<Source> {
  if (signal?.aborted) return;
  const session = await microphone.session(audio);
  const found: Source[] = [];
  let wake: () => void = () => undefined;
  const awake = (): void => wake();
  let ending: AbortController | undefined;
  const hear = (active: boolean, frame: number): void => {
    ending?.abort();
    ending = active ? new AbortController() : undefined;
    // A turn that listens to the microphone itself has it: what is said then is in that turn.
    if (!ending || session.busy) return;
    found.push(new Utterance(session, frame - Math.round(preRollSeconds * session.sampleRate), ending.signal));
    wake();
  };
  const stop = detector
    ? detector.subscribe((speaking) => hear(speaking, session.frame))
    : session.events.on("speech", ({ active, frame }) => hear(active, frame));
  const over = new AbortController();
  void watchListening(session, over.signal);
  const ends = [session.over, signal];
  for (const end of ends) end?.addEventListener("abort", awake);
  try {
    while (!signal?.aborted) {
      const next = found.shift();
      if (next) yield next;
      else if (session.over.aborted) return;
      else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    stop();
    over.abort();
    for (const end of ends) end?.removeEventListener("abort", awake);
    ending?.abort();
  }
}

/** One utterance: captured from its beginning on, whether or not it is being spoken yet. */
class Utterance implements Source {
  readonly live = true;
  readonly #stream: Promise<ReadableStream<Int16Array>>;
  readonly #ended = new AbortController();
  readonly #dropped = new AbortController();
  #used = false;
  #warn: OpenRequest["warn"];

  constructor(session: MicrophoneSession, fromFrame: number, over: AbortSignal) {
    this.#stream = session.capture(
      {
        sampleRate: keptRate,
        chunkFrames: 1440,
        ended: either(over, this.#ended.signal),
        signal: this.#dropped.signal,
        warn: (warning) => this.#warn?.(warning),
      },
      fromFrame,
    );
    // Whoever opens it is told.
    this.#stream.catch(() => undefined);
  }

  async open(request: OpenRequest): Promise<ReadableStream<Int16Array>> {
    if (this.#used) throw new EchoError("source-used", "This utterance was spoken before.");
    this.#used = true;
    const { ended, signal, warn } = request;
    this.#warn = warn;
    const once = { once: true };
    ended.addEventListener("abort", () => this.#ended.abort(), once);
    if (ended.aborted) this.#ended.abort();
    signal.addEventListener("abort", () => this.#dropped.abort(signal.reason), once);
    if (signal.aborted) this.#dropped.abort(signal.reason);
    const stream = await this.#stream;
    if (request.sampleRate === keptRate) return stream;
    const chunks = encodeBlocks(blocksOf(stream), request.sampleRate, request.audio);
    return new ReadableStream<Int16Array>(
      {
        pull: async (controller) => {
          const { done, value } = await chunks.next();
          if (done) controller.close();
          else controller.enqueue(value);
        },
        cancel: (reason) => this.#dropped.abort(reason),
      },
      new CountQueuingStrategy({ highWaterMark: 0 }),
    );
  }
}

async function* blocksOf(stream: ReadableStream<Int16Array>): AsyncGenerator<{ sampleRate: number; pcm: Int16Array }> {
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    yield { sampleRate: keptRate, pcm: value };
  }
}
