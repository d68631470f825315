// The stream: where the next outputs' window starts, and the step from one group of 8 outputs to the next.
import { fractional, interpolated, reversed, whole } from "./kernels";
import { bank, capacity, history, mirror, output } from "./memory";
import { store8 } from "./pcm16";

/** How outputs are made; the numbers are those of `Kernel` in worklet/encoder.ts. */
export const SAME: i32 = 0;
export const WHOLE: i32 = 1;
export const FRACTIONAL: i32 = 2;
export const INTERPOLATED: i32 = 3;

/** Stored phases of the interpolated kernel, per frame of input. */
const ROWS: i32 = 64;

let kernel: i32 = 0;
/** Input to output rate is M : L in lowest terms. */
let L: i32 = 1;
let M: i32 = 1;
/** Floats of a kernel's window. */
let window: i32 = 0;
/** Frames from a group's window start to the last frame it needs, plus 1. */
let span: i32 = 0;
/** Bytes of a group's coefficients, and of all groups'. */
let groupBytes: i32 = 0;
let bankBytes: i32 = 0;
/** Frames kept behind the window for whoever continues the stream. */
let keep: i32 = 0;
/** Where the first window starts, in frames of input (below 0: history). */
let first: i32 = 0;
/** A group's step in frames, as whole and rest: 8M = stepWhole · L + stepRest. */
let stepWhole: i32 = 0;
let stepRest: i32 = 0;

/** State. Positions are frames in the history buffer, so that nothing grows with the age of the stream. */
let start: i32 = 0;
let phase: i32 = 0;
let group: i32 = 0;
let written: i32 = 0;
let index: i32 = 0;
/** Up to where the mirror is made; only what the window needs is. */
let mirrored: i32 = 0;

export function setPlan(
  kernel_: i32, L_: i32, M_: i32, window_: i32, span_: i32, groups: i32, bankLength: i32, keep_: i32, first_: i32,
): void {
  kernel = kernel_;
  L = L_;
  M = M_;
  window = window_;
  span = span_;
  bankBytes = bankLength << 2;
  groupBytes = bankBytes / groups;
  keep = keep_;
  first = first_;
  stepWhole = (8 * M) / L;
  stepRest = (8 * M) % L;
  restart();
}

/** Back to before the first frame, with silence for the past. */
export function restart(): void {
  memory.fill(history, 0, <usize>capacity << 2);
  written = keep - min(first, 0);
  start = mirrored = written + first;
  phase = 0;
  group = 0;
  index = 0;
}

/** Where the next `frames` frames go, in bytes; makes room by moving what is still needed to the front. */
export function room(frames: i32): usize {
  if (written + frames > capacity) {
    const from = max(start - keep, 0);
    memory.copy(history, history + (<usize>from << 2), <usize>(written - from) << 2);
    written -= from;
    start -= from;
    mirrored = start;
  }
  return history + (<usize>written << 2);
}

/** Frames in the history, the newest last. */
export function historyLength(): i32 {
  return written;
}

/** Takes over `frames` frames that lie in the history's free part. Returns how many samples are in the output. */
export function advance(frames: i32): i32 {
  written += frames;
  if (kernel == SAME) return convert();
  if (kernel == WHOLE) reflect();
  return resample();
}

/** Brings the mirror up to date; writes up to 3 frames more. */
function reflect(): void {
  const end = history + (<usize>written << 2);
  let from = history + (<usize>mirrored << 2);
  let to = mirror - (<usize>mirrored << 2) - 16;
  for (; from < end; from += 16) {
    v128.store(to, reversed(v128.load(from)));
    to -= 16;
  }
  mirrored = written;
}

function convert(): i32 {
  const count = written - start;
  let from = history + (<usize>start << 2);
  const scale = f32x4.splat(32768);
  for (let i = 0; i < count; i += 8) {
    store8(output + (i << 1), f32x4.mul(v128.load(from), scale), f32x4.mul(v128.load(from, 16), scale), index + i);
    from += 32;
  }
  start = written;
  index += count;
  return count;
}

function resample(): i32 {
  let to = output, at = start, rest = phase, coefficients = group;
  while (at + span <= written) {
    const x = history + (<usize>at << 2);
    if (kernel == WHOLE) whole(x, mirror - (<usize>(at + span) << 2), bank, window, to, index);
    else if (kernel == FRACTIONAL) fractional(x, bank + coefficients, window, to, index);
    else interpolate(x, rest, to);
    to += 16;
    index += 8;
    coefficients += groupBytes;
    if (coefficients == bankBytes) coefficients = 0;
    at += stepWhole;
    rest += stepRest;
    if (rest >= L) {
      rest -= L;
      at++;
    }
  }
  start = at;
  phase = rest;
  group = coefficients;
  return <i32>(to - output) >> 1;
}

function interpolate(x: usize, rest: i32, to: usize): void {
  let first = f32x4.splat(0);
  let second = first;
  for (let i = 0; i < 8; i++) {
    const position = <i64>rest * ROWS;
    const row = <i32>(position / L);
    const y = interpolated(
      x, bank + ((<usize>(row * window)) << 2), window, <f32>(<f64>(position - <i64>row * L) / <f64>L),
    );
    first = v128.shuffle<f32>(first, second, 1, 2, 3, 4);
    second = f32x4.replace_lane(v128.shuffle<f32>(second, second, 1, 2, 3, 3), 3, y);
    rest += M;
    x += (<usize>(rest / L)) << 2;
    rest %= L;
  }
  store8(to, first, second, index);
}
