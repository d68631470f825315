import type { Alignment } from "@elevenlabs/elevenlabs-js/serialization/types/Alignment";
import type { SpeechScript } from "../speech-script.js";
import type { Timed } from "../utterance.js";

/**
 * The characters that start in a chunk of audio. Their times count from the chunk's first sample [C, the SDK's comment];
 * other clients read them from the generation's [L], which a script can choose.
 *
 * @param from - Where the chunk starts in the generation, seconds; `to` where it ends.
 */
export function alignmentOf(
  characters: readonly Timed[],
  from: number,
  to: number,
  timesFrom: SpeechScript["timesFrom"],
): Alignment.Raw | null {
  const within = characters.filter(({ start }) => start >= from && start < to);
  if (within.length === 0) return null;
  const origin = timesFrom === "chunk" ? from : 0;
  return {
    chars: within.map(({ text }) => text),
    charStartTimesMs: within.map(({ start }) => Math.round((start - origin) * 1000)),
    charDurationsMs: within.map(({ start, end }) => Math.round((end - start) * 1000)),
  };
}
