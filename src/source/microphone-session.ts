import { whenRunning } from "../capture/context.js";
import { connectStream } from "../capture/stream-input.js";
import type { TapEvents } from "../capture/tap.js";
import { openMicrophone, stopTracks } from "../capture/user-media.js";
import { Emitter, report } from "../emitter.js";
import { planEncoder } from "../encoder/plan.js";
import { EchoError } from "../errors.js";
import { abortable, aborted } from "../flow/abortable.js";
import { systemClock } from "../flow/clock.js";
import type { Warning } from "../warning.js";
import { closeLine, frameOf, type Line, type MicrophoneOptions, openLine } from "./microphone-line.js";
import type { AudioSetup, OpenRequest } from "./source.js";

/** Longest wait for what the device still holds when a turn ends. */
const maxLatencySeconds = 0.2;

/** An open microphone, from opening to release, over every device that it comes to use. */
export class MicrophoneSession {
  /** Levels, speech, and the failure of the processor. */
  readonly events: Emitter<TapEvents>;
  /** Aborts when the session can give no further turn: closed, lost, or broken. */
  readonly over: AbortSignal;
  readonly #options: MicrophoneOptions;
  readonly #audio: AudioSetup | undefined;
  readonly #over = new AbortController();
  readonly #closing = new AbortController();
  readonly #warn = new Set<(warning: Warning) => void>();
  #line!: Line;
  #watching = new AbortController();
  #switching: Promise<void> | undefined;
  /** The last turn that got the device; `over` aborts when its samples are all here. */
  #turn: { request: OpenRequest; over: AbortController } | undefined;

  /** Asks for the device, loads what is needed, and starts listening. What was opened is released when any of it fails. */
  static async open(
    options: MicrophoneOptions,
    audio: AudioSetup | undefined,
    signal: AbortSignal,
  ): Promise<MicrophoneSession> {
    const events = new Emitter<TapEvents>();
    const stream = await abortable(openMicrophone(options), signal, stopTracks);
    try {
      const line = await openLine(stream, connectStream(stream, audio), options, audio, events, signal);
      return new MicrophoneSession(options, audio, events, line);
    } catch (error) {
      stopTracks(stream);
      throw error;
    }
  }

