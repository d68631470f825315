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
 * Checks a replica's `audio` option. Throws TypeError that names what is wrong in it. Without Web Audio (Node) a context is
 * not looked at.
 */
export function checkAudio(audio: AudioSetup = {}): void {
  const isUrl = (value: unknown): boolean => typeof value === "string" || value instanceof URL;
  const takes: Record<keyof AudioSetup, (value: unknown) => boolean> = {
    context: (value) => typeof AudioContext === "undefined" || isNative(AudioContext.prototype, "baseLatency", value),
    workletUrl: isUrl,
    wasmUrl: isUrl,
    loadTimeoutSeconds: (value) => typeof value === "number" && value > 0,
  };
  for (const [name, right] of Object.entries(takes)) {
    const value = audio?.[name as keyof AudioSetup];
    if (audio === null || typeof audio !== "object" || (value !== undefined && !right(value)))
      throw new TypeError(
        `audio takes { context: a native AudioContext, workletUrl, wasmUrl: URLs, loadTimeoutSeconds: above 0 }; ${name} is ${value}. ${name === "context" ? wrapped : ""}`,
      );
  }
}

/** The two ways around a library that wraps Web Audio. */
export const wrapped =
  "Tone.js and standardized-audio-context wrap theirs: make Tone use yours with Tone.setContext(new AudioContext()), or pass mediaStream() the stream of a MediaStreamDestination in its context.";
