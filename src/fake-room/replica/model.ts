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
  /** `duration` of a stop: seconds (default) or null; both are documented [certain]. */
  durations?: "seconds" | "null" | undefined;
  /** Whether events carry `conversation_id`; it may be missing [certain]. Default true. */
  conversationIds?: boolean | undefined;
  /** Whether an interrupt is answered by a stop with `interrupted: true`; it may not come [certain]. Default true. */
  interruptedStops?: boolean | undefined;
  /** Seconds without a message after which an utterance whose `done` is missing is given up. Default 10 [unknown]. */
  abandonSeconds?: number | undefined;
  /** Seconds between two heartbeats. Default 1 [likely]; Infinity sends none. */
  heartbeatSeconds?: number | undefined;
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
  conversationIds: true,
  interruptedStops: true,
  abandonSeconds: 10,
  heartbeatSeconds: 1,
  greeting: "",
};
