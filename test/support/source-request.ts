import type { OpenRequest } from "../../src/source/source.js";
import type { Warning } from "../../src/warning.js";

/** A request such as a turn opens its source with, and what the turn does to it; `given` replaces parts of it. */
export function sourceRequest(given: Partial<OpenRequest> = {}) {
  const ended = new AbortController();
  const dropped = new AbortController();
  const warnings: Warning[] = [];
  const request: OpenRequest = {
    sampleRate: 24_000,
    chunkFrames: 1440,
    ended: ended.signal,
    signal: dropped.signal,
    warn: (warning) => warnings.push(warning),
    ...given,
  };
  return { request, warnings, end: () => ended.abort(), drop: () => dropped.abort() };
}
