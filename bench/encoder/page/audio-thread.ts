// Streams in a real AudioWorklet: the package's own processor, as it is built.
import { planEncoder } from "../../../src/encoder/plan.js";
import { type CaptureOptions, type FromWorklet, processorName } from "../../../worklet/protocol.js";

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

/** Connects `streams` processors to a tone. Returns the failures so far: a processor that has failed costs nothing. */
function connect(
  context: BaseAudioContext,
  wasm: ArrayBuffer,
  setup: Omit<OfflineSetup, "seconds">,
): readonly string[] {
  const failures: string[] = [];
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
    node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => {
      if (data.type === "failed") failures.push(data.message);
    };
    tone.connect(node).connect(silent);
  }
  return failures;
}

/** Starts an AudioContext at 48 kHz with `streams` captures at 24 kHz, which runs until it is closed. */
export async function openRealTime(wasm: ArrayBuffer, streams: number): Promise<AudioContext> {
  const context = new AudioContext({ sampleRate: 48_000 });
  await context.audioWorklet.addModule("/dist/worklet.js");
  connect(context, wasm, { processor: "capture", streams, inputRate: 48_000, outputRate: 24_000, chunkSeconds: 0.06 });
  await context.resume();
  return context;
}

/** Milliseconds that each second of a rendering takes by the clock, the first and the last left out. */
export async function renderOffline(wasm: ArrayBuffer, setup: OfflineSetup): Promise<number[]> {
  const context = new OfflineAudioContext(1, setup.inputRate * setup.seconds, setup.inputRate);
  await context.audioWorklet.addModule("/dist/worklet.js");
  await context.audioWorklet.addModule(new URL("./empty.js", import.meta.url));
  const failures = connect(context, wasm, setup);
  const times: number[] = [];
  let since = Number.NaN;
  for (let second = 1; second < setup.seconds; second++)
    void context.suspend(second).then(() => {
      if (second > 1) times.push(performance.now() - since);
      since = performance.now();
      return context.resume();
    });
  await context.startRendering();
  if (failures.length > 0) throw new Error(failures.join("; "));
  return times;
}
