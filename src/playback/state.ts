import type { Basis, PlaybackClock } from "./playback-clock.js";

/** What was sent under one `inference_id`, and what is known of its playback. A turn has one after the other. */
export interface Span {
  /** Id of the turn. */
  turn: string;
  /** The `inference_id` of its messages. */
  id: string;
  /** Its length is known in seconds; that of text is a guess until a stop names it. */
  exact: boolean;
  /** When its first message left, and its latest. */
  firstSentAt: number;
  lastSentAt: number;
  /** The message with `done: true` has left. */
  done: boolean;
  /** The turn goes on after it, under another id. */
  goesOn: boolean;
  /** Its first sound was reported. */
  began: boolean;
  /** It had to wait until something else had been said, so its start tells nothing about the delay. */
  waited: boolean;
  /** Nothing of it can have been heard before. */
  notBefore: number;
  clock: PlaybackClock;
  basis: Basis;
  /** The start event that is relied on. `late`: it came long after it was due, so it may be another's. */
  anchor: { id: string | undefined; at: number; late: boolean } | undefined;
  /** The id under which Tavus speaks of it, once learnt. */
  alias: string | undefined;
  /** A stop that does not fit. Unless another start follows until then, it was this span's own. */
  stop: { at: number; until: number; seconds: number; sent: number } | undefined;
  /** A start that may be that of an interrupted turn. Unless its stop follows until then, it is this span's own. */
  start: { id: string | undefined; at: number; until: number } | undefined;
  /** Seconds sent when a message of Tavus arrived last: the network was up then. */
  provenSeconds: number;
  /** The network went down: what counts as heard without a stop ends here. Infinity while it did not. */
  evidenceSeconds: number;
  /** More was sent after that: what was lost may lie in the middle. */
  holed: boolean;
  /** Seconds heard when the replica's level fell silent although sound was due. */
  silentFrom: number | undefined;
}

/** An interrupt that was sent while something may have sounded, and whose stop has not arrived. */
export interface Answer {
  /** Ids under which its stop may arrive. */
  ids: readonly (string | undefined)[];
  /** The start of what it interrupts has arrived, so that its id is known. */
  known: boolean;
  /** Seconds from the first message of what it interrupts to the interrupt. */
  seconds: number;
  /** It is waited for until then. */
  until: number;
}

/** What the call has shown so far about its own evidence. */
export interface CallEvidence {
  /** Whether starts and stops arrive: undefined until a turn has shown it. */
  events: boolean | undefined;
  /** The time from a first message to its start was measured. */
  measured: boolean;
  /** Events carry ids as they were sent: others are about something else. */
  idsKept: boolean;
  /** A stop agreed with what was sent: durations count from then on. */
  agreed: boolean;
  /** A start was not followed by its stop, and no stop has arrived since. */
  stopless: boolean;
  /** A start was overdue: the replica's level is wanted. */
  overdue: boolean;
  /** The level: cannot be read, may be, is read and was never above silence, was above silence. */
  level: "none" | "wanted" | "silent" | "heard";
  /** When the level was above silence last. */
  soundedAt: number;
  /** The replica said something else since one of our turns was heard. */
  foreign: boolean;
  /** Turns in a row of which nothing was heard in such a time. */
  foreignTurns: number;
  /** Warnings that are given once a call. */
  warned: readonly string[];
}

/** Everything that decides what was heard. Plain data. */
export interface PlaybackState {
  call: CallEvidence;
  /** Seconds from a first message to its sound, as last seen: the round trip and the replica's pre-buffer. */
  startSeconds: number;
  span: Span | undefined;
  answers: readonly Answer[];
  /** What the replica says that is no turn of ours: a greeting, another client's echo. */
  foreign: { id: string | undefined; since: number } | undefined;
  /** Ids of what is over, or never was ours: events about them are not about the current span. */
  past: readonly string[];
  /** What is being heard, as it was reported. */
  sounding: { turn: string | undefined } | undefined;
  /** After an interrupt nothing is sent before this time. */
  gateUntil: number;
}

/** What happened, with the time beside it. JSON: a list of inputs is a bug report. */
export type PlaybackInput =
  /** A message left. `seconds`: sent under this id so far. */
  | { type: "sent"; turn: string; id: string; seconds: number; done: boolean; goesOn: boolean; exact: boolean }
  /** Trusted events. `at`: when they arrived, where that was earlier. */
  | { type: "started"; id?: string | undefined; at?: number | undefined }
  | {
      type: "stopped";
      id?: string | undefined;
      seconds?: number | undefined;
      interrupted: boolean;
      at?: number | undefined;
    }
  /** Another trusted message of Tavus. */
  | { type: "message" }
  /** An interrupt left. */
  | { type: "interruptSent" }
  /** The current span is nobody's any more: its turn was settled from outside. */
  | { type: "dropped" }
  /** The replica, or the call, is gone. `call`: with all that it had shown. */
  | { type: "gone"; call: boolean }
  /** The network went down, or came back. */
  | { type: "network"; up: boolean }
  /** The level cannot be read, or was read. `heard`: seconds of the span that it places at this moment; `silentFrom`: seconds from which on it was silent although sound was due. */
  | { type: "noLevel" }
  | { type: "level"; loud: boolean; heard?: number | undefined; silentFrom?: number | undefined }
  /** Time has passed. */
  | { type: "tick" };

/**
 * How a span ended. "spoken": all of it was heard, as far as is known. "doubtful": as much was sent, and what measures
 * less has not shown that it measures that. "lost": part of it was heard. "unheard": nothing confirms it. "interrupted":
 * by the replica. "abandoned": the id takes no more although the turn goes on.
 */
export type SpanEnd = "spoken" | "doubtful" | "lost" | "unheard" | "interrupted" | "abandoned";

/** What follows from an input. */
export type PlaybackFact =
  /** The first sound of the span. */
  | { type: "began"; turn: string }
  | {
      type: "ended";
      turn: string;
      id: string;
      end: SpanEnd;
      done: boolean;
      heardSeconds: number;
      sentSeconds: number;
      basis: Basis;
    }
  | { type: "speaking"; turn: string | undefined; basis: Basis }
  | { type: "silent"; turn: string | undefined; interrupted: boolean }
  | {
      type: "doubt";
      turn: string;
      code: "heard-doubtful" | "heard-unconfirmed" | "replica-silent" | "not-echo-persona";
    };

/** Nothing has happened. `startSeconds` 0.1: a pre-buffer of 100 ms [likely, from pipecat's mock server]. */
export const initialState = (): PlaybackState => ({
  call: noEvidence(),
  startSeconds: 0.1,
  span: undefined,
  answers: [],
  foreign: undefined,
  past: [],
  sounding: undefined,
  gateUntil: -Infinity,
});

/** A call that has shown nothing yet. */
export const noEvidence = (): CallEvidence => ({
  events: undefined,
  measured: false,
  idsKept: false,
  agreed: false,
  stopless: false,
  overdue: false,
  level: "wanted",
  soundedAt: -Infinity,
  foreign: false,
  foreignTurns: 0,
  warned: [],
});
