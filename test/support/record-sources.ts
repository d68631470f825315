/** What the page's own recorder heard of one MediaStreamAudioSourceNode: see {@link recordSources}. */
export interface SourceRecording {
  /** Hz of the node's context. */
  rate: number;
  /** Context frame of the first sample. */
  from: number;
  /** Every block, mono: the mean of the channels. */
  samples: Float32Array;
}

declare global {
  interface Window {
    /** A recording per MediaStreamAudioSourceNode that was made since `recordSources()`, in their order. */
    sourceRecordings(): SourceRecording[];
  }
}

/**
 * Records what every MediaStreamAudioSourceNode of the page gives, block by block, on its way to what it is connected to:
 * the judge of a capture must be what its very context was given, because devices skip and pad when the machine is
 * busy. (On its way and not beside: Chromium gives a second listener some blocks of silence when it joins.) Runs in the page (`page.evaluate` or `page.addInitScript`), so it is complete in itself, and shares no code
 * with the library.
 */
export function recordSources(): void {
  const processor = `registerProcessor("test-recorder", class extends AudioWorkletProcessor {
    process([input], [output]) {
      const mono = new Float32Array(output[0].length);
      input.forEach((plane, channel) => {
        output[channel].set(plane);
        for (let i = 0; i < mono.length; i++) mono[i] += plane[i] / input.length;
      });
      this.port.postMessage({ frame: currentFrame, mono }, [mono.buffer]);
      return true;
    }
  })`;
  const url = URL.createObjectURL(new Blob([processor], { type: "text/javascript" }));
  const modules = new WeakMap<BaseAudioContext, Promise<void>>();
  const addModule = AudioWorklet.prototype.addModule;
  const recordings: { rate: number; blocks: { frame: number; mono: Float32Array }[] }[] = [];
  // Nobody's module is there before the recorder's, so that it misses nothing that anybody else hears.
  const Context = window.AudioContext;
  window.AudioContext = class extends Context {
    constructor(options?: AudioContextOptions) {
      super(options);
      const module = addModule.call(this.audioWorklet, url);
      modules.set(this, module);
      this.audioWorklet.addModule = async (...theirs) => {
        await module;
        await addModule.apply(this.audioWorklet, theirs);
      };
    }
  };
  const Node = window.MediaStreamAudioSourceNode;
  window.MediaStreamAudioSourceNode = class extends Node {
    constructor(context: AudioContext, options: MediaStreamAudioSourceOptions) {
      super(context, options);
      const blocks: { frame: number; mono: Float32Array }[] = [];
      recordings.push({ rate: context.sampleRate, blocks });
      let recorder: AudioNode | undefined;
      const through = (to: AudioNode): AudioNode => {
        if (!recorder) throw new Error("Connected before the recorder was there.");
        return recorder.connect(to);
      };
      void modules.get(context)?.then(() => {
        const node = new AudioWorkletNode(context, "test-recorder", { channelCount: 2 });
        node.port.onmessage = ({ data }) => blocks.push(data);
        super.connect(node);
        recorder = node;
      });
      Object.assign(this, { connect: through, disconnect: () => recorder?.disconnect() });
    }
  };
  window.sourceRecordings = () =>
    recordings.map(({ rate, blocks }) => {
      const samples = new Float32Array(blocks.reduce((sum, { mono }) => sum + mono.length, 0));
      let from = 0;
      let at = 0;
      for (const { frame, mono } of blocks) {
        // Every block is seen, but Chromium's `currentFrame` is too low while the main thread holds the graph's lock.
        from = Math.max(from, frame - at);
        samples.set(mono, at);
        at += mono.length;
      }
      return { rate, from, samples };
    });
}

/**
 * Where `recorded` is not what the device was fed (`fed`, which repeats): the skips and pads of the device and the
 * browser, in frames. Told beside a result, and never judged.
 */
export function deviceSkips(recorded: ArrayLike<number>, fed: ArrayLike<number>): string {
  const near = (at: number, offset: number): boolean => {
    for (let i = 0; i < 8; i++) if (!(Math.abs(recorded[at + i] - fed[(offset + i) % fed.length]) < 1e-4)) return false;
    return true;
  };
  const runs: { at: number; frames: number; offset: number }[] = [];
  let at = 0;
  while (at + 8 <= recorded.length) {
    let offset = 0;
    const first = recorded[at];
    // Silence says nothing about where in the file it lies.
    while (first !== 0 && offset < fed.length && !near(at, offset)) offset++;
    if (first === 0 || offset === fed.length) {
      at++;
      continue;
    }
    let frames = 8;
    while (
      at + frames < recorded.length &&
      Math.abs(recorded[at + frames] - fed[(offset + frames) % fed.length]) < 1e-4
    )
      frames++;
    runs.push({ at, frames, offset });
    at += frames;
  }
  const seams = runs.slice(1).map((run, i) => {
    const before = runs[i];
    const padded = run.at - before.at - before.frames;
    const skipped = (run.offset - before.offset - before.frames + 2 * fed.length) % fed.length;
    return `at ${run.at}: ${skipped} of the file skipped, ${padded} frames of something else`;
  });
  return seams.length === 0 ? "the device skipped nothing" : `the device skipped: ${seams.join("; ")}`;
}
