import { type Clock, type PcmWriter, pcm, pcmWriter, type Source } from "tavus-echo";
import { samplesOf } from "./signal.js";
import { quietSpans, type SourceSpec, type TextPart } from "./walk.js";

/** How far a source has come. */
export interface Given {
  /** Samples, or characters of a text, that it has given. */
  count: number;
  /** Seconds of the clock when it gave its last, and was over; undefined while it is not. */
  doneAt: number | undefined;
}

/** Seconds that the room's text-to-speech takes for a character. */
export const characterSeconds = 0.06;

/** Hz of that speech: the least that the room takes. */
const speechRate = 8000;

/** Makes the source of `spec`; `number` is what its samples carry. */
export function makeSource(spec: SourceSpec, number: number, sampleRate: number, clock: Clock, given: Given): Source {
  const format = { encoding: "s16le", sampleRate } as const;
  const frames = spec.parts.map(({ seconds }) => Math.round(seconds * sampleRate));
  const total = frames.reduce((sum, count) => sum + count, 0);
  const quiet = quietSpans(spec, sampleRate);
  if (spec.kind === "pcm") {
    given.count = total;
    given.doneAt = clock.now();
    return pcm(samplesOf(number, 0, total, quiet), format);
  }
  async function* parts(): AsyncGenerator<Int16Array<ArrayBuffer>> {
    let at = 0;
    for (const [index, { pauseSeconds }] of spec.parts.entries()) {
      if (pauseSeconds > 0) await clock.sleep(pauseSeconds);
      const count = frames[index] as number;
      given.count = at + count;
      if (count > 0) yield samplesOf(number, at, at + count, quiet);
      at += count;
    }
    if (spec.ending === "open") await clock.sleep(Number.POSITIVE_INFINITY);
    given.doneAt = clock.now();
    if (spec.ending === "fails") throw new Error("The source broke off.");
  }
  if (spec.kind === "iterable") return pcm(parts, format);
  if (spec.kind === "writer") {
    const writer = pcmWriter(format);
    void write(writer, parts());
    return writer;
  }
  return liveSource(number, total, sampleRate, clock, given);
}

async function write(writer: PcmWriter, parts: AsyncIterable<Int16Array<ArrayBuffer>>): Promise<void> {
  try {
    for await (const part of parts) await writer.write(part);
  } catch {
    // The turn is over: nobody hears what else there is.
  }
  writer.end();
}

function liveSource(number: number, total: number, sampleRate: number, clock: Clock, given: Given): Source {
  return {
    live: true,
    async open({ ended, signal }) {
      const begun = clock.now();
      return new ReadableStream<Int16Array>(
        {
          start(controller) {
            void (async () => {
              while (given.count < total && !ended.aborted && !signal.aborted) {
                await clock.sleep(0.06, ended);
                const until = Math.min(total, Math.round((clock.now() - begun) * sampleRate));
                if (until > given.count) controller.enqueue(samplesOf(number, given.count, until));
                given.count = Math.max(given.count, until);
              }
              given.doneAt = clock.now();
              if (!signal.aborted) controller.close();
            })();
          },
        },
        { highWaterMark: Number.POSITIVE_INFINITY },
      );
    },
  };
}

/** The text of `parts`, each word with a space behind it; every word is unique in the walk: `t3w17` is word 17 of text 3. */
export function textsOf(parts: readonly TextPart[], number: number): string[] {
  let word = 0;
  return parts.map(({ words }) => Array.from({ length: words }, () => `t${number}w${word++} `).join(""));
}

/** The pieces of a text with their pauses. */
export async function* streamText(
  parts: readonly TextPart[],
  texts: readonly string[],
  clock: Clock,
  given: Given,
): AsyncGenerator<string> {
  for (const [index, { pauseSeconds }] of parts.entries()) {
    if (pauseSeconds > 0) await clock.sleep(pauseSeconds);
    given.count += texts[index]?.length ?? 0;
    yield texts[index] as string;
  }
  given.doneAt = clock.now();
}

/** The room's text-to-speech: noise, {@link characterSeconds} for each character. */
export async function* speech(text: string): AsyncGenerator<{ samples: Float32Array; sampleRate: number }> {
  const samples = new Float32Array(Math.round(text.length * characterSeconds * speechRate));
  let state = 1;
  for (let index = 0; index < samples.length; index++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    samples[index] = state / 2 ** 32;
  }
  yield { samples, sampleRate: speechRate };
}
