import type { AudioSetup } from "../source/source.js";

/**
 * Whether `value` is a native object of the interface that `prototype` is of, this realm's or another's (an iframe): the
 * getter of its attribute `key` takes no other, not even one of the same shape.
 */
export function isNative(prototype: object, key: string, value: unknown): boolean {
  try {
    Reflect.get(prototype, key, value);
    return true;
  } catch {
    return false;
  }
}

/**
 * Checks a replica's `audio` option. Throws TypeError or RangeError that names what is wrong in it. Without Web Audio (Node)
 * a context is not looked at.
 */
export function checkAudio(audio: AudioSetup | undefined): void {
  const { context, workletUrl = "", wasmUrl = "", loadTimeoutSeconds = 20 } = Object(audio ?? {}) as AudioSetup;
  if (audio !== undefined && typeof audio !== "object") throw new TypeError("audio must be an object.");
  if (context && typeof AudioContext !== "undefined" && !isNative(AudioContext.prototype, "baseLatency", context))
    throw new TypeError(`audio.context must be a native AudioContext. ${wrapped}`);
  for (const [name, url] of Object.entries({ workletUrl, wasmUrl }))
    if (typeof url !== "string" && !(url instanceof URL))
      throw new TypeError(`audio.${name} must be a URL or a string.`);
  if (typeof loadTimeoutSeconds !== "number" || !(loadTimeoutSeconds > 0))
    throw new RangeError(`audio.loadTimeoutSeconds must be a number above 0, not ${loadTimeoutSeconds}.`);
}

/** The two ways around a library that wraps Web Audio. */
export const wrapped =
  "Tone.js and standardized-audio-context wrap theirs: make Tone use yours with Tone.setContext(new AudioContext()), or pass mediaStream() the stream of a MediaStreamDestination in its context.";
