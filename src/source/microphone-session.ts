import { type ContextLease, whenRunning } from "../capture/context.js";
import { loadCapture } from "../capture/module.js";
import type { ReplicaVoice } from "../capture/reference.js";
import { connectStream, type StreamInput, streamNode } from "../capture/stream-input.js";
import { Tap } from "../capture/tap.js";
import { openMicrophone, stopTracks } from "../capture/user-media.js";
import { planEncoder } from "../encoder/plan.js";
import { EchoError } from "../errors.js";
import { abortable } from "../flow/abortable.js";
import { systemClock } from "../flow/clock.js";
import type { Warning } from "../warning.js";
import { either } from "./either.js";
import { watchDevice } from "./microphone-device.js";
import type { AudioSetup, OpenRequest } from "./source.js";

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
/** Longest wait for another device: a system that has just lost one may never answer. */
const switchSeconds = 5;
/** Longest wait for what the device still holds when a turn ends. */
const maxLatencySeconds = 0.2;

/** An open microphone: device, context and processor, from opening to release. */
export class MicrophoneSession {
  /** Levels, speech, and the failure of the processor. */
  readonly events: Tap["events"];
  /** Aborts when the session can give no further turn: closed, lost, or broken. */
  readonly over: AbortSignal;
  readonly #options: MicrophoneOptions;
  readonly #lease: ContextLease;
  readonly #tap: Tap;
  readonly #over = new AbortController();
  readonly #warn = new Set<(warning: Warning) => void>();
  #stream: MediaStream;
  #node: AudioNode;
  #watching = new AbortController();
  #switching = false;

  /** Asks for the device, loads what is needed, and starts listening. What was opened is released when any of it fails. */
  static async open(
    options: MicrophoneOptions,
    audio: AudioSetup | undefined,
    signal: AbortSignal,
  ): Promise<MicrophoneSession> {
    const stream = await abortable(openMicrophone(constraintsOf(options)), signal, stopTracks);
    let input: StreamInput | undefined;
    let tap: Tap | undefined;
    try {
      input = connectStream(stream, audio);
      const { context } = input.lease;
      const [wasm] = await Promise.all([abortable(loadCapture(context, audio), signal), whenRunning(context, signal)]);
      tap = new Tap(context, {
        wasm,
        plan: planEncoder(context.sampleRate, 24_000),
        chunkFrames: 1440,
        started: false,
        ringFrames: Math.ceil(((options.preRollSeconds ?? 0) + startSlackSeconds) * context.sampleRate),
        maxChannels,
        gate: true,
      });
      input.node.connect(tap.input);
      await abortable(tap.ready, signal);
      const session = new MicrophoneSession(options, stream, input, tap);
      await session.#follow(options.reference);
      return session;
    } catch (error) {
      tap?.close();
      input?.node.disconnect();
      input?.lease.release();
      stopTracks(stream);
      throw error;
    }
  }

