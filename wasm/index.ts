// One instance is one stream of mono s16. Nothing is imported and, after configure(), nothing is allocated.
import { bank, history, input, layout, output, planeBytes } from "./memory";
import { mix } from "./mix";
import { setDither } from "./pcm16";
import { advance, historyLength, restart, room, setPlan } from "./resampler";

/**
 * Sizes the memory and takes the plan; the bank is then to be written at bankPointer(). Call once, before anything
 * else. Returns 0 when the engine refuses the memory.
 */
export function configure(
  kernel: i32, L: i32, M: i32, window: i32, span: i32, groups: i32, bankLength: i32, keep: i32, first: i32,
  maxBlock: i32, historyFrames: i32, maxOutput: i32, dither: i32,
): i32 {
  if (!layout(maxBlock, historyFrames, bankLength, maxOutput)) return 0;
  setDither(dither != 0);
  setPlan(kernel, L, M, window, span, groups, bankLength, keep, first);
  return 1;
}

/** Where the plan's coefficients are to be written, in bytes. */
export function bankPointer(): usize { return bank; }
/** Where channel `channel` of the next block is to be written. */
export function inputPointer(channel: i32): usize { return input + <usize>channel * planeBytes; }
/** Where the samples are that the last call returned the number of. */
export function outputPointer(): usize { return output; }
/** The mono input so far, newest last: historyLength() floats. */
export function historyPointer(): usize { return history; }
export { historyLength };

/** Encodes the block that lies in the input planes. Returns how many samples are in the output. */
export function encode(channels: i32, frames: i32): i32 {
  mix(channels, frames, room(frames));
  return advance(frames);
}

/** Encodes `frames` frames of silence. */
export function silence(frames: i32): i32 {
  memory.fill(room(frames), 0, <usize>frames << 2);
  return advance(frames);
}

/** Forgets the stream; the plan stays. */
export function reset(): void { restart(); }
