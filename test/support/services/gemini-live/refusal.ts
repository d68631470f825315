import type { Problem } from "../shape.js";

/** A close of the connection: how the service refuses [L]. */
export interface Wrong {
  code: number;
  reason: string;
}

/** The service's words for a field that is wrong [L]. */
export function wrongField({ reason, path, expected }: Problem): Wrong {
  if (reason === "unknown") {
    const names = path.split(".");
    const place = names.slice(0, -1).join(".");
    return { code: 1007, reason: `Invalid JSON payload received. Unknown name "${names.at(-1)}" at '${place}'.` };
  }
  if (reason === "missing")
    return { code: 1007, reason: `Request contains an invalid argument: '${path}' is missing.` };
  return { code: 1007, reason: `Invalid value at '${path}': expected ${expected}.` };
}

/** The rate that a media type names, 16 kHz if it names none; undefined if it is no PCM. */
export function audioRate(mimeType: string): number | undefined {
  const [, rate] = /^audio\/pcm(?:; ?rate=(\d+))?$/.exec(mimeType) ?? [undefined, "none"];
  if (rate === "none") return undefined;
  const hertz = rate === undefined ? 16_000 : Number(rate);
  return hertz >= 8000 && hertz <= 48_000 ? hertz : undefined;
}
