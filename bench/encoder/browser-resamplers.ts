// The resamplers that a browser has itself, as far as they run offline. They give floats, which are rounded well. A MediaStream
// in an AudioContext of another rate runs in real time alone: it is not measured.
import { writeWav } from "../../test/support/wav-writer.js";
import { type Renderer, toPcm16 } from "./subjects.js";

/** What plays an AudioBuffer, and what decodes a file, at the rate of a context that is not their own. */
export const browserResamplers: readonly Renderer[] = [
  { name: "AudioBufferSourceNode", render: played },
  { name: "decodeAudioData", render: decoded },
];

/** Seconds at the end of a signal that a filter may mix with the silence after it. */
const END = 0.02;

async function played(input: Float32Array, inputRate: number, outputRate: number): Promise<Int16Array> {
  const context = new OfflineAudioContext(1, Math.floor((input.length * outputRate) / inputRate), outputRate);
  const buffer = new AudioBuffer({ length: input.length, sampleRate: inputRate });
  buffer.getChannelData(0).set(input);
  const node = new AudioBufferSourceNode(context, { buffer });
  node.connect(context.destination);
  node.start();
  return withoutEnd(await context.startRendering(), outputRate);
}

async function decoded(input: Float32Array, inputRate: number, outputRate: number): Promise<Int16Array> {
  const context = new OfflineAudioContext(1, 1, outputRate);
  return withoutEnd(await context.decodeAudioData(floatWav(input, inputRate)), outputRate);
}

function withoutEnd(buffer: AudioBuffer, outputRate: number): Int16Array {
  if (buffer.sampleRate !== outputRate) throw new Error(`${buffer.sampleRate} Hz came, not ${outputRate}`);
  const length = buffer.length - Math.ceil(END * outputRate);
  return toPcm16(buffer.getChannelData(0), length, new Int16Array(length));
}

/** A WAV file of 32-bit floats, so that nothing is rounded on the way in. */
function floatWav({ buffer, byteOffset, byteLength }: Float32Array, sampleRate: number): ArrayBuffer {
  const bytes = new Uint8Array(buffer, byteOffset, byteLength);
  return writeWav(bytes, { encoding: "f32le", sampleRate, channels: 1 }).buffer;
}
