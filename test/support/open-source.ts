import type { OpenRequest, Source } from "../../src/source/source.js";
import type { Warning } from "../../src/warning.js";

/** Where the encoder's bytes are before the package is built. */
export const audio = { wasmUrl: new URL("../../build/encoder.wasm", import.meta.url) };

/** Opens a source without any turn. */
export async function openSource(source: Source, request: Partial<OpenRequest> = {}) {
  const ended = new AbortController();
  const dropped = new AbortController();
  const warnings: Warning[] = [];
  const stream = await source.open({
    sampleRate: 24_000,
    chunkFrames: 1440,
    ended: ended.signal,
    signal: dropped.signal,
    audio,
    warn: (warning) => warnings.push(warning),
    ...request,
  });
  return { stream, reader: stream.getReader(), warnings, end: () => ended.abort(), drop: () => dropped.abort() };
}

/** Everything that a source gives, and the error that it ends with, if any. */
export async function readSource(source: Source, request: Partial<OpenRequest> = {}) {
  const { reader, warnings } = await openSource(source, request);
  return { ...(await readAll(reader)), warnings };
}

/** The rest of a stream. */
export async function readAll(reader: ReadableStreamDefaultReader<Int16Array>) {
  const samples: number[] = [];
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { samples, error: undefined };
      for (const sample of value) samples.push(sample);
    }
  } catch (error) {
    return { samples, error: error as Error & { code?: string; remedy?: string } };
  }
}
