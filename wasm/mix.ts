// Input planes to one clean mono signal at the end of the history.
import { input, planeBytes } from "./memory";

/**
 * Limits for samples, 4 lanes each. They lie in memory, because engines make a constant anew wherever it is used, and the
 * loops below would spend half their time on that.
 * - 2^-60 (-361 dBFS): below is silence. Denormals would cost some engines a hundred cycles each.
 * - 64 (+36 dBFS): the loudest let into the filter. An infinity must not become NaN in a sum of products.
 */
const LIMITS = memory.data<f32>([8.67361738e-19, 64], 16);

/** NaN and denormals become 0, what is beyond all measure is limited. Ordinary samples pass unchanged. */
// @ts-ignore: decorator
@inline
function clean(x: v128, tiny: v128, loudest: v128): v128 {
  const size = f32x4.abs(x);
  // NaN fails the comparison, so one mask serves both.
  return v128.and(f32x4.pmax(f32x4.pmin(x, loudest), f32x4.neg(loudest)), f32x4.ge(size, tiny));
}

/**
 * Down-mixes `frames` frames into `to` by the speaker rules of Web Audio (section "Up-mixing and down-mixing" of the
 * specification): mono, stereo, quad (L R SL SR) and 5.1 (L R C LFE SL SR). Other counts have no speaker layout; for
 * them the specification falls back to "discrete", which keeps the first channel.
 * Writes up to 3 floats beyond the last frame.
 */
export function mix(channels: i32, frames: i32, to: usize): void {
  const a = input;
  const b = a + planeBytes;
  const c = b + planeBytes;
  const end = <usize>frames << 2;
  const tiny = v128.load32_splat(LIMITS);
  const loudest = v128.load32_splat(LIMITS, 4);
  if (channels == 2) {
    const half = f32x4.splat(0.5);
    for (let i: usize = 0; i < end; i += 16) {
      const sum = f32x4.add(clean(v128.load(a + i), tiny, loudest), clean(v128.load(b + i), tiny, loudest));
      v128.store(to + i, f32x4.mul(half, sum));
    }
  } else if (channels == 4) {
    const d = c + planeBytes;
    const quarter = f32x4.splat(0.25);
    for (let i: usize = 0; i < end; i += 16) {
      const front = f32x4.add(clean(v128.load(a + i), tiny, loudest), clean(v128.load(b + i), tiny, loudest));
      const back = f32x4.add(clean(v128.load(c + i), tiny, loudest), clean(v128.load(d + i), tiny, loudest));
      v128.store(to + i, f32x4.mul(quarter, f32x4.add(front, back)));
    }
  } else if (channels == 6) {
    const left = c + 2 * planeBytes;
    const right = left + planeBytes;
    const diagonal = f32x4.splat(0.70710678);
    const half = f32x4.splat(0.5);
    for (let i: usize = 0; i < end; i += 16) {
      const front = f32x4.mul(diagonal, f32x4.add(clean(v128.load(a + i), tiny, loudest), clean(v128.load(b + i), tiny, loudest)));
      const back = f32x4.mul(half, f32x4.add(clean(v128.load(left + i), tiny, loudest), clean(v128.load(right + i), tiny, loudest)));
      v128.store(to + i, f32x4.add(f32x4.add(front, clean(v128.load(c + i), tiny, loudest)), back));
    }
  } else {
    for (let i: usize = 0; i < end; i += 16) v128.store(to + i, clean(v128.load(a + i), tiny, loudest));
  }
}
