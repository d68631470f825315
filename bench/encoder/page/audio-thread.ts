// Streams in a real AudioWorklet: the package's own processor, as it is built.
import { planEncoder } from "../../../src/encoder/plan.js";
import { type CaptureOptions, processorName } from "../../../worklet/protocol.js";

/** What is rendered offline. */
export interface OfflineSetup {
  processor: "capture" | "empty";
  streams: number;
  inputRate: number;
  outputRate: number;
  seconds: number;
  /** Seconds of a chunk. */
  chunkSeconds: number;
}

const capture = (
  wasm: ArrayBuffer,
  { inputRate, outputRate, chunkSeconds }: Omit<OfflineSetup, "seconds">,
): CaptureOptions => ({
  wasm,
  plan: planEncoder(inputRate, outputRate),
  chunkFrames: Math.round(outputRate * chunkSeconds),
  started: true,
  ringFrames: 0,
});

/** Connects `streams` processors to a tone. */
function connect(context: BaseAudioContext, wasm: ArrayBuffer, setup: Omit<OfflineSetup, "seconds">): void {
  const tone = new OscillatorNode(context, { frequency: 440 });
  tone.start();
  const silent = new GainNode(context, { gain: 0 });
  silent.connect(context.destination);
  for (let i = 0; i < setup.streams; i++) {
    const node =
      setup.processor === "empty"
        ? new AudioWorkletNode(context, "empty")
        : new AudioWorkletNode(context, processorName, {
            processorOptions: capture(wasm, setup),
          });
    tone.connect(node).connect(silent);
  }
}

/** Starts an AudioContext at 48 kHz with `streams` captures at 24 kHz, which runs until it is closed. */
export async function openRealTime(wasm: ArrayBuffer, streams: number): Promise<AudioContext> {
  const context = new AudioContext({ sampleRate: 48_000 });
  await context.audioWorklet.addModule("/dist/worklet.js");
  connect(context, wasm, { processor: "capture", streams, inputRate: 48_000, outputRate: 24_000, chunkSeconds: 0.06 });
  await context.resume();
  return context;
}

/** Milliseconds that rendering takes by the clock. */
export async function renderOffline(wasm: ArrayBuffer, setup: OfflineSetup): Promise<number> {
  const context = new OfflineAudioContext(1, setup.inputRate * setup.seconds, setup.inputRate);
  await context.audioWorklet.addModule("/dist/worklet.js");
  await context.audioWorklet.addModule(new URL("./empty.js", import.meta.url));
  connect(context, wasm, setup);
  const start = performance.now();
  await context.startRendering();
  return performance.now() - start;
}