  private constructor(
    options: MicrophoneOptions,
    audio: AudioSetup | undefined,
    events: Emitter<TapEvents>,
    line: Line,
  ) {
    this.#options = options;
    this.#audio = audio;
    this.events = events;
    this.over = this.#over.signal;
    events.on("failed", () => this.#release());
    this.#use(line);
    this.#look();
  }

  /** Whom to tell what concerns no turn. */
  get warn(): AudioSetup["warn"] {
    return this.#audio?.warn;
  }

  /** Whether a turn listens, or is about to, that has not been asked to end. */
  get busy(): boolean {
    const { request, over } = this.#turn ?? {};
    return [over?.signal, request?.ended, request?.signal].every((signal) => signal?.aborted === false);
  }

  /** The context frame that is being captured now. */
  get frame(): number {
    return frameOf(this.#line);
  }

  /** Frames per second of `frame`. */
  get sampleRate(): number {
    return this.#line.lease.context.sampleRate;
  }

  /**
   * A turn's worth of it, from context frame `fromFrame` on, or from where the turn before ceased. Not while `busy`.
   * Rejects with `closed` when the microphone is closed meanwhile.
   */
  async capture(request: OpenRequest, fromFrame: number, settled?: () => void): Promise<ReadableStream<Int16Array>> {
    const before = this.#turn;
    const over = new AbortController();
    this.#turn = { request, over };
    const warn = (warning: Warning): void => request.warn?.(warning);
    try {
      await whenRunning(this.#line.lease.context, request.signal);
      // Asked to end, it still gets what is on its way from the device.
      if (before) await abortable(aborted(before.over.signal), request.signal);
      if (this.#closing.signal.aborted) throw closedMicrophone();
      const { tap, track } = this.#line;
      this.#warn.add(warn);
      if (track.muted) this.#meet("mute");
      return tap.capture(
        { ...request, ended: afterLatency(track, request) },
        () => {
          this.#warn.delete(warn);
          over.abort();
          settled?.();
        },
        { plan: planEncoder(this.sampleRate, request.sampleRate), fromFrame },
      );
    } catch (error) {
      this.#warn.delete(warn);
      over.abort();
      throw error;
    }
  }

  /** Ends the turn that listens, which gets what was captured, and releases everything. */
  async close(): Promise<void> {
    this.#closing.abort();
    await this.#switching;
    await this.#line.tap.drain();
    this.#release();
  }

  /** Listens to `line` from now on, and watches its device and context. */
  #use(line: Line): void {
    this.#line = line;
    this.#watching.abort();
    this.#watching = new AbortController();
    const { signal } = this.#watching;
    const meet = ({ type }: Event): void => this.#meet(type);
    const { track, lease } = line;
    // Not fired for our own track.stop().
    track.addEventListener("ended", meet, { signal });
    track.addEventListener("mute", meet, { signal });
    // Whoever chose a device keeps it.
    if (!(this.#options.deviceId ?? this.#options.constraints?.deviceId))
      navigator.mediaDevices.addEventListener("devicechange", meet, { signal });
    // The turn that listens gets what was captured, and the error, from the tap.
    const look = (): void => {
      if (lease.context.state === "closed") void this.close();
    };
    lease.context.addEventListener("statechange", look, { signal });
  }

  /** It may have ended while it was being opened. */
  #look(): void {
    if (!this.over.aborted && this.#line.track.readyState === "ended") this.#meet("ended");
  }

  /** `event`: what befell the device. One switch at a time. */
  #meet(event: string): void {
    if (event === "mute") void this.#handle(event);
    else
      this.#switching ??= this.#handle(event).then(() => {
        this.#switching = undefined;
        this.#look();
      });
  }

  /** What is done about it is loaded when it is needed. Never rejects. */
  async #handle(event: string): Promise<void> {
    const line = this.#line;
    try {
      const { meetTrouble } = await import("./microphone-trouble.js");
      await meetTrouble(event, {
        line,
        options: this.#options,
        audio: this.#audio,
        events: this.events,
        signal: this.#closing.signal,
        use: (next) => (this.over.aborted ? closeLine(next) : this.#use(next)),
        tell: (warning) => {
          for (const warn of this.#warn) warn(warning);
        },
      });
    } catch (cause) {
      if (this.#closing.signal.aborted) return;
      if (line.track.readyState === "live") return report(cause);
      await this.#line.tap.drain(
        cause instanceof EchoError
          ? cause
          : new EchoError("microphone-lost", "The microphone was lost, and another was not tried.", { cause }),
      );
      this.#release();
    }
  }

  #release(): void {
    if (this.over.aborted) return;
    this.#over.abort();
    this.#closing.abort();
    this.#watching.abort();
    closeLine(this.#line);
  }
}

/** The error for what a closed microphone is asked for. */
export const closedMicrophone = (): EchoError =>
  new EchoError("closed", "The microphone was closed.", { remedy: "Speak again, or prepare it again: it opens anew." });

/**
 * What was said right before the end is still on its way from the device: the latency that the track reports passes
 * before the turn's end is taken.
 */
function afterLatency(track: MediaStreamTrack, { ended, signal }: OpenRequest): AbortSignal {
  const { latency = 0 } = track.getSettings() as { latency?: number };
  const late = new AbortController();
  const take = (): void => {
    void systemClock.sleep(Math.min(latency, maxLatencySeconds), signal).then(() => late.abort(ended.reason));
  };
  if (ended.aborted) take();
  else ended.addEventListener("abort", take, { once: true, signal });
  return late.signal;
}
