import type { Faults, ReplicaModel } from "tavus-echo/fake-room";

/** A part of what a source gives: `seconds` of it, `pauseSeconds` after the part before. */
export interface Part {
  pauseSeconds: number;
  seconds: number;
  /** It is as good as silent. */
  quiet?: true;
}

/** Where the samples of a turn come from. */
export interface SourceSpec {
  /** `pcm`: one buffer of all parts, without pauses; `iterable`: pcm() of an async iterable; `writer`: pcmWriter(); `live`: a live source. */
  kind: "pcm" | "iterable" | "writer" | "live";
  parts: readonly Part[];
  /** How it is over: it `ends`, it `fails`, or stays `open` for ever. */
  ending: "ends" | "fails" | "open";
}

/** A part of what a text turn says. */
export interface TextPart {
  pauseSeconds: number;
  words: number;
}

/** How a turn is asked for. */
export interface How {
  mode?: "queue" | "replace";
  /** The turn's signal aborts so much later. */
  abortAfterSeconds?: number;
}

/** One input of a walk. Turns are named by number, modulo how many there are; without one, nothing happens. */
export type Step =
  | { do: "advance"; seconds: number }
  | ({ do: "speak"; source: SourceSpec } & How)
  | ({ do: "say"; parts: readonly TextPart[]; iterable: boolean } & How)
  | { do: "interrupt"; resumeAfterSeconds?: number }
  | { do: "interruptTurn"; turn: number }
  | { do: "resume"; turn: number }
  | { do: "end"; turn: number }
  | { do: "close"; kind: "close" | "close-drain" }
  /** A fault of the room. It is lifted after `forSeconds`; without, it stays. */
  | { do: "set"; kind: string; faults: Faults; forSeconds?: number }
  /** The transport refuses the next sends. */
  | { do: "refuse"; kind: "send-refused"; sends: number }
  | { do: "otherEcho"; kind: "other-echo"; seconds: number }
  | { do: "otherInterrupt"; kind: "other-interrupt" };

/** A walk: how room and client are made, and what happens then. Plain JSON. */
export interface Walk {
  room: {
    seed: number;
    maxMessageLength?: number;
    joinSeconds?: number;
    /** The replica comes so much later than the client. */
    lateSeconds?: number;
    model?: ReplicaModel;
    /** From before the client joins to the end: Tavus sends nothing, the replica's level cannot be observed. */
    never?: "events" | "levels" | "either";
  };
  client: { sampleRate?: 16000 | 24000; leadSeconds?: number; messagesPerSecond?: number };
  steps: readonly Step[];
}

/** Kinds of faults in a walk, each once. */
export function kindsOf({ room, steps }: Walk): Set<string> {
  const kinds = new Set(steps.flatMap((step) => ("kind" in step ? [step.kind] : [])));
  if (room.model?.greeting) kinds.add("greeting");
  if (room.model?.listensAfterSeconds) kinds.add("replica-deaf");
  if (room.never === "events" || room.never === "either") kinds.add("events-never");
  if (room.never === "levels" || room.never === "either") kinds.add("levels-never");
  if (room.lateSeconds !== undefined) kinds.add("replica-late");
  if (steps.some((step) => step.do === "speak" && step.source.ending === "fails")) kinds.add("source-fails");
  if (steps.some((step) => step.do === "speak" && step.source.ending === "open")) kinds.add("source-stalls");
  return kinds;
}

/** How many inputs a walk has: its steps, and every setting that is not the default. */
export function sizeOf({ room, client, steps }: Walk): number {
  const { seed: _, model = {}, ...rest } = room;
  return steps.length + Object.keys(rest).length + Object.keys(model).length + Object.keys(client).length;
}

/** Where a source is quiet, in samples of `sampleRate`. */
export function quietSpans({ parts }: SourceSpec, sampleRate: number): { from: number; to: number }[] {
  let at = 0;
  return parts.flatMap(({ seconds, quiet }) => {
    const from = at;
    at += Math.round(seconds * sampleRate);
    return quiet ? [{ from, to: at }] : [];
  });
}
