import { type ContextLease, whenRunning } from "../capture/context.js";
import { loadCapture } from "../capture/module.js";
import type { ReplicaVoice } from "../capture/reference.js";
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
  /**
   * The replica's own voice, so that its echo from the loudspeakers raises neither `speechstart` nor `speechend`, and is
   * no utterance: the element that `replica.attach()` was given, or the replica's audio track. Default: none, which is
   * right for headphones, and mostly with echo cancellation.
   */
  reference?: ReplicaVoice | undefined;
}

/** Seconds that a `start` may take to reach the audio thread without losing its beginning. */
const startSlackSeconds = 2;
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
  { preRollSeconds = 0, reference }: MicrophoneOptions,
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
        gate: true,
      },
      events,
    );
    tap.listen(node);
    await hearReplica(tap, reference, context);
    await abortable(tap.ready, signal);
    return { stream, track: stream.getAudioTracks()[0] as MediaStreamTrack, lease, tap };
  } catch (error) {
    await tap?.close();
    lease.release();
    throw error;
  }
}

/** Lets the gate know the replica's own voice. What that takes is loaded by who asks for it. */
async function hearReplica(tap: Tap, reference: ReplicaVoice | undefined, context: AudioContext): Promise<void> {
  if (!reference) return;
  const { followReference } = await import("../capture/reference.js");
  followReference(reference, context, (voice) => tap.refer(voice), tap.over);
}

/** Releases everything. A capture that goes on is dropped. */
export function closeLine({ stream, lease, tap }: Line): void {
  void tap.close().then(lease.release);
  stopTracks(stream);
}

/** The context frame that is being captured now. */
export function frameOf({ lease: { context } }: Line): number {
  return Math.round(context.currentTime * context.sampleRate);
}
