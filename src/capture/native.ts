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
  const check = (name: string, right: boolean, takes: string): void => {
    if (!right) throw new TypeError(`The option audio${name} must be ${takes}.`);
  };
  check("", typeof audio === "object" && audio !== null, "an object");
  const { context, workletUrl = "", wasmUrl = "", loadTimeoutSeconds = 1 } = audio;
  const native =
    !context || typeof AudioContext === "undefined" || isNative(AudioContext.prototype, "baseLatency", context);
  check(".context", native, `a native AudioContext. ${wrapped}`);
  for (const [name, url] of Object.entries({ workletUrl, wasmUrl }))
    check(`.${name}`, typeof url === "string" || url instanceof URL, "a URL");
  check(".loadTimeoutSeconds", typeof loadTimeoutSeconds === "number" && loadTimeoutSeconds > 0, "a number above 0");
}

/** The two ways around a library that wraps Web Audio. */
export const wrapped =
  "Tone.js and standardized-audio-context wrap native ones: call Tone.setContext(new AudioContext()) first, or pass mediaStream() the stream of a MediaStreamDestination in its context";
