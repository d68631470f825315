import { checkAudio } from "./capture/native.js";
import { type Clock, systemClock } from "./flow/clock.js";
import type { AudioSetup } from "./source/source.js";
import type { Transport } from "./transport/transport.js";

/** What a Replica is made of. */
export interface ReplicaOptions {
  /** The way to the room: `dailyTransport(call)`, or one of your own. */
  transport: Transport;
  /** Default: the room's name in the call's URL [likely right], else learnt from the first inbound event. */
  conversationId?: string | undefined;
  /** Hz of what is sent. Default 24000, which Tavus recommends. */
  sampleRate?: 24000 | 16000 | undefined;
  /** Seconds sent ahead of what has been heard, at most. Default 20; 0 sends as live sources do. */
  leadSeconds?: number | undefined;
  /** Default 20 (the strictest limit that anybody at Daily has named); Infinity lifts it. */
  messagesPerSecond?: number | undefined;
  /** How long a turn waits for the call and the replica. Default 30. */
  readyTimeoutSeconds?: number | undefined;
  /** How long an interrupted turn can be resumed. Default 5. */
  resumeWindowSeconds?: number | undefined;
  /**
   * A source that produces nothing for so long, while nothing of its turn plays, fails the turn with `source-stalled`. Default 30;
   * Infinity waits for ever.
   */
  stallTimeoutSeconds?: number | undefined;
  /**
   * Seconds without a message after which an `inference_id` is not used on: the turn continues under a new one. Default 2: how long
   * Tavus waits is [unknown]. Infinity: never.
   */
  idSilenceSeconds?: number | undefined;
  /** Where capture finds its context and its files. */
  audio?: AudioSetup | undefined;
  /** Time itself; tests pass a VirtualClock. Default: the system's. */
  clock?: Clock | undefined;
}

/** The options with their defaults, checked. */
export interface Settings {
  transport: Transport;
  conversationId: string | undefined;
  sampleRate: 24000 | 16000;
  leadSeconds: number;
  messagesPerSecond: number;
  readyTimeoutSeconds: number;
  resumeWindowSeconds: number;
  stallTimeoutSeconds: number;
  idSilenceSeconds: number;
  audio: AudioSetup | undefined;
  clock: Clock;
}

/** Fills in the defaults. Throws TypeError or RangeError that names the option and what it takes. */
export function settings(options: ReplicaOptions): Settings {
  const { transport, conversationId, audio } = options;
  if (typeof transport?.send !== "function" || typeof transport.subscribe !== "function")
    throw new TypeError("Replica: transport must be a Transport, such as dailyTransport(call).");
  if (conversationId !== undefined && (typeof conversationId !== "string" || conversationId === ""))
    throw new TypeError("Replica: conversationId must be a string that is not empty.");
  checkAudio(audio);
  const sampleRate = options.sampleRate ?? 24000;
  if (sampleRate !== 24000 && sampleRate !== 16000)
    throw new RangeError(`Replica: sampleRate must be 24000 or 16000, not ${sampleRate}.`);
  return {
    transport,
    conversationId,
    sampleRate,
    leadSeconds: atLeast("leadSeconds", options.leadSeconds ?? 20, 0),
    messagesPerSecond: above("messagesPerSecond", options.messagesPerSecond ?? 20, 0),
    readyTimeoutSeconds: atLeast("readyTimeoutSeconds", options.readyTimeoutSeconds ?? 30, 0),
    resumeWindowSeconds: atLeast("resumeWindowSeconds", options.resumeWindowSeconds ?? 5, 0),
    stallTimeoutSeconds: above("stallTimeoutSeconds", options.stallTimeoutSeconds ?? 30, 0),
    idSilenceSeconds: above("idSilenceSeconds", options.idSilenceSeconds ?? 2, 0),
    audio,
    clock: options.clock ?? systemClock,
  };
}

function atLeast(name: string, value: number, least: number): number {
  if (typeof value !== "number" || !(value >= least))
    throw new RangeError(`Replica: ${name} must be a number of ${least} or more, not ${value}.`);
  return value;
}

function above(name: string, value: number, bound: number): number {
  if (typeof value !== "number" || !(value > bound))
    throw new RangeError(`Replica: ${name} must be a number above ${bound}, not ${value}.`);
  return value;
}
