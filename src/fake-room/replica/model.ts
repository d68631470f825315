import { checkOptions, choice, flag, type Rules, seconds, secondsOrNever, text, withChanges } from "../option-rules.js";

/**
 * What is [likely] or [unknown] about Tavus, as switches: each default is the reading that asks most of a client, and
 * a correct client works under every setting.
 */
export interface ReplicaModel {
  /** Seconds of sound that must have arrived before it is heard. Default 0.1 [likely]. */
  prebufferSeconds?: number | undefined;
  /** The id in events: `md5` (default), the MD5-derived UUID; `kept`, as sent. That the id may change is [certain], the rule [unknown]. */
  ids?: "md5" | "kept" | undefined;
  /** `audio: ""` with `done: true`: `ends` the utterance (default) or is `ignored`, so that it never ends [unknown]. */
  emptyLastChunk?: "ends" | "ignored" | undefined;
  /** Who sends events: the `replica`'s session (default), or one that is no visible participant [unknown]. */
  eventsFrom?: "replica" | "hidden" | undefined;
  /** Which names events carry: `both` generations (default, [certain] today), the `older`, or the `unified` ones. */
  generations?: "both" | "older" | "unified" | undefined;
  /**
   * `duration` of a stop. That it is a number of seconds or null is [certain], what it measures [unknown]: the `seconds` of sound
   * that were heard (default), `null`, the `wall` clock from start to stop with pauses, the sound in whole video `frames` of
   * 1/25 s, rounded up, or the sound `padded` by 0.2 s.
   */
  durations?: "seconds" | "null" | "wall" | "frames" | "padded" | undefined;
  /**
   * What a message of another `inference_id` does to one that plays or waits: it `queues` behind it (default), or `replaces` it
   * at once. What is replaced ends like a cut utterance: a stop with the duration that was heard and `interrupted: false`, and
   * its id takes nothing more. Which of both Tavus does, and how the stop looks, is [unknown].
   */
  secondId?: "queues" | "replaces" | undefined;
  /** Whether events carry `conversation_id`; it may be missing [certain]. Default true. */
  conversationIds?: boolean | undefined;
  /**
   * Which of the utterances that an interrupt clears are answered by a stop with `interrupted: true`: those that had `started`
   * (default), `always` all, the others with a duration of 0, or `never` one. That it may not come is [certain], the rest [unknown].
   */
  interruptedStops?: "always" | "started" | "never" | undefined;
  /** Seconds after which an utterance whose `done` is missing is given up. Default 10 [unknown]. */
  abandonSeconds?: number | undefined;
  /**
   * From when `abandonSeconds` count: the last message's `arrival` (default), even while samples of it still play, or the
   * moment at which it ran `dry`, which is never sooner [unknown]. What arrived is played in either case; what comes later is
   * refused.
   */
  abandonFrom?: "arrival" | "dry" | undefined;
  /** Seconds after the replica has joined in which it is deaf: what arrives sooner is refused. Default 0 [unknown]. */
  listensAfterSeconds?: number | undefined;
  /** Seconds between two heartbeats. Default 1 [likely]; Infinity sends none. */
  heartbeatSeconds?: number | undefined;
  /**
   * Whether `conversation.interrupt` cuts a greeting. Since April 2026 the user cannot interrupt one [certain]; whether a message can is
   * [unknown]. Default false: the greeting is said to its end, unanswered, and what waits behind it is cleared.
   */
  interruptsGreeting?: boolean | undefined;
  /** Said first, in a second voice, as personas made in the dashboard may [likely]. Default none. */
  greeting?: string | undefined;
}

/** {@link ReplicaModel} with every default filled in. */
export type Model = { [K in keyof ReplicaModel]-?: Exclude<ReplicaModel[K], undefined> };

/** The defaults of {@link ReplicaModel}. */
export const defaultModel: Model = {
  prebufferSeconds: 0.1,
  ids: "md5",
  emptyLastChunk: "ends",
  eventsFrom: "replica",
  generations: "both",
  durations: "seconds",
  secondId: "queues",
  conversationIds: true,
  interruptedStops: "started",
  abandonSeconds: 10,
  abandonFrom: "arrival",
  listensAfterSeconds: 0,
  heartbeatSeconds: 1,
  interruptsGreeting: false,
  greeting: "",
};

/** What each setting takes. */
export const modelRules: Rules<Model> = {
  prebufferSeconds: seconds,
  ids: choice("md5", "kept"),
  emptyLastChunk: choice("ends", "ignored"),
  eventsFrom: choice("replica", "hidden"),
  generations: choice("both", "older", "unified"),
  durations: choice("seconds", "null", "wall", "frames", "padded"),
  secondId: choice("queues", "replaces"),
  conversationIds: flag,
  interruptedStops: choice("always", "started", "never"),
  abandonSeconds: secondsOrNever,
  abandonFrom: choice("arrival", "dry"),
  listensAfterSeconds: seconds,
  heartbeatSeconds: secondsOrNever,
  interruptsGreeting: flag,
  greeting: text,
};

/** A complete model. Throws TypeError or RangeError for what no setting takes. */
export function completeModel(model: unknown): Model {
  checkOptions("setting of the model", modelRules, model);
  return withChanges(defaultModel, defaultModel, model);
}