  private constructor(options: MicrophoneOptions, stream: MediaStream, input: StreamInput, tap: Tap) {
    this.#options = options;
    this.#lease = input.lease;
    this.#tap = tap;
    this.#stream = stream;
    this.#node = input.node;
    this.events = tap.events;
    this.over = this.#over.signal;
    tap.events.on("failed", () => this.#release());
    this.#lease.context.addEventListener(
      "statechange",
      () => {
        if (this.#lease.context.state === "closed") this.#release();
      },
      { signal: this.over },
    );
    this.#watch();
  }

  /** Whether a turn is listening that has not been asked to end. */
  get busy(): boolean {
    return this.#tap.busy;
  }

  /** The context frame that is being captured now. */
  get frame(): number {
    const { currentTime, sampleRate } = this.#lease.context;
    return Math.round(currentTime * sampleRate);
  }

  /** Frames per second of `frame`. */
  get sampleRate(): number {
    return this.#lease.context.sampleRate;
  }

  /** A turn's worth of it, from context frame `fromFrame` on. Not while `busy`. */
  async capture(
    request: OpenRequest,
    fromFrame: number,
    settled: () => void = () => undefined,
  ): Promise<ReadableStream<Int16Array>> {
    const { context } = this.#lease;
    await whenRunning(context, request.signal);
    const warn = (warning: Warning): void => request.warn?.(warning);
    this.#warn.add(warn);
    if (this.#track?.muted) warn(muted(this.#track));
    return this.#tap.capture(
      { ...request, ended: this.#afterLatency(request) },
      () => {
        this.#warn.delete(warn);
        settled();
      },
      { plan: planEncoder(context.sampleRate, request.sampleRate), fromFrame },
    );
  }

  /** Ends the turn that listens, which gets what was captured, and releases everything. */
  async close(): Promise<void> {
    if (this.over.aborted) return;
    await this.#tap.drain();
    this.#release();
  }

  get #track(): MediaStreamTrack | undefined {
    return this.#stream.getAudioTracks()[0];
  }

  /**
   * What was said right before the end is still on its way from the device: the latency that the track reports passes
   * before the turn's end is taken.
   */
  #afterLatency({ ended, signal }: OpenRequest): AbortSignal {
    const latency = (this.#track?.getSettings() as { latency?: number } | undefined)?.latency ?? 0;
    const late = new AbortController();
    const take = (): void => {
      void systemClock.sleep(Math.min(latency, maxLatencySeconds), signal).then(() => late.abort(ended.reason));
    };
    if (ended.aborted) take();
    else ended.addEventListener("abort", take, { once: true, signal });
    return late.signal;
  }

  #watch(): void {
    this.#watching.abort();
    this.#watching = new AbortController();
    const track = this.#track;
    if (!track) return;
    watchDevice(track, !this.#options.deviceId, this.#watching.signal, {
      lost: () => void this.#switch("was lost"),
      replaced: () => void this.#switch("is no longer the default"),
      muted: () => this.#tell(muted(track)),
    });
  }

  /** Goes on with the default device: the one that was asked for is gone, or another has become the default. */
  async #switch(why: string): Promise<void> {
    if (this.#switching || this.over.aborted) return;
    this.#switching = true;
    const before = nameOf(this.#track);
    const { deviceId: _, ...constraints } = constraintsOf(this.#options);
    try {
      const limit = AbortSignal.timeout(switchSeconds * 1000);
      const stream = await abortable(openMicrophone(constraints), either(this.over, limit), stopTracks);
      const node = streamNode(this.#lease.context, stream);
      this.#node.disconnect();
      stopTracks(this.#stream);
      this.#stream = stream;
      this.#node = node;
      node.connect(this.#tap.input);
      this.#switching = false;
      this.#watch();
      this.#tell({
        code: "microphone-switched",
        message: `${before} ${why}. The one in use now: ${nameOf(this.#track)}. What was said between them is lost.`,
        remedy: "Nothing has to be done. Pass a deviceId, or open the microphone anew, to use another.",
      });
    } catch (cause) {
      this.#switching = false;
      if (this.over.aborted) return;
      // Still there: only the new default could not be opened.
      if (this.#track?.readyState === "live") return this.#watch();
      await this.#tap.drain(
        new EchoError("microphone-lost", `${before} ${why}, and no other can be opened.`, { cause }),
      );
      this.#release();
    }
  }

  async #follow(reference: ReplicaVoice | undefined): Promise<void> {
    if (!reference) return;
    const { followReference } = await import("../capture/reference.js");
    followReference(reference, this.#lease.context, (node) => this.#tap.refer(node), this.over);
  }

  #tell(warning: Warning): void {
    for (const warn of this.#warn) warn(warning);
  }

  #release(): void {
    if (this.over.aborted) return;
    this.#over.abort();
    this.#watching.abort();
    this.#node.disconnect();
    this.#tap.close();
    stopTracks(this.#stream);
    this.#lease.release();
  }
}

function constraintsOf({ deviceId, constraints }: MicrophoneOptions): MediaTrackConstraints {
  return { ...constraints, ...(deviceId !== undefined && { deviceId: { exact: deviceId } }) };
}

/** Some systems give their devices no label. */
function nameOf(track: MediaStreamTrack | undefined): string {
  return track?.label ? `The microphone "${track.label}"` : "The microphone";
}

function muted(track: MediaStreamTrack): Warning {
  return {
    code: "microphone-muted",
    message: `${nameOf(track)} was muted by the system: silence is captured.`,
    remedy: "Unmute it in the system or on the device; the turn goes on by itself.",
  };
}
