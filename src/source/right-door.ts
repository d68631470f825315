/** What `value` is, for the text of an error. */
export function described(value: unknown): string {
  if (typeof value === "string") return value.startsWith("data:") ? "a data: URL" : `"${value.slice(0, 40)}"`;
  if (typeof value !== "object" || value === null) return String(value);
  const name = value.constructor?.name;
  return name && name !== "Object"
    ? `an object of the class ${name}`
    : Object.prototype.toString.call(value).slice(8, -1);
}

/** A wrapped buffer: Tone.ToneAudioBuffer has the native one behind get(). */
interface BufferWrapper {
  get?(): unknown;
}

/** A player that looks like an element, of wavesurfer.js' WebAudio backend. */
interface PlayerLike {
  getGainNode?(): AudioNode;
}

/** A sentence that names the function for `value`, which was given to another; undefined for what none takes. */
export function rightDoor(value: unknown): string | undefined {
  if (value === null || value === undefined)
    return "What gives an element may give none: wavesurfer.js before its media is made, howler without html5: true (pass audioNode() its Howler.masterGain).";
  if (typeof value === "string")
    return value.startsWith("data:")
      ? "Pass audioFile() the URL: audioFile(new URL(text))."
      : "Pass audioFile() a URL, or mediaElement() an element that has it as its src.";
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  if (tag === "AudioBuffer") return "Pass the buffer to audioFile().";
  if (tag === "MediaStream" || tag === "MediaStreamTrack") return "Pass it to mediaStream().";
  if (/^HTML(Audio|Video)Element$/.test(tag)) return "Pass the element to mediaElement().";
  if (tag === "Blob" || tag === "File") return "Pass it to audioFile().";
  if (typeof (value as BufferWrapper).get === "function" && "duration" in (value as object))
    return "Pass audioFile() the AudioBuffer inside: audioFile(buffer.get()).";
  if (typeof (value as PlayerLike).getGainNode === "function")
    return "Pass audioNode() its node: audioNode(player.getGainNode()).";
  if (typeof (value as AudioNode).connect === "function" && tag !== "Object") return "Pass the node to audioNode().";
  return undefined;
}
