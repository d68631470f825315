import { notThis } from "./wrong-argument.js";

/** Objects of libraries, as far as they are told by what they have. */
interface LibraryObject {
  /** ToneAudioBuffer of Tone.js has a native buffer behind it. */
  get?(): unknown;
  /** In seconds. */
  duration?: number;
  /** The player of wavesurfer.js' WebAudio backend, which looks like an element. */
  getGainNode?(): unknown;
}

/** As `notThis()`, which it falls back to, and for what libraries give in place of media. */
export function notMedia(value: unknown, own: string, ofText: string): string {
  if (value === null || value === undefined)
    return `, not ${value}: what gives an element may give none (wavesurfer.js before its media is made; howler without html5: true, where audioNode(Howler.masterGain) is right).`;
  if (typeof value !== "object") return notThis(value, own, ofText);
  const { get, duration, getGainNode } = value as LibraryObject;
  const name = value.constructor?.name ?? "Object";
  if (typeof get === "function" && typeof duration === "number")
    return `, not ${name}: use audioFile(buffer.get()), the AudioBuffer inside.`;
  if (typeof getGainNode === "function") return `, not ${name}: use audioNode(player.getGainNode()).`;
  return notThis(value, own, ofText);
}
