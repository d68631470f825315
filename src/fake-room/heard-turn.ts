import { show } from "./option-rules.js";
import type { HeardTurn } from "./options.js";
import type { Utterance } from "./replica/utterance.js";
import { wav } from "./replica/wav.js";

/** What was heard under several ids, joined. */
export interface HeardTogether {
  /** `pcm.length / sampleRate`. */
  seconds: number;
  /** The samples that were heard, bit for bit. The caller's own; not enumerable. */
  readonly pcm: Int16Array;
  /** `pcm` as a WAV file; not enumerable. */
  readonly wav: Uint8Array<ArrayBuffer>;
  /** Hz; 24000 when nothing was heard. */
  sampleRate: number;
  /** Ids of which nothing reached the replica. */
  missing: readonly string[];
}

/**
 * `fields` with `pcm` and `wav`, which are not enumerable: a test that fails shows what is told of a turn, not a hundred thousand
 * samples. `samples` is asked once, when somebody asks.
 */
export function withSamples<T extends { sampleRate: number }>(
  fields: T,
  samples: () => Int16Array,
): T & { readonly pcm: Int16Array; readonly wav: Uint8Array<ArrayBuffer> } {
  let pcm: Int16Array | undefined;
  const ask = (): Int16Array => {
    pcm ??= samples();
    return pcm;
  };
  Object.defineProperties(fields, {
    pcm: { enumerable: false, get: ask },
    wav: { enumerable: false, get: () => wav(ask(), fields.sampleRate) },
  });
  return fields as T & { readonly pcm: Int16Array; readonly wav: Uint8Array<ArrayBuffer> };
}

/** What the replica heard of an utterance until `now`, in seconds of the room's clock. */
export function heardTurn(utterance: Utterance, now: number): HeardTurn {
  const { sampleRate, text } = utterance;
  const frames = utterance.heardFrames(now);
  const fields = {
    id: utterance.sentId,
    eventId: utterance.eventId,
    seconds: frames / sampleRate,
    ...(utterance.kind === "text" && { text }),
    receivedFrames: utterance.receivedFrames,
    sampleRate,
    gaps: utterance.gaps,
    underrunFrames: utterance.underrunFrames,
    outcome: utterance.outcome ?? ("cut" as const),
    playing: utterance.outcome === undefined,
  };
  return withSamples(fields, () => utterance.slice(0, frames));
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
  return withSamples({ seconds: pcm.length / sampleRate, sampleRate, missing }, () => pcm);
}
