/** `conversation.echo` as the fake replica reads it. */
export interface EchoMessage {
  modality: "audio" | "text";
  /** As sent; undefined when the message carries none. */
  inferenceId: string | undefined;
  text: string;
  pcm: Int16Array;
  sampleRate: number;
  done: boolean;
}

/** Why a message was not taken. */
export class Refusal extends Error {
  override readonly name = "Refusal";
}

/** Hz that Tavus assumes when `sample_rate` is missing [certain]. */
export const assumedSampleRate = 16_000;

/** Reads the `properties` of an echo message, with the server's defaults; throws a {@link Refusal} for what it cannot use. */
export function readEcho(properties: Readonly<Record<string, unknown>>): EchoMessage {
  // "text" is the server's default [certain].
  const modality = properties.modality ?? "text";
  if (modality !== "audio" && modality !== "text") throw new Refusal(`modality ${JSON.stringify(modality)}`);
  const id = properties.inference_id;
  if (id !== undefined && id !== null && typeof id !== "string") throw new Refusal("inference_id is not a string");
  // What the service does with the "true" of older examples is [unknown]; the fake takes booleans alone.
  if (properties.done !== undefined && typeof properties.done !== "boolean") throw new Refusal("done is not a boolean");
  const sampleRate = properties.sample_rate ?? assumedSampleRate;
  if (typeof sampleRate !== "number" || !Number.isInteger(sampleRate) || sampleRate < 8000 || sampleRate > 48_000)
    throw new Refusal(`sample_rate ${JSON.stringify(properties.sample_rate)}`);
  const base = { inferenceId: id || undefined, sampleRate };
  if (modality === "text") {
    if (typeof properties.text !== "string") throw new Refusal("text is not a string");
    // Server default: true for text, false for audio [certain].
    return { ...base, modality, text: properties.text, pcm: new Int16Array(), done: properties.done ?? true };
  }
  if (typeof properties.audio !== "string") throw new Refusal("audio is not a string");
  return { ...base, modality, text: "", pcm: decode(properties.audio), done: properties.done ?? false };
}

/** Base64 of raw PCM, signed 16 bit little-endian, mono, no header [certain in practice]. */
function decode(base64: string): Int16Array {
  let binary: string;
  try {
    binary = atob(base64);
  } catch {
    throw new Refusal("audio is not base64");
  }
  // What the service does with half a sample is [unknown]; taking it would turn all that follows into noise.
  if (binary.length % 2 !== 0) throw new Refusal("audio has an odd number of bytes");
  const pcm = new Int16Array(binary.length / 2);
  for (let index = 0; index < pcm.length; index++)
    pcm[index] = binary.charCodeAt(2 * index) | (binary.charCodeAt(2 * index + 1) << 8);
  return pcm;
}
