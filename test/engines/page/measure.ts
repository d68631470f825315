/** Runs inside each engine: sends known sound by every way that the engine has, and gives what arrived. */
import {
  audioFile,
  audioNode,
  mediaElement,
  mediaStream,
  microphone,
  pcm,
  Replica,
  type Source,
  utterances,
} from "tavus-echo";
import { createEncoder } from "tavus-echo/encoder";
import { createFakeRoom } from "tavus-echo/fake-room";
import { decodeCompressed } from "../../browser/harness/compressed.js";
import { halfNoise, noise, openSource, peakError, reference } from "../../browser/harness/probe.js";
import { joined } from "../../support/joined.js";
import { monoWav } from "../../support/wav-writer.js";
import { unplugged } from "./unplugged.js";

/** What a measurement gives: a deviation in LSB of s16, or the samples, for the test to fit a tone to. */
export interface Measured {
  samples: number;
  expected?: number;
  peakLsb?: number;
  pcm?: number[];
}

const outputRate = 24_000;
const seconds = 2;

/**
 * Sends `source` through a Replica into a fake room; live sources are ended after `liveSeconds` of the context, which is
 * the app's, or, with `ours`, a clock alone: the library then makes its own.
 */
async function said(source: Source, liveSeconds?: number, context?: AudioContext, ours = false): Promise<Int16Array> {
  const room = await createFakeRoom({ seed: 1, speed: liveSeconds ? 1 : 20 });
  const replica = new Replica({
    transport: room.transport(),
    messagesPerSecond: Number.POSITIVE_INFINITY,
    ...(context && !ours && { audio: { context } }),
  });
  try {
    if (liveSeconds) await replica.prepare(source);
    const turn = replica.speak(source);
    if (liveSeconds && context) {
      // By the context's clock: a device that is asleep takes a second to start it.
      const end = context.currentTime + liveSeconds;
      while (context.currentTime < end) await new Promise((resolve) => setTimeout(resolve, 20));
      turn.end();
    }
    const outcome = await turn.outcome;
    if (outcome.type !== "spoken") throw new Error(`The turn ended so: ${JSON.stringify(outcome)}`);
    const [heard] = await room.turns();
    return heard.pcm;
  } finally {
    await replica.close();
    room.close();
  }
}

/** One turn of known noise at `rate`, compared with the documented filter in double precision. */
function judged(got: Int16Array, sent: Float32Array, rate: number): Measured {
  const expected = Math.floor((sent.length * outputRate) / rate + 0.5);
  return { samples: got.length, expected, peakLsb: peakError(got, reference(sent, rate, outputRate)) };
}

/** A WAV of 1 kHz at half of full scale. */
function toneWav(rate: number, seconds: number): Uint8Array<ArrayBuffer> {
  const samples = Int16Array.from({ length: seconds * rate }, (_, n) =>
    Math.round(16_384 * Math.sin((2 * Math.PI * 1000 * n) / rate)),
  );
  return monoWav(samples, rate);
}

