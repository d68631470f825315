// Floats at a scale of 32768 to s16: round to nearest, saturate, NaN to 0; optionally with TPDF dither.

/** Whether noise is added before rounding. */
let dither: bool = false;

export function setDither(on: bool): void {
  dither = on;
}

/**
 * Four samples of triangular noise, in (-1, 1) LSB. The noise is a hash (the finalizer of MurmurHash3) of the sample's
 * index, so that it does not depend on how the input was cut into blocks.
 */
function noise(index: i32): v128 {
  let x = i32x4.add(i32x4.splat(index), i32x4(0, 1, 2, 3));
  x = i32x4.mul(x, i32x4.splat(0x9e3779b9));
  x = v128.xor(x, i32x4.shr_u(x, 16));
  x = i32x4.mul(x, i32x4.splat(0x85ebca6b));
  x = v128.xor(x, i32x4.shr_u(x, 13));
  x = i32x4.mul(x, i32x4.splat(0xc2b2ae35));
  x = v128.xor(x, i32x4.shr_u(x, 16));
  const difference = i32x4.sub(i32x4.shr_u(x, 16), v128.and(x, i32x4.splat(0xffff)));
  return f32x4.mul(f32x4.convert_i32x4_s(difference), f32x4.splat(1.0 / 65536));
}

/** Stores 8 samples at `to`; `index` is that of the first in the stream, for the dither. */
// @ts-ignore: decorator
@inline
export function store8(to: usize, first: v128, second: v128, index: i32): void {
  if (dither) {
    first = f32x4.add(first, noise(index));
    second = f32x4.add(second, noise(index + 4));
  }
  // trunc_sat gives 0 for NaN and saturates, and narrow saturates to s16: no value can wrap around.
  v128.store(
    to,
    i16x8.narrow_i32x4_s(
      i32x4.trunc_sat_f32x4_s(f32x4.nearest(first)),
      i32x4.trunc_sat_f32x4_s(f32x4.nearest(second)),
    ),
  );
}
