import type { HeardTurn } from "tavus-echo/fake-room";
import { type Heard, idsOf, type TurnRecord, type WalkRecord } from "../record.js";
import { type Quiet, type Run, runsOf } from "../signal.js";
import { characterSeconds } from "../sources.js";
import { quietSpans } from "../walk.js";

/** What the room knows of a turn, whatever the client told. */
export interface TurnFacts {
  record: TurnRecord;
  ids: readonly string[];
  /** What the room heard under these ids, in the order of arrival. */
  utterances: readonly HeardTurn[];
  /** Samples in a row as they were heard; empty for text. */
  runs: readonly Run[];
  /** Seconds that were heard; what was heard twice counts once. */
  heardSeconds: number;
  /** Seconds that were sent, by the messages that left; what left twice counts once. */
  sentSeconds: number;
  /** Place in the source, in seconds, of the first sample that was sent; undefined when nothing was. */
  firstSeconds: number | undefined;
  /** Seconds that must be heard for all of it to be heard: what the source had to say, from the first sample on. */
  wholeSeconds: number;
  /** When its messages left, and how many seconds each held. */
  sent: readonly { at: number; seconds: number; fate: string }[];
  /** Whether the last of them said that it is the last. */
  done: boolean;
  /** Seconds that may be missing, or more: the greater of 0.5 s and 2 %, never more than half of it. */
  tolerance: number;
  /** Seconds of these ids in a note of what had been heard. */
  heardIn(heard: Heard): number;
}

/** The samples or the text of a message that left. */
interface Echo {
  inference_id?: string;
  audio?: string;
  text?: string;
  sample_rate?: number;
  done?: boolean;
}

/** Works out the facts of every turn. */
export function factsOf(record: WalkRecord): TurnFacts[] {
  const echoes = record.messages.flatMap(({ at, data, fate }) => {
    const { event_type, properties } = (data ?? {}) as { event_type?: unknown; properties?: Echo };
    return event_type === "conversation.echo" && properties ? [{ at, fate, properties }] : [];
  });
  const spans = new Map<number, Quiet[]>();
  for (const { number, source } of record.turns) if (source) spans.set(number, quietSpans(source, record.sampleRate));
  const quiet = (number: number): readonly Quiet[] => spans.get(number) ?? [];
  return record.turns.map((turn) => {
    const ids = idsOf(turn.turn);
    const own = new Set(ids);
    const utterances = record.room.filter(({ id }) => own.has(id));
    const messages = echoes.filter(({ properties }) => own.has(String(properties.inference_id)));
    const rate = record.sampleRate;
    const isText = turn.kind === "text";
    const runs = isText ? [] : utterances.flatMap(({ pcm }) => runsOf(pcm, quiet));
    const sentRuns = isText
      ? []
      : messages.flatMap(({ properties }) => runsOf(samplesIn(properties.audio ?? ""), quiet));
    const first = firstFrame(sentRuns, turn.number);
    const sentSeconds = isText
      ? messages.reduce((sum, { properties }) => sum + (properties.text?.length ?? 0), 0) * characterSeconds
      : covered(sentRuns, turn.number) / rate;
    const given = turn.kind === "text" ? turn.given.count * characterSeconds : turn.given.count / rate;
    const whole = turn.kind === "text" ? turn.total * characterSeconds : turn.total / rate;
    const cutShort = turn.endedAt !== undefined || turn.source?.kind === "live" || turn.source?.ending !== "ends";
    const wholeSeconds = isText
      ? turn.endedAt === undefined
        ? whole
        : sentSeconds
      : cutShort
        ? sentSeconds
        : whole - (first ?? 0) / rate;
    const span = Math.max(sentSeconds, Math.min(given, wholeSeconds));
    return {
      record: turn,
      ids,
      utterances,
      runs,
      heardSeconds: isText
        ? utterances.reduce((sum, { seconds }) => sum + seconds, 0)
        : covered(runs, turn.number) / rate,
      sentSeconds,
      firstSeconds: first === undefined ? undefined : first / rate,
      wholeSeconds,
      sent: messages.map(({ at, fate, properties }) => ({ at, fate, seconds: secondsIn(properties, rate) })),
      done: messages.at(-1)?.properties.done ?? (isText && messages.length > 0),
      tolerance: Math.min(Math.max(0.5, 0.02 * span), span / 2),
      heardIn: (heard) => ids.reduce((sum, id) => sum + (heard.get(id) ?? 0), 0),
    };
  });
}

/** Place of the first sample; soft ones before the first that tells its place are in a row with it. */
function firstFrame(runs: readonly Run[], source: number): number | undefined {
  const index = runs.findIndex((run) => run.source === source);
  const [found] = runs.slice(index, index + 1);
  if (index < 0 || !found) return undefined;
  return found.from - runs.slice(0, index).reduce((sum, { length }) => sum + length, 0);
}

/** Samples of `source` that the runs hold, each once; soft ones whose place is not known count as they are. */
export function covered(runs: readonly Run[], source: number): number {
  const own = runs.filter((run) => run.source === source).sort((a, b) => a.from - b.from);
  let end = 0;
  let sum = runs.reduce((soft, run) => soft + (run.source === -2 ? run.length : 0), 0);
  for (const { from, length } of own) {
    sum += Math.max(0, from + length - Math.max(from, end));
    end = Math.max(end, from + length);
  }
  return sum;
}

function samplesIn(audio: string): Int16Array {
  const bytes = Uint8Array.from(Buffer.from(audio, "base64"));
  return new Int16Array(bytes.buffer, 0, bytes.length >> 1);
}

function secondsIn({ audio, text }: Echo, rate: number): number {
  if (audio === undefined) return (text?.length ?? 0) * characterSeconds;
  const padding = audio.endsWith("==") ? 2 : audio.endsWith("=") ? 1 : 0;
  return ((audio.length / 4) * 3 - padding) / 2 / rate;
}
