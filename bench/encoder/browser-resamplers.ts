// The resamplers that a browser has itself, as far as they run offline. They give floats, which are rounded well. A MediaStream
// in an AudioContext of another rate runs in real time alone: it is not measured.
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

/** A WAV file of 32-bit floats (format 3), so that nothing is rounded on the way in. */
function floatWav(samples: Float32Array, sampleRate: number): ArrayBuffer {
  const file = new ArrayBuffer(44 + samples.byteLength);
  const view = new DataView(file);
  const text = (at: number, name: string): void => {
    for (let i = 0; i < 4; i++) view.setUint8(at + i, name.charCodeAt(i));
  };
  text(0, "RIFF");
  view.setUint32(4, file.byteLength - 8, true);
  text(8, "WAVE");
  text(12, "fmt ");
  view.setUint32(16, 16, true);
  view.setUint16(20, 3, true);
  view.setUint16(22, 1, true);
  view.setUint32(24, sampleRate, true);
  view.setUint32(28, 4 * sampleRate, true);
  view.setUint16(32, 4, true);
  view.setUint16(34, 32, true);
  text(36, "data");
  view.setUint32(40, samples.byteLength, true);
  new Float32Array(file, 44).set(samples);
  return file;
}
