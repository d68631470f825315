import { show } from "./option-rules.js";
import type { HeardTurn } from "./options.js";
import type { Utterance } from "./replica/utterance.js";
import { wav } from "./replica/wav.js";

/** What was heard under several ids, joined. */
export interface HeardTogether {
  /** `pcm.length / sampleRate`. */
  seconds: number;
  /** The samples that were heard, bit for bit. The caller's own. */
  pcm: Int16Array;
  /** Hz; 24000 when nothing was heard. */
  sampleRate: number;
  /** Ids of which nothing reached the replica. */
  missing: readonly string[];
}

/** What the replica heard of an utterance until `now`, in seconds of the room's clock. */
export function heardTurn(utterance: Utterance, now: number): HeardTurn {
  const { sampleRate, text } = utterance;
  const frames = utterance.heardFrames(now);
  // Copied when asked for: tests look at minutes of speech many times.
  let copy: Int16Array | undefined;
  const turn: HeardTurn = {
    id: utterance.sentId,
    eventId: utterance.eventId,
    seconds: frames / sampleRate,
    ...(utterance.kind === "text" && { text }),
    get pcm(): Int16Array {
      copy ??= utterance.slice(0, frames);
      return copy;
    },
    receivedFrames: utterance.receivedFrames,
    sampleRate,
    gaps: utterance.gaps,
    underrunFrames: utterance.underrunFrames,
    outcome: utterance.outcome ?? "cut",
    playing: utterance.outcome === undefined,
    get wav() {
      return wav(turn.pcm, sampleRate);
    },
  };
  return turn;
}

/** See `FakeRoom.heard`. */
export function joinHeard(turns: readonly HeardTurn[], inferenceIds: readonly string[]): HeardTogether {
  if (!Array.isArray(inferenceIds) || inferenceIds.some((id) => typeof id !== "string"))
    throw new TypeError(`heard() takes an array of inference_ids, not ${show(inferenceIds)}.`);
  const missing = inferenceIds.filter((id) => !turns.some((turn) => turn.id === id));
  const heard = inferenceIds.flatMap((id) => turns.filter((turn) => turn.id === id && turn.seconds > 0));
  const rates = [...new Set(heard.map(({ sampleRate }) => sampleRate))];
  if (rates.length > 1)
    throw new RangeError(
      `heard() joins samples of one rate; these ids have ${rates.join(" and ")} Hz. Ask for each alone.`,
    );
  const [sampleRate = 24_000] = rates;
  const pieces = heard.map(({ pcm }) => pcm);
  const pcm = new Int16Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    pcm.set(piece, at);
    at += piece.length;
  }
  return { seconds: pcm.length / sampleRate, pcm, sampleRate, missing };
}
