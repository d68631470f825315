import type { Source } from "../../src/source/source.js";
import { pseudoRandom } from "./pseudo-random.js";

/** Pseudo-random PCM16: any sample lost, doubled or moved shows. */
export function noisePcm(samples: number, seed = 1): Int16Array {
  const random = pseudoRandom(seed);
  return Int16Array.from({ length: samples }, () => Math.floor(random() * 65_536) - 32_768);
}

/** A source that gives `pcm` in chunks of `chunk` samples as fast as it is asked, and counts how it was treated. */
export function pcmSource(
  pcm: Int16Array,
  chunk = pcm.length,
): Source & { opened: number; pulled: number; cancelled: number } {
  const source = {
    opened: 0,
    pulled: 0,
    cancelled: 0,
    async open() {
      source.opened++;
      let at = 0;
      return new ReadableStream<Int16Array>({
        pull(controller) {
          if (at >= pcm.length) return controller.close();
          controller.enqueue(pcm.slice(at, at + chunk));
          at += chunk;
          source.pulled = Math.min(at, pcm.length);
        },
        cancel() {
          source.cancelled++;
        },
      });
    },
  };
  return source;
}
