import type { OpenRequest, Source } from "../../src/source/source.js";
import { sourceRequest } from "./source-request.js";

/** Where the encoder's bytes are before the package is built. */
export const audio = { wasmUrl: new URL("../../build/encoder.wasm", import.meta.url) };

/** Opens a source without any turn. */
export async function openSource(source: Source, given: Partial<OpenRequest> = {}) {
  const { request, ...turn } = sourceRequest({ audio, ...given });
  const stream = await source.open(request);
  return { stream, reader: stream.getReader(), ...turn };
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