const ways: Record<string, (rate: number) => Promise<Measured>> = {
  async encoder(rate) {
    const sent = halfNoise(seconds * rate, rate);
    const encoder = await createEncoder({ inputRate: rate, outputRate });
    const chunks: Int16Array[] = [];
    for (let at = 0; at < sent.length; at += 128) chunks.push(encoder.encode(sent.subarray(at, at + 128)).slice());
    chunks.push(encoder.flush().slice());
    return judged(joined(Int16Array, chunks), sent, rate);
  },
  async "audioNode, offline"(rate) {
    const sent = halfNoise(seconds * rate + 17, rate);
    const context = new OfflineAudioContext(1, sent.length, rate);
    const buffer = new AudioBuffer({ length: sent.length, sampleRate: rate });
    buffer.getChannelData(0).set(sent);
    const node = new AudioBufferSourceNode(context, { buffer });
    const opened = await openSource(audioNode(node));
    node.start();
    await context.startRendering();
    const { pcm, error } = await opened.result;
    if (error) throw new Error(`${error.code}: ${error.message}`);
    return judged(pcm, sent, rate);
  },
  async "pcm f32le"(rate) {
    const sent = halfNoise(seconds * rate, rate);
    return judged(await said(pcm(sent, { encoding: "f32le", sampleRate: rate })), sent, rate);
  },
  async "pcm s16le as it is"() {
    const sent = noise(seconds * outputRate, 7);
    const got = await said(pcm(sent, { encoding: "s16le", sampleRate: outputRate }));
    const peakLsb = sent.reduce((peak, sample, n) => Math.max(peak, Math.abs(sample - (got[n] ?? 0))), 0);
    return { samples: got.length, expected: sent.length, peakLsb };
  },
  "audioNode, live": (rate) => liveTone(rate, audioNode),
  mediaStream: (rate) => liveTone(rate, (tone) => streamOf(tone, 1)),
  "mediaStream, stereo": (rate) => liveTone(rate, (tone) => streamOf(tone, 2)),
  async audioFile(rate) {
    const got = await said(audioFile(new Blob([toneWav(rate, 1)], { type: "audio/wav" })));
    return { samples: got.length, pcm: Array.from(got) };
  },
  async mediaElement(rate) {
    const context = new AudioContext({ sampleRate: rate });
    const element = new Audio(URL.createObjectURL(new Blob([toneWav(rate, 4)], { type: "audio/wav" })));
    try {
      const playing = new Promise((resolve) => element.addEventListener("playing", resolve, { once: true }));
      await element.play();
      await playing;
      const got = await said(mediaElement(element), 1.5, context);
      return { samples: got.length, pcm: Array.from(got) };
    } finally {
      element.pause();
      await context.close();
    }
  },
  microphone: (rate) => microphoneTone(new AudioContext({ sampleRate: rate })),
  "microphone, our context": () => microphoneTone(new AudioContext(), true),
  utterances: secondUtterance,
};

/** A local stream of what `node` gives, the same in each channel. */
function streamOf(node: AudioNode, channelCount: number): Source {
  const options: AudioNodeOptions = { channelCount, channelCountMode: "explicit" };
  const destination = new MediaStreamAudioDestinationNode(node.context as AudioContext, options);
  node.connect(destination);
  return mediaStream(destination.stream);
}

/** 1 kHz at half of full scale, from an oscillator by the source that `sourceOf` makes of it. */
async function liveTone(rate: number, sourceOf: (tone: AudioNode) => Source): Promise<Measured> {
  const context = new AudioContext({ sampleRate: rate });
  const oscillator = new OscillatorNode(context, { frequency: 1000 });
  const half = new GainNode(context, { gain: 0.5 });
  oscillator.connect(half);
  oscillator.start();
  try {
    const got = await said(sourceOf(half), 1.5, context);
    return { samples: got.length, pcm: Array.from(got) };
  } finally {
    await context.close();
  }
}

const constraints = { echoCancellation: false, noiseSuppression: false, autoGainControl: false };

async function microphoneTone(context: AudioContext, ours = false): Promise<Measured> {
  try {
    const got = await said(microphone({ constraints }), 4, context, ours);
    return { samples: got.length, pcm: Array.from(got) };
  } finally {
    await context.close();
  }
}

/** The second of the utterances that a microphone hears: the first may have begun before it was opened. */
async function secondUtterance(rate: number): Promise<Measured> {
  const context = new AudioContext({ sampleRate: rate });
  const mic = microphone({ constraints });
  try {
    let count = 0;
    for await (const source of utterances(mic, { audio: { context } })) {
      const { pcm, error } = await (await openSource(source)).result;
      if (error) throw new Error(`${error.code}: ${error.message}`);
      if (++count === 2) return { samples: pcm.length, pcm: Array.from(pcm) };
    }
    throw new Error("The microphone ended.");
  } finally {
    await mic.close();
    await context.close();
  }
}
declare global {
  interface Window {
    decodeCompressed: typeof decodeCompressed;
    measure(way: string, rate: number): Promise<Measured>;
    unplugged: typeof unplugged;
  }
}

window.measure = async (way, rate) => {
  const measure = ways[way];
  if (!measure) throw new Error(`No way called ${way}.`);
  return measure(rate);
};
window.unplugged = unplugged;
window.decodeCompressed = decodeCompressed;
