import type { Clock } from "../../src/flow/clock.js";
import type { OpenRequest, Source } from "../../src/source/source.js";
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

/** A live source in the time of `clock`: a chunk of `chunkSeconds` each time it has passed, whether it is read or not. */
export function liveSource(
  clock: Clock,
  pcm: Int16Array,
  { rate = 24_000, chunkSeconds = 0.06 } = {},
): Source & { opened: number; captured: number; ended: boolean; dropped: boolean } {
  const source = {
    live: true,
    opened: 0,
    captured: 0,
    ended: false,
    dropped: false,
    async open({ ended, signal }: OpenRequest) {
      source.opened++;
      const begun = clock.now();
      ended.addEventListener("abort", () => {
        source.ended = true;
      });
      signal.addEventListener("abort", () => {
        source.dropped = true;
      });
      return new ReadableStream<Int16Array>(
        {
          async start(controller) {
            const until = (to: number): void => {
              if (to > source.captured) controller.enqueue(pcm.slice(source.captured, to));
              source.captured = Math.max(source.captured, to);
            };
            void (async () => {
              while (source.captured < pcm.length && !signal.aborted) {
                await clock.sleep(chunkSeconds, AbortSignal.any([ended, signal]));
                if (signal.aborted) return;
                const captured = Math.min(pcm.length, Math.round((clock.now() - begun) * rate));
                until(captured);
                if (ended.aborted) break;
              }
              controller.close();
            })();
          },
        },
        { highWaterMark: Number.POSITIVE_INFINITY },
      );
    },
  };
  return source;
}

/** Whether both are sample for sample the same; much faster than a deep comparison. */
export function same(a: Int16Array, b: Int16Array): boolean {
  return a.length === b.length && a.every((sample, index) => sample === b[index]);
}
