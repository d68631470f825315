/** What the synthesiser's worker is asked. */
export type SynthRequest = { type: "speak"; id: number; text: string; voice: string } | { type: "cancel"; id: number };

/** What it answers: chunks own their samples (transferred); `start` is in seconds, `from` and `length` in characters. */
export type SynthReply =
  | { id: number; type: "chunk"; samples: Int16Array<ArrayBuffer>; sampleRate: number; words: Word[] }
  | { id: number; type: "end" }
  | { id: number; type: "error"; message: string };

/** One word of the text and when it is said. */
export interface Word {
  start: number;
  from: number;
  length: number;
}

/** 22 050 Hz: the rate of eSpeak NG's voices. */
export const synthRate = 22_050;

let worker: Worker | undefined;
let lastId = 0;

/** Loads the synthesiser's 24 MB ahead of the first words. */
export function loadSynthesiser(): Worker {
  worker ??= new Worker(new URL("./synth-worker.ts", import.meta.url), { type: "module" });
  return worker;
}

/** Streams `text` as 16-bit PCM at `synthRate`, in the chunks that eSpeak NG makes. `onWord` tells each word's place. */
export function synthesise(
  text: string,
  voice: string,
  onWord?: (word: Word) => void,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  const synthesiser = loadSynthesiser();
  const id = ++lastId;
  const stop = new AbortController();
  return new ReadableStream({
    start(controller) {
      synthesiser.addEventListener(
        "message",
        ({ data }: MessageEvent<SynthReply>) => {
          if (data.id !== id) return;
          if (data.type === "chunk") {
            for (const word of data.words) onWord?.(word);
            controller.enqueue(new Uint8Array(data.samples.buffer));
            return;
          }
          stop.abort();
          if (data.type === "end") controller.close();
          else controller.error(new Error(data.message));
        },
        { signal: stop.signal },
      );
      synthesiser.postMessage({ type: "speak", id, text, voice } satisfies SynthRequest);
    },
    cancel() {
      stop.abort();
      synthesiser.postMessage({ type: "cancel", id } satisfies SynthRequest);
    },
  });
}

/** The same for the fake room, whose persona says text echoes in a voice of its own. */
export async function* personaVoice(text: string): AsyncGenerator<{ samples: Float32Array; sampleRate: number }> {
  const reader = synthesise(text, "en-gb+f3").getReader();
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const pcm = new Int16Array(read.value.buffer);
    yield { samples: Float32Array.from(pcm, (sample) => sample / 32_768), sampleRate: synthRate };
  }
}
