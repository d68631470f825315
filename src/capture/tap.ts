import type { EncoderPlan, EncoderTail } from "../../worklet/encoder.js";
import { type CaptureOptions, type FromWorklet, processorName, type ToWorklet } from "../../worklet/protocol.js";
import { Emitter, report } from "../emitter.js";
import { EchoError } from "../errors.js";
import { systemClock } from "../flow/clock.js";
import type { OpenRequest } from "../source/source.js";
import { Capture, type CaptureHost } from "./capture.js";
import { closed, isOffline, stateOf } from "./context.js";
import { watchContext } from "./watch.js";

/**
 * Seconds in which a processor that was closed is called once more, and Chromium takes note that it returned false. One that
 * is disconnected before, or whose context is closed before, is never let go of (156).
 */
const lastCallSeconds = 0.3;

/** What a tap is made with: `processorOptions`, and the layout of the input. */
export interface TapOptions extends CaptureOptions {
  /** Channels of the input at most; what has more is mixed down by the browser. */
  maxChannels: number;
}

/** What a tap tells beside its chunks. */
export interface TapEvents {
  /** RMS, 0 to 1. */
  level: number;
  /** The gate opened or closed at context frame `frame`. */
  speech: { active: boolean; frame: number };
  /** The processor has stopped for good. */
  failed: EchoError;
}

/** A capture that leaves a tap in its middle. */
export interface Leaving {
  /** What another tap adopts. */
  capture: Capture;
  /** What the encoder has left, for the plan of the next one. */
  tail: EncoderTail;
  /** Context frame up to which the tap has captured. */
  frame: number;
}

interface Settle {
  resolve(): void;
  reject(error: unknown): void;
}

/**
 * The main thread's end of one processor: a place in the graph to connect to, and one capture after another as streams.
 * The processor's output is silent; it is connected to the destination because a node that leads nowhere is not pulled.
 */
export class Tap {
  /** Resolves when the processor sees every block; rejects when it cannot start. */
  readonly ready: Promise<void>;
  /** Levels, speech, and the failure of the processor. */
  readonly events: Emitter<TapEvents>;
  readonly #context: BaseAudioContext;
  readonly #node: AudioWorkletNode;
  readonly #done = new AbortController();
  #settleReady!: Settle;
  /** In the order of their `start`s; the first gets the chunks until its `drained`. */
  readonly #captures: Capture[] = [];
  #failure: EchoError | undefined;
  #from: AudioNode | undefined;
  #leave: ((leaving: Leaving) => void) | undefined;
  readonly #host: CaptureHost = {
    drain: () => this.#post({ type: "drain" }),
    death: () => (stateOf(this.#context) === "closed" ? closed() : undefined),
  };

  /** Needs the module in `context`; see `loadCapture`. */
  constructor(
    context: BaseAudioContext,
    { maxChannels, ...options }: TapOptions,
    events: Emitter<TapEvents> = new Emitter(),
  ) {
    this.#context = context;
    this.events = events;
    this.ready = new Promise<void>((resolve, reject) => {
      this.#settleReady = { resolve, reject };
    });
    // Whoever needs to know awaits it; an offline context does not.
    this.ready.catch(() => undefined);
    this.#node = new AudioWorkletNode(context, processorName, {
      numberOfInputs: options.gate ? 2 : 1,
      numberOfOutputs: 1,
      outputChannelCount: [1],
      channelCount: maxChannels,
      channelCountMode: "clamped-max",
      processorOptions: options satisfies CaptureOptions,
    });
    this.#node.port.onmessage = ({ data }: MessageEvent<FromWorklet>) => this.#hear(data);
    this.#node.onprocessorerror = (cause) =>
      this.#fail(new EchoError("worklet-failed", "The audio processor threw.", { cause }));
    context.addEventListener("statechange", () => this.#look(), { signal: this.#done.signal });
  }

