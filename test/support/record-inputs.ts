/** What one processor of the page was given: see {@link recordInputs}. */
export interface InputRecording {
  /** Hz of the node's context. */
  rate: number;
  /** Context frame of the first sample. */
  from: number;
  /** Every block, mono: the mean of the channels. */
  samples: Float32Array;
}

declare global {
  interface Window {
    /** A recording per processor that was made since `recordInputs()`, in their order: all that they have been given by now. */
    inputRecordings(): Promise<InputRecording[]>;
  }
}

/**
 * Records every block that any AudioWorkletProcessor of the page is given, before it sees it: the judge of a capture must be
 * what its very context gave, because devices skip and pad when the machine is busy, and Chromium hands on silence while
 * it rewires its graph. (A second node beside the processor is wired at another time, and is given something else.)
 * Runs in the page (`page.evaluate` or `page.addInitScript`), so it is complete in itself, and shares no code with the library.
 */
export function recordInputs(): void {
  const module = `
    let sink, count = 0;
    registerProcessor("test-sink", class extends AudioWorkletProcessor {
      constructor() { super(); sink = this.port; sink.onmessage = () => sink.postMessage({}); }
      process() { return true; }
    });
    const register = registerProcessor;
    globalThis.registerProcessor = (name, Processor) => register(name, class extends Processor {
      #id = count++;
      process(inputs, outputs, parameters) {
        const mono = new Float32Array(outputs[0][0].length);
        for (const plane of inputs[0]) for (let i = 0; i < mono.length; i++) mono[i] += plane[i] / inputs[0].length;
        sink.postMessage({ id: this.#id, frame: currentFrame, mono }, [mono.buffer]);
        return super.process(inputs, outputs, parameters);
      }
    });`;
  const url = URL.createObjectURL(new Blob([module], { type: "text/javascript" }));
  const recordings: { rate: number; blocks: { frame: number; mono: Float32Array }[] }[] = [];
  const addModule = AudioWorklet.prototype.addModule;
  /** Each resolves when every block that was posted before has arrived: the answer takes the same way. */
  const arrivals: (() => Promise<void>)[] = [];
  const Context = window.AudioContext;
  window.AudioContext = class extends Context {
    constructor(options?: AudioContextOptions) {
      super(options);
      const mine: typeof recordings = [];
      const ready = addModule.call(this.audioWorklet, url).then(() => {
        const sink = new AudioWorkletNode(this, "test-sink");
        let answered = (): void => undefined;
        sink.port.onmessage = ({ data: { id, ...block } }) => {
          if (id === undefined) return answered();
          if (!mine[id]) {
            mine[id] = { rate: this.sampleRate, blocks: [] };
            recordings.push(mine[id]);
          }
          mine[id].blocks.push(block);
        };
        arrivals.push(
          () =>
            new Promise((resolve) => {
              answered = resolve;
              // A closed context may never answer.
              const look = (): void => {
                if (this.state === "closed") resolve();
              };
              this.addEventListener("statechange", look);
              look();
              sink.port.postMessage({});
            }),
        );
      });
      // Nobody registers a processor before that.
      this.audioWorklet.addModule = async (...theirs) => {
        await ready;
        await addModule.apply(this.audioWorklet, theirs);
      };
    }
  };
  window.inputRecordings = async () => {
    await Promise.all(arrivals.map((arrived) => arrived()));
    return recordings.map(({ rate, blocks }) => {
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
  };
}

/**
 * Where `recorded` is not what the device was fed (`fed`, which repeats): the skips and pads of the device and the
 * browser, in frames. Told beside a result, and never judged.
 */
export function deviceSkips(recorded: ArrayLike<number>, fed: ArrayLike<number>): string {
  const near = (at: number, offset: number): boolean => {
    for (let i = 0; i < 32; i++)
      if (!(Math.abs(recorded[at + i] - fed[(offset + i) % fed.length]) < 1e-6)) return false;
    return true;
  };
  const runs: { at: number; frames: number; offset: number }[] = [];
  let at = 0;
  while (at + 32 <= recorded.length) {
    let offset = 0;
    const first = recorded[at];
    // Silence says nothing about where in the file it lies.
    while (first !== 0 && offset < fed.length && !near(at, offset)) offset++;
    if (first === 0 || offset === fed.length) {
      at++;
      continue;
    }
    let frames = 32;
    while (
      at + frames < recorded.length &&
      Math.abs(recorded[at + frames] - fed[(offset + frames) % fed.length]) < 1e-6
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
