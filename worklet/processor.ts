import { Chunker } from "./chunker.js";
import { MAX_BLOCK_FRAMES, PcmEncoder } from "./encoder.js";
import { energy } from "./energy.js";
import { Gate } from "./gate.js";
import { type CaptureOptions, type FromWorklet, processorName, type ToWorklet } from "./protocol.js";
import { Ring } from "./ring.js";

/** Seconds between two level reports while armed. */
const levelSeconds = 0.06;

/** The audio thread's end of a capture: takes every block, encodes it, and posts chunks. Glue alone. */
class CaptureProcessor extends AudioWorkletProcessor {
  #state: "armed" | "capturing" | "ended" | "closed" = "closed";
  #encoder: PcmEncoder | undefined;
  #chunker: Chunker | undefined;
  #rate = 0;
  readonly #wasm: ArrayBuffer;
  readonly #ring: Ring | undefined;
  readonly #gate: Gate | undefined;
  readonly #endFrame: number;
  /** Whether it matters where in the context's time a block lies. */
  readonly #places: boolean;
  readonly #levelFrames = levelSeconds * sampleRate;
  #silence: readonly Float32Array[] = [new Float32Array(128)];
  #failed = false;
  #frame = 0;
  #energy = 0;
  #measured = 0;

  constructor({ processorOptions }: { processorOptions: CaptureOptions }) {
    super();
    const { wasm, plan, chunkFrames, started, ringFrames, endFrame, gate } = processorOptions;
    this.#wasm = wasm;
    this.#endFrame = endFrame ?? Infinity;
    this.#places = !started || gate === true || endFrame !== undefined;
    this.#gate = gate ? new Gate(sampleRate) : undefined;
    this.#ring = ringFrames > 0 ? new Ring(ringFrames) : undefined;
    this.port.onmessage = ({ data }: MessageEvent<ToWorklet>) => this.#attempt(() => this.#obey(data));
    this.#attempt(() => {
      this.#begin(plan, chunkFrames);
      this.#state = started ? "capturing" : "armed";
      this.#post({ type: "ready" });
    });
  }

  /** Called once per render quantum, whose length is not assumed. */
  process(inputs: Float32Array[][], outputs: Float32Array[][]): boolean {
    try {
      const input = inputs[0];
      // An input without channels is silence of that many frames, not missing time.
      const planes = input && input.length > 0 ? input : this.#silenceOf(outputs[0]?.[0]?.length ?? 128);
      this.#take(planes, inputs[1]);
    } catch (error) {
      this.#fail(error);
    }
    return this.#state !== "closed";
  }

  #take(planes: readonly Float32Array[], reference: readonly Float32Array[] | undefined): void {
    // Every block is seen, but while the main thread holds the graph's lock Chromium leaves `currentFrame` as it was. Read
    // only where it is needed: the engine calls out of JavaScript for it.
    const frame = this.#places ? Math.max(currentFrame, this.#frame) : this.#frame;
    this.#frame = frame + (planes[0]?.length ?? 0);
    if (this.#gate) this.#detect(this.#gate, planes, frame, reference);
    if (this.#state === "armed") {
      this.#ring?.write(planes, frame);
      this.#measure(planes);
      return;
    }
    if (this.#state !== "capturing") return;
    if (this.#frame < this.#endFrame) this.#encode(planes);
    else this.#end(planes, Math.max(0, this.#endFrame - frame));
  }

  /** Apart from #take(): a closure there would cost a scope object in every quantum. */
  #end(planes: readonly Float32Array[], left: number): void {
    this.#encode(planes.map((plane) => plane.subarray(0, left)));
    this.#finish("ended");
  }

  #encode(planes: readonly Float32Array[]): void {
    const frames = planes[0]?.length ?? 0;
    if (frames > MAX_BLOCK_FRAMES)
      for (let at = 0; at < frames; at += MAX_BLOCK_FRAMES)
        this.#encode(planes.map((plane) => plane.subarray(at, at + MAX_BLOCK_FRAMES)));
    else if (this.#encoder && frames > 0) this.#chunker?.push(this.#encoder.encode(planes));
  }

  #obey(command: ToWorklet): void {
    switch (command.type) {
      case "start":
        if (this.#state !== "armed") return;
        this.#begin(command.plan, command.chunkFrames);
        this.#ring?.drain(command.fromFrame, MAX_BLOCK_FRAMES, (planes) => this.#encode(planes));
        this.#state = "capturing";
        return;
      case "drain":
        // Here and not in process(), which is not called while the context is suspended or has ended.
        if (this.#state === "capturing") this.#finish("armed", command.keep);
        return;
      case "close":
        this.#state = "closed";
        // The processor lives as long as its node, which is until the page next collects garbage, and Chromium has address
        // space for about a hundred wasm memories: without this a turn after as many fails.
        this.#encoder = undefined;
        return;
      default:
        command satisfies never;
    }
  }

  #begin(plan: CaptureOptions["plan"], chunkFrames: number): void {
    // A plan that goes on with another encoder's stream serves once.
    const goesOn = plan.past.length > 0;
    if (this.#encoder && !goesOn && plan.outputRate === this.#rate) this.#encoder.reset();
    else this.#encoder = new PcmEncoder(this.#wasm, plan, { maxBlockFrames: MAX_BLOCK_FRAMES });
    this.#rate = goesOn ? 0 : plan.outputRate;
    // Copied by the post, not transferred, which takes longer and needs a new buffer for every chunk.
    this.#chunker = new Chunker(chunkFrames, (pcm, frame, level) => this.#post({ type: "chunk", pcm, frame, level }));
  }

  #finish(next: "armed" | "ended", keep?: true): void {
    this.#state = next;
    const tail = keep && this.#encoder?.tail();
    if (this.#encoder && !keep) this.#chunker?.push(this.#encoder.flush());
    this.#chunker?.flush();
    this.#post({ type: "drained", frame: this.#frame, tail });
  }

  #detect(
    gate: Gate,
    planes: readonly Float32Array[],
    frame: number,
    reference: readonly Float32Array[] | undefined,
  ): void {
    const changed = gate.push(planes, frame, reference);
    if (changed >= 0) this.#post({ type: "speech", active: gate.active, frame: changed });
  }

  #measure(planes: readonly Float32Array[]): void {
    const plane = planes[0];
    if (!plane) return;
    this.#energy += energy(plane, 0, plane.length, planes[1]);
    this.#measured += plane.length;
    if (this.#measured < this.#levelFrames) return;
    this.#post({ type: "level", level: Math.min(1, Math.sqrt(this.#energy / this.#measured)) });
    this.#energy = 0;
    this.#measured = 0;
  }

  #silenceOf(frames: number): readonly Float32Array[] {
    if (this.#silence[0]?.length !== frames) this.#silence = [new Float32Array(frames)];
    return this.#silence;
  }

  #attempt(step: () => void): void {
    try {
      step();
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#state = "closed";
    if (this.#failed) return;
    this.#failed = true;
    this.#chunker?.flush();
    this.#post({ type: "failed", message: String(error) });
  }

  #post(report: FromWorklet): void {
    this.port.postMessage(report);
  }
}

registerProcessor(processorName, CaptureProcessor);
