import { type ContextLease, whenRunning } from "../capture/context.js";
import { loadCapture } from "../capture/module.js";
import type { StreamInput } from "../capture/stream-input.js";
import { Tap, type TapEvents } from "../capture/tap.js";
import { stopTracks } from "../capture/user-media.js";
import type { Emitter } from "../emitter.js";
import { planEncoder } from "../encoder/plan.js";
import { abortable } from "../flow/abortable.js";
import type { AudioSetup } from "./source.js";

/** What a microphone is opened with. */
export interface MicrophoneOptions {
  /** Of `enumerateDevices()`. Default: the system's default device, also when that changes. */
  deviceId?: string | undefined;
  /** For getUserMedia(): echoCancellation, noiseSuppression, autoGainControl and the like. Default: the browser's. */
  constraints?: MediaTrackConstraints | undefined;
  /** Seconds before `speak()` that belong to the turn, 0 to 10, when the microphone was prepared. Default 0. */
  preRollSeconds?: number | undefined;
}

/** Seconds that a `start` may take to reach the audio thread without losing its beginning. */
const startSlackSeconds = 2;
/**
 * Of the endpoint detector: speech is 9 dB above the noise for 60 ms; pauses within a sentence are shorter than 0.7 s.
 * Usual values of level gates, not measured on speech in noise.
 */
const gate = { thresholdDb: 9, attackSeconds: 0.06, hangoverSeconds: 0.7 };
/** Mono or stereo; what has more channels is mixed down by the browser. */
const maxChannels = 2;

/** What is open of a microphone: the device's stream, its one track, a context, and the processor that hears it there. */
export interface Line {
  /** Owned: stopped with the line. */
  stream: MediaStream;
  /** The audio track of `stream`. */
  track: MediaStreamTrack;
  /** The claim on the context. */
  lease: ContextLease;
  /** Armed, or capturing a turn. */
  tap: Tap;
}

/** Has `stream` listened to in the context that `input` has found. What was opened but the stream is released when it fails. */
export async function openLine(
  stream: MediaStream,
  { lease, node }: StreamInput,
  { preRollSeconds = 0 }: MicrophoneOptions,
  audio: AudioSetup | undefined,
  events: Emitter<TapEvents>,
  signal: AbortSignal,
): Promise<Line> {
  const { context } = lease;
  let tap: Tap | undefined;
  try {
    const [wasm] = await Promise.all([abortable(loadCapture(context, audio), signal), whenRunning(context, signal)]);
    tap = new Tap(
      context,
      {
        wasm,
        plan: planEncoder(context.sampleRate, 24_000),
        chunkFrames: 1440,
        started: false,
        ringFrames: Math.ceil((preRollSeconds + startSlackSeconds) * context.sampleRate),
        maxChannels,
        gate,
      },
      events,
    );
    tap.listen(node);
    await abortable(tap.ready, signal);
    return { stream, track: stream.getAudioTracks()[0] as MediaStreamTrack, lease, tap };
  } catch (error) {
    tap?.close();
    lease.release();
    throw error;
  }
}

/** Releases everything. A capture that goes on is dropped. */
export function closeLine({ stream, lease, tap }: Line): void {
  tap.close();
  stopTracks(stream);
  lease.release();
}

/** The context frame that is being captured now. */
export function frameOf({ lease: { context } }: Line): number {
  return Math.round(context.currentTime * context.sampleRate);
}
