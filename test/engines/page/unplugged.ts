import { microphone, Replica } from "tavus-echo";
import { createEncoder } from "tavus-echo/encoder";
import { createFakeRoom } from "tavus-echo/fake-room";
import { joined } from "../../support/joined.js";

/** What a turn kept of a microphone that was unplugged, against a recording of the same stream beside the library. */
export interface Unplugged {
  outcome: { type: string; code?: string | undefined; remedy?: string | undefined; sentSeconds: number };
  warnings: string[];
  /** Seconds of sound that the device gave to the page during the turn, and that the replica heard. */
  capturedSeconds: number;
  heardSeconds: number;
  /** SNR in dB of what was heard against the recording, resampled; and of its last 100 ms. */
  snrDb: number;
  lastDb: number;
}

const rate = 48_000;
const outputRate = 24_000;

/** Keeps every block, beside the library. */
const recorder = `registerProcessor("recorder", class extends AudioWorkletProcessor {
  process([[plane]]) { if (plane) this.port.postMessage(plane.slice()); return true; }
});`;

/** Speaks a microphone until it is lost. The test unplugs it when `window.heard` says that sound is coming in. */
export async function unplugged(): Promise<Unplugged> {
  const context = new AudioContext({ sampleRate: rate });
  await context.audioWorklet.addModule(URL.createObjectURL(new Blob([recorder], { type: "text/javascript" })));
  const blocks: Float32Array[] = [];
  // The very node that the library listens to: two nodes of one stream can differ by their own resampling.
  globalThis.MediaStreamAudioSourceNode = class extends MediaStreamAudioSourceNode {
    constructor(context: AudioContext, options: MediaStreamAudioSourceOptions) {
      super(context, options);
      const node = new AudioWorkletNode(context, "recorder");
      node.port.onmessage = ({ data }) => {
        blocks.push(data);
        if (blocks.length % 100 === 0 && data.some((sample: number) => sample !== 0)) document.title = "heard";
      };
      this.connect(node).connect(context.destination);
    }
  };
  const room = await createFakeRoom({ seed: 1 });
  const replica = new Replica({ transport: room.transport(), audio: { context } });
  replica.on("error", () => undefined);
  const warnings: string[] = [];
  const mic = microphone({
    constraints: { echoCancellation: false, noiseSuppression: false, autoGainControl: false },
  });
  const turn = replica.speak(mic);
  replica.on("warning", ({ code }) => {
    warnings.push(code);
    // Firefox offers the monitors of speakers as microphones: the turn goes on with one of those, in silence.
    if (code === "microphone-switched") turn.end();
  });
  const outcome = await turn.outcome;
  const [heard] = await room.turns();
  await replica.close();
  room.close();
  await context.close();
  const recorded = joined(Float32Array, blocks);
  return {
    outcome: {
      type: outcome.type,
      sentSeconds: outcome.sentSeconds,
      ...(outcome.type === "failed" && { code: outcome.error.code, remedy: outcome.error.remedy }),
    },
    warnings,
    ...(await compared(heard?.pcm ?? new Int16Array(), recorded)),
  };
}

async function encoded(input: Float32Array): Promise<Int16Array> {
  const encoder = await createEncoder({ inputRate: rate, outputRate });
  const parts: number[] = [];
  for (let at = 0; at < input.length; at += 4096) parts.push(...encoder.encode(input.subarray(at, at + 4096)));
  parts.push(...encoder.flush());
  return Int16Array.from(parts);
}

const lastSound = (samples: ArrayLike<number>): number => {
  let last = samples.length;
  while (last > 0 && samples[last - 1] === 0) last--;
  return last;
};

/** Finds where in the recording the turn lies, to the frame, and compares what both have. */
async function compared(heard: Int16Array, recorded: Float32Array) {
  const sound = recorded.subarray(0, lastSound(recorded));
  let best = { snrDb: Number.NEGATIVE_INFINITY, lastDb: Number.NEGATIVE_INFINITY, captured: 0 };
  // At half the rate there are two ways to fall on the recording's frames.
  for (const odd of [0, 1]) {
    const whole = await encoded(recorded.subarray(odd));
    const end = Math.floor((sound.length - odd) / 2);
    const shift = alignment(heard, whole);
    const db = (from: number, to: number): number => {
      let signal = 0;
      let error = 0;
      for (let n = from; n < to; n++) {
        signal += whole[n] ** 2;
        error += (whole[n] - (heard[n - shift] ?? 0)) ** 2;
      }
      return 10 * Math.log10(signal / Math.max(error, 1e-9));
    };
    // The first 50 ms: the recording was connected at another moment than the turn.
    const from = Math.max(0, shift) + 0.05 * outputRate;
    const snrDb = db(from, end);
    if (snrDb > best.snrDb)
      best = { snrDb, lastDb: db(end - 0.1 * outputRate, end), captured: end - Math.max(0, shift) };
  }
  return {
    capturedSeconds: best.captured / outputRate,
    heardSeconds: lastSound(heard) / outputRate,
    snrDb: best.snrDb,
    lastDb: best.lastDb,
  };
}

/** The shift at which a piece of `heard`, half a second before its end, fits `whole` best; it begins with silence. */
function alignment(heard: Int16Array, whole: Int16Array): number {
  const piece = Math.max(0, lastSound(heard) - outputRate / 2);
  const length = 1024;
  let best = { shift: 0, error: Number.POSITIVE_INFINITY };
  for (let at = 0; at + length < whole.length; at++) {
    let error = 0;
    for (let n = 0; n < length && error < best.error; n++) error += (heard[piece + n] - whole[at + n]) ** 2;
    if (error < best.error) best = { shift: at - piece, error };
  }
  return best.shift;
}