  /** Connects what is to be captured, in the place of what was. */
  listen(node: AudioNode): void {
    this.#deaf();
    this.#from = node;
    node.connect(this.#node);
    // Only now: connected before, it would take blocks of silence for the beginning.
    this.#node.connect(this.#context.destination);
  }

  /** Aborts when it is closed. */
  get over(): AbortSignal {
    return this.#done.signal;
  }

  /** Connects what the replica says, for the gate to know its echo by. Whoever made the node disconnects it. */
  refer(node: AudioNode): void {
    node.connect(this.#node, 0, 1);
  }

  /**
   * The stream of a capture: of the one that the processor was made with (`started`), or, given `start`, of a new one
   * that begins at that context frame. Not while another goes on. `settled` is called when its samples are all here, or dropped.
   */
  capture(
    request: OpenRequest,
    settled: () => void,
    start?: { plan: EncoderPlan; fromFrame: number },
  ): ReadableStream<Int16Array> {
    if (this.#failure) throw this.#failure;
    if (start) this.#post({ type: "start", chunkFrames: request.chunkFrames, ...start });
    const capture = new Capture(request, this.#host, settled);
    this.#follow(capture);
    return capture.stream;
  }

  /** Has the capture that goes on here leave in its middle; undefined when none does, or when it is over before. */
  handOver(): Promise<Leaving | undefined> | undefined {
    const capture = this.#captures.find(({ ending }) => !ending);
    if (!capture) return undefined;
    this.#post({ type: "drain", keep: true });
    return new Promise((resolve) => {
      this.#leave = resolve;
      capture.done.addEventListener("abort", () => resolve(undefined), { once: true });
    });
  }

  /** Goes on with a capture that has left another tap, from context frame `fromFrame` on. Not while another goes on here. */
  adopt(capture: Capture, start: { plan: EncoderPlan; fromFrame: number }): void {
    this.#post({ type: "start", chunkFrames: capture.request.chunkFrames, ...start });
    this.#follow(capture);
    capture.move(this.#host);
    if (this.#failure) capture.fail(this.#failure);
  }

  /** Ends the captures that go on, with `failure` after their last samples if there is one. Resolves when all is delivered. */
  async drain(failure?: EchoError): Promise<void> {
    await Promise.all(this.#captures.map((capture) => capture.drain(failure)));
  }

  /**
   * Stops the processor and leaves the graph. A capture that goes on is dropped. Resolves when the graph holds nothing of it
   * any more: a context of our own is closed after that.
   */
  async close(): Promise<void> {
    if (this.#done.signal.aborted) return;
    this.#done.abort();
    for (const capture of this.#captures) capture.drop(new DOMException("The capture was closed.", "AbortError"));
    this.#deaf();
    this.#settleReady.reject(closed());
    const { port } = this.#node;
    this.#post({ type: "close" });
    port.onmessage = null;
    if (stateOf(this.#context) === "running" && !isOffline(this.#context)) await systemClock.sleep(lastCallSeconds);
    port.close();
    this.#node.disconnect();
  }

  #deaf(): void {
    try {
      this.#from?.disconnect(this.#node);
    } catch {
      // The app has cut it already (node.disconnect()), which is what was wanted.
    }
  }

  #follow(capture: Capture): void {
    this.#captures.push(capture);
    if (!isOffline(this.#context))
      watchContext(this.#context, capture.done, (warning) => capture.request.warn?.(warning)).catch(report);
  }

  #post(command: ToWorklet): void {
    this.#node.port.postMessage(command);
  }

  #hear(report: FromWorklet): void {
    switch (report.type) {
      case "ready":
        this.#settleReady.resolve();
        return;
      case "chunk":
        this.#captures[0]?.take(report.pcm, report.frame);
        this.events.emit("level", report.level);
        return;
      case "level":
        this.events.emit("level", report.level);
        return;
      case "speech":
        this.events.emit("speech", report);
        return;
      case "drained": {
        const capture = this.#captures.shift();
        if (capture && report.tail) this.#leave?.({ capture, tail: report.tail, frame: report.frame });
        else capture?.end();
        return;
      }
      case "failed":
        this.#fail(new EchoError("worklet-failed", `The audio processor stopped: ${report.message}`));
        return;
      default:
        report satisfies never;
    }
  }

  #fail(error: EchoError): void {
    if (this.#failure) return;
    this.#failure = error;
    this.#settleReady.reject(error);
    for (const capture of this.#captures.splice(0)) capture.fail(error);
    this.events.emit("failed", error);
  }

  #look(): void {
    if (stateOf(this.#context) !== "closed" || isOffline(this.#context)) return;
    void this.drain(closed());
  }
}
