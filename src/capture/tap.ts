import type { EncoderPlan } from "../../worklet/encoder.js";
import { type CaptureOptions, type FromWorklet, processorName, type ToWorklet } from "../../worklet/protocol.js";
import { Emitter } from "../emitter.js";
import { EchoError } from "../errors.js";
import type { OpenRequest } from "../source/source.js";
import { Capture } from "./capture.js";
import { closed, isOffline, stateOf } from "./context.js";
import { watchContext } from "./watch.js";

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
  readonly events = new Emitter<TapEvents>();
  readonly #context: BaseAudioContext;
  readonly #node: AudioWorkletNode;
  readonly #done = new AbortController();
  readonly #settleReady: Settle;
  /** In the order of their `start`s; the first gets the chunks until its `drained`. */
  readonly #captures: Capture[] = [];
  #failure: EchoError | undefined;

  /** Needs the module in `context`; see `loadCapture`. */
  constructor(context: BaseAudioContext, { maxChannels, ...options }: TapOptions) {
    this.#context = context;
    const settle: Settle = { resolve: () => undefined, reject: () => undefined };
    this.ready = new Promise<void>((resolve, reject) => Object.assign(settle, { resolve, reject }));
    this.#settleReady = settle;
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
    this.#node.connect(context.destination);
  }

  /** Where to connect what is to be captured. */
  get input(): AudioNode {
    return this.#node;
  }

  /** Connects what the replica says, for the gate to know its echo by. Whoever made the node disconnects it. */
  refer(node: AudioNode): void {
    node.connect(this.#node, 0, 1);
  }

  /** Whether a capture is going on that has not been asked for its last samples. */
  get busy(): boolean {
    return this.#captures.some((capture) => !capture.ending);
  }

  /**
   * The stream of a capture: of the one that the processor was made with (`started`), or, given `start`, of a new one
   * that begins at that context frame. Not while `busy`. `settled` is called when its samples are all here, or dropped.
   */
  capture(
    request: OpenRequest,
    settled: () => void,
    start?: { plan: EncoderPlan; fromFrame: number },
  ): ReadableStream<Int16Array> {
    if (this.#failure) throw this.#failure;
    if (start) this.#post({ type: "start", chunkFrames: request.chunkFrames, ...start });
    const capture = new Capture(request, {
      drain: () => this.#post({ type: "drain" }),
      death: () => (stateOf(this.#context) === "closed" ? closed() : undefined),
      settled,
    });
    this.#captures.push(capture);
    if (!isOffline(this.#context)) void watchContext(this.#context, capture.done, (warning) => request.warn?.(warning));
    return capture.stream;
  }

  /** Ends the captures that go on, with `failure` after their last samples if there is one. Resolves when all is delivered. */
  async drain(failure?: EchoError): Promise<void> {
    await Promise.all(this.#captures.map((capture) => capture.drain(failure)));
  }

  /** Stops the processor and leaves the graph. A capture that goes on is dropped. */
  close(): void {
    if (this.#done.signal.aborted) return;
    this.#done.abort();
    for (const capture of this.#captures) capture.drop(new DOMException("The capture was closed.", "AbortError"));
    this.#post({ type: "close" });
    this.#node.port.onmessage = null;
    this.#node.disconnect();
    this.#settleReady.reject(closed());
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
      case "drained":
        this.#captures.shift()?.end();
        return;
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
