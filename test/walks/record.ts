import type { Outcome, Turn } from "tavus-echo";
import type { Faults, HeardTurn, RoomMessage } from "tavus-echo/fake-room";
import type { Given } from "./sources.js";
import type { Passed } from "./tap.js";
import type { SourceSpec, Walk } from "./walk.js";

/** Seconds between two looks at the room. */
export const lookSeconds = 0.5;

/** What the room had heard at a moment: seconds by the `inference_id` as it was sent. */
export type Heard = ReadonlyMap<string, number>;

/** A moment at which the client told something of a turn. */
export interface Told {
  at: number;
  /** How much had passed between client and room: the same instant has an order. */
  passed: number;
  what: "position" | "started" | "speaking" | "cue" | "outcome";
  seconds: number;
  basis: Outcome["basis"];
  ids: readonly string[];
  heard: Heard;
}

/** A turn of the walk as it was made, and what was told of it. */
export interface TurnRecord {
  index: number;
  turn: Turn;
  kind: "audio" | "text";
  /** What its samples carry; a resumed turn has that of the turn that it resumes. */
  number: number;
  source: SourceSpec | undefined;
  given: Given;
  /** Samples, or characters, that the source has in all. */
  total: number;
  madeAt: number;
  mode: "queue" | "replace";
  resumed: TurnRecord | undefined;
  /** Seconds of the clock at which `end()` was called on it. */
  endedAt: number | undefined;
  outcome: Outcome | undefined;
  settledAt: number;
  told: Told[];
}

/** Something that the app did, or the room, that may cut turns. */
export interface Cut {
  at: number;
  by: "app" | "replaced" | "close" | "replica" | "signal";
  turn?: number;
}

/** A moment of the room: what was heard, under which faults. */
export interface Moment {
  at: number;
  heard: Heard;
}

/** All that a walk left behind. */
export interface WalkRecord {
  walk: Walk;
  sampleRate: number;
  turns: TurnRecord[];
  cuts: Cut[];
  /** Every {@link lookSeconds}. */
  moments: Moment[];
  /** Changes of the room's faults, as they were made. */
  faults: { at: number; changes: Faults }[];
  warnings: { at: number; code: string }[];
  errors: { at: number; code: string; message: string }[];
  states: { at: number; state: string }[];
  /** Calls of the API that threw, errors that nobody could catch, unhandled rejections. */
  uncaught: string[];
  passed: readonly Passed[];
  messages: readonly RoomMessage[];
  room: readonly HeardTurn[];
  closedAt: number | undefined;
  endedAt: number;
  /** The walk is over: what is told from now on comes of the clearing up. */
  over: boolean;
}

/** The inference ids of a turn, as far as they are known now. */
export const idsOf = (turn: Turn): readonly string[] =>
  (turn as { inferenceIds?: readonly string[] }).inferenceIds ?? [turn.id];
