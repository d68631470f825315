import { Chunker } from "./chunker.js";
import { MAX_BLOCK_FRAMES, PcmEncoder } from "./encoder.js";
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
  #silence: readonly Float32Array[] = [new Float32Array(128)];
  #failed = false;
  #frames = 0;
  #energy = 0;
  #measured = 0;

  constructor({ processorOptions }: { processorOptions: CaptureOptions }) {
    super();
    const { wasm, plan, chunkFrames, started, ringFrames, endFrame, gate } = processorOptions;
    this.#wasm = wasm;
    this.#endFrame = endFrame ?? Number.POSITIVE_INFINITY;
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
      this.#take(inputs[0] ?? [], outputs[0]?.[0]?.length ?? 128, inputs[1]?.[0]);
    } catch (error) {
      this.#fail(error);
    }
    return this.#state !== "closed";
  }

  #take(input: Float32Array[], quantum: number, reference: Float32Array | undefined): void {
    // An input without channels is silence of that many frames, not missing time.
    const planes: readonly Float32Array[] = input.length > 0 ? input : this.#silenceOf(quantum);
    this.#detect(planes[0], reference);
    if (this.#state === "armed") {
      this.#ring?.write(planes, currentFrame);
      this.#measure(planes);
      return;
    }
    if (this.#state !== "capturing") return;
    if (currentFrame + quantum < this.#endFrame) this.#encode(planes);
    else this.#end(planes);
  }

  /** Apart from #take(): a closure there would cost a scope object in every quantum. */
  #end(planes: readonly Float32Array[]): void {
    const left = Math.max(0, this.#endFrame - currentFrame);
    this.#encode(planes.map((plane) => plane.subarray(0, left)));
    this.#finish("ended");
  }

  #encode(planes: readonly Float32Array[]): void {
    const frames = planes[0]?.length ?? 0;
    if (frames > MAX_BLOCK_FRAMES)
      for (let at = 0; at < frames; at += MAX_BLOCK_FRAMES)
        this.#encode(planes.map((plane) => plane.subarray(at, at + MAX_BLOCK_FRAMES)));
    else if (this.#encoder && frames > 0) {
      this.#chunker?.push(this.#encoder.encode(planes));
      this.#frames += frames;
    }
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
        if (this.#state === "capturing") this.#finish("armed");
        return;
      case "close":
        this.#state = "closed";
        return;
      default:
        command satisfies never;
    }
  }

  #begin(plan: CaptureOptions["plan"], chunkFrames: number): void {
    if (this.#encoder && plan.outputRate === this.#rate) this.#encoder.reset();
    else this.#encoder = new PcmEncoder(this.#wasm, plan, { maxBlockFrames: MAX_BLOCK_FRAMES });
    this.#rate = plan.outputRate;
    this.#frames = 0;
    this.#chunker = new Chunker(chunkFrames, (pcm, frame, level) =>
      this.#post({ type: "chunk", pcm, frame, level }, [pcm.buffer]),
    );
  }

  #finish(next: "armed" | "ended"): void {
    this.#state = next;
    if (this.#encoder) this.#chunker?.push(this.#encoder.flush());
    this.#chunker?.flush();
    this.#post({ type: "drained", frames: this.#frames });
  }

  #detect(plane: Float32Array | undefined, reference: Float32Array | undefined): void {
    if (!this.#gate || !plane) return;
    const frame = this.#gate.push(plane, currentFrame, reference);
    if (frame >= 0) this.#post({ type: "speech", active: this.#gate.active, frame });
  }

  #measure(planes: readonly Float32Array[]): void {
    const plane = planes[0];
    if (!plane) return;
    for (let i = 0; i < plane.length; i++) this.#energy += (plane[i] as number) ** 2;
    this.#measured += plane.length;
    if (this.#measured < levelSeconds * sampleRate) return;
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

  #post(report: FromWorklet, transfer: Transferable[] = []): void {
    this.port.postMessage(report, transfer);
  }
}

registerProcessor(processorName, CaptureProcessor);
