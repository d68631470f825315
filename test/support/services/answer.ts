import type { Delivery } from "./delivery.js";
import { seedOf, speech } from "./speech.js";

/** What a model says next. */
export interface Answer {
  /** Seconds of generated speech. 0: text or a tool call alone. Default 1. */
  seconds?: number;
  /** Its words. Default: "Answer N." */
  text?: string;
  /** A function that the client has to call; the model continues when the result has arrived. */
  tool?: { name: string; arguments: Record<string, unknown> };
  /** The answer fails after its audio, with this error. */
  failure?: { code: string; message: string };
  /** How its audio leaves. */
  delivery?: Delivery;
}

/** What a model does: settable at any time, read when it is needed. */
export interface ModelScript {
  /** Said unasked when the conversation starts. */
  greeting?: Answer;
  /** One per answer; when they are used up, the model answers with a second of speech. */
  answers: Answer[];
  /** What it understands, a text per turn of the caller. Default: "Question N." */
  transcripts: string[];
  /** How audio leaves, where an answer does not say it. */
  delivery: Delivery;
  /** Whether it notices speech in the caller's audio. False: tests say when the caller starts and stops. */
  detects: boolean;
  /** Whether a start of the caller stops the answer, where the client's settings do not say it. */
  interrupts: boolean;
  /** Seed of all generated audio. */
  seed: number;
}

/** The script with its defaults. */
export function modelScript(given: Partial<ModelScript> = {}): ModelScript {
  return { answers: [], transcripts: [], delivery: {}, detects: true, interrupts: true, seed: 1, ...given };
}

/** Takes the next answer off a script. */
export function nextAnswer(script: ModelScript, number: number): Answer {
  return { text: `Answer ${number}.`, ...script.answers.shift() };
}

/** What the model understood of the caller's turn, taken off a script. */
export function nextTranscript(script: ModelScript, number: number): string {
  return script.transcripts.shift() ?? `Question ${number}.`;
}

/** The generated audio of an answer: depends on the seed, its id and its text. */
export function answerAudio(script: ModelScript, id: string, answer: Answer, sampleRate: number): Int16Array {
  return speech(seedOf(`${id} ${answer.text ?? ""}`, script.seed), answer.seconds ?? 1, sampleRate);
}
