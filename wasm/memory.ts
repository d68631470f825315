// Every buffer of the instance: made once by layout(), never moved, so that views on them never detach.
//
//   input    8 planes of maxBlock floats      written by JavaScript, read by mix()
//   history  capacity floats, mono            written by mix(), read by the kernels
//   mirror   the history back to front        written by reflect(), read by the kernel of whole ratios
//   bank     the plan's coefficients          written by JavaScript once, read by the kernels
//   output   maxOutput samples, s16           written by the kernels, read by JavaScript

/** Most channels that a block can have. */
export const MAX_CHANNELS: i32 = 8;

/** What a kernel may read or write past the end of a buffer, in bytes: one group of 8 floats. */
const SLACK: i32 = 32;

export let input: usize = 0;
/** Bytes from one input plane to the next. */
export let planeBytes: usize = 0;
export let history: usize = 0;
/** Frames that fit into the history. */
export let capacity: i32 = 0;
/** Where the mirror ends: frame i lies i + 1 floats before. */
export let mirror: usize = 0;
export let bank: usize = 0;
export let output: usize = 0;

/** Rounds up to a multiple of 16, so that every buffer is aligned to a vector. */
function aligned(bytes: i32): i32 {
  return (bytes + 15) & ~15;
}

/** Places the buffers and grows the memory to hold them. Returns false when the engine refuses the memory. */
export function layout(maxBlock: i32, historyFrames: i32, bankLength: i32, maxOutput: i32): bool {
  capacity = historyFrames;
  planeBytes = aligned(maxBlock * 4 + SLACK);
  input = aligned(<i32>__heap_base);
  history = input + planeBytes * MAX_CHANNELS;
  bank = history + 2 * aligned(capacity * 4 + SLACK);
  mirror = bank;
  output = bank + aligned(bankLength * 4);
  const end = <i32>output + aligned(maxOutput * 2 + SLACK);
  const pages = ((end + 0xffff) >>> 16) - memory.size();
  return pages <= 0 || memory.grow(pages) >= 0;
}
