// The inner loops. Each makes 8 consecutive outputs from one window of input and stores them as s16. Coefficients carry
// the scale of s16 (32768). The bank's layout for each kernel is made in src/encoder/plan.ts and described there.
import { store8 } from "./pcm16";

/** The sums over the 4 lanes of each of 4 vectors, as one vector. */
// @ts-ignore: decorator
@inline
function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = f32x4.add(v128.shuffle<f32>(a, b, 0, 4, 1, 5), v128.shuffle<f32>(a, b, 2, 6, 3, 7));
  const cd = f32x4.add(v128.shuffle<f32>(c, d, 0, 4, 1, 5), v128.shuffle<f32>(c, d, 2, 6, 3, 7));
  return f32x4.add(v128.shuffle<f32>(ab, cd, 0, 1, 4, 5), v128.shuffle<f32>(ab, cd, 2, 3, 6, 7));
}

// @ts-ignore: decorator
@inline
function mac(sum: v128, x: v128, coefficients: v128): v128 {
  return f32x4.add(sum, f32x4.mul(x, coefficients));
}

/** The 4 lanes back to front. */
// @ts-ignore: decorator
@inline
export function reversed(x: v128): v128 {
  return v128.shuffle<f32>(x, x, 3, 2, 1, 0);
}

/**
 * Any ratio, exact phases: 8 coefficient vectors per vector of input. The 8 outputs have 8 phases; each one's taps are
 * shifted to where they belong in the window they share, and padded with zeros.
 */
export function fractional(x: usize, coefficients: usize, window: i32, to: usize, index: i32): void {
  const end = x + (<usize>window << 2);
  let a = f32x4.splat(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  while (x < end) {
    const v = v128.load(x);
    a = mac(a, v, v128.load(coefficients, 0));
    b = mac(b, v, v128.load(coefficients, 16));
    c = mac(c, v, v128.load(coefficients, 32));
    d = mac(d, v, v128.load(coefficients, 48));
    e = mac(e, v, v128.load(coefficients, 64));
    f = mac(f, v, v128.load(coefficients, 80));
    g = mac(g, v, v128.load(coefficients, 96));
    h = mac(h, v, v128.load(coefficients, 112));
    x += 16;
    coefficients += 128;
  }
  store8(to, sums(a, b, c, d), sums(e, f, g, h), index);
}

/**
 * Whole ratios. The window and the 8 outputs lie symmetric about one middle, as the filter about its own, so what a frame
 * before the middle is to output k, its mirror image is to output 7 - k. The sums of frame and image give the sums of the
 * outputs k and 7 - k, their differences the differences: half the multiply-adds of fractional(). `y` is where the window's
 * mirror image begins.
 */
export function whole(x: usize, y: usize, coefficients: usize, window: i32, to: usize, index: i32): void {
  const end = coefficients + (<usize>window << 5);
  let a = f32x4.splat(0), b = a, c = a, d = a, e = a, f = a, g = a, h = a;
  while (coefficients < end) {
    const frame = v128.load(x);
    const image = v128.load(y);
    const v = f32x4.add(frame, image);
    const w = f32x4.sub(frame, image);
    a = mac(a, v, v128.load(coefficients, 0));
    b = mac(b, v, v128.load(coefficients, 16));
    c = mac(c, v, v128.load(coefficients, 32));
    d = mac(d, v, v128.load(coefficients, 48));
    e = mac(e, w, v128.load(coefficients, 64));
    f = mac(f, w, v128.load(coefficients, 80));
    g = mac(g, w, v128.load(coefficients, 96));
    h = mac(h, w, v128.load(coefficients, 112));
    x += 16;
    y += 16;
    coefficients += 128;
  }
  const v = sums(a, b, c, d);
  const w = sums(e, f, g, h);
  store8(to, f32x4.add(v, w), reversed(f32x4.sub(v, w)), index);
}

/**
 * One output of a ratio with more phases than a bank can hold: the outputs of 4 neighbouring phases, weighted by the
 * cubic Lagrange polynomial through them. `rows` is the first of 4 rows of `window` floats.
 */
export function interpolated(x: usize, rows: usize, window: i32, fraction: f32): f32 {
  const row = <usize>window << 2;
  const end = x + row;
  const second = row, third = row << 1, fourth = third + row;
  let a = f32x4.splat(0), b = a, c = a, d = a;
  while (x < end) {
    const v = v128.load(x);
    a = mac(a, v, v128.load(rows));
    b = mac(b, v, v128.load(rows + second));
    c = mac(c, v, v128.load(rows + third));
    d = mac(d, v, v128.load(rows + fourth));
    x += 16;
    rows += 16;
  }
  const before = fraction + 1, after = fraction - 1, last = fraction - 2;
  const weights = f32x4.replace_lane(
    f32x4.replace_lane(
      f32x4.replace_lane(
        f32x4.splat((-1.0 / 6) * fraction * after * last),
        1,
        0.5 * before * after * last,
      ),
      2,
      -0.5 * before * fraction * last,
    ),
    3,
    (1.0 / 6) * before * fraction * after,
  );
  const y = f32x4.mul(sums(a, b, c, d), weights);
  return f32x4.extract_lane(y, 0) + f32x4.extract_lane(y, 1) + f32x4.extract_lane(y, 2) + f32x4.extract_lane(y, 3);
}
