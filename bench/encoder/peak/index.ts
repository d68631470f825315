// How many f32x4 multiply-adds a loop of little but arithmetic reaches, a lower bound of the engine's peak: 8 independent
// sums, 4 factors in registers, 2 loads for 8 multiply-adds.

const VALUES = memory.data(256, 16);

function total(a: v128, b: v128, c: v128, d: v128): f32 {
  const sum = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
  return (
    f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1) + f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3)
  );
}

/** Plain SIMD: a multiplication, then an addition. 32 multiply-adds per round. */
export function mulAdd(rounds: i32): f32 {
  const p = f32x4.splat(0.1),
    q = f32x4.splat(0.2),
    r = f32x4.splat(0.3),
    s = f32x4.splat(0.4);
  let a = p,
    b = p,
    c = p,
    d = p,
    e = p,
    f = p,
    g = p,
    h = p;
  for (let n = 0; n < rounds; n++) {
    const at = VALUES + ((n & 7) << 5);
    const v = v128.load(at);
    const w = v128.load(at, 16);
    a = f32x4.add(a, f32x4.mul(v, p));
    b = f32x4.add(b, f32x4.mul(v, q));
    c = f32x4.add(c, f32x4.mul(v, r));
    d = f32x4.add(d, f32x4.mul(v, s));
    e = f32x4.add(e, f32x4.mul(w, p));
    f = f32x4.add(f, f32x4.mul(w, q));
    g = f32x4.add(g, f32x4.mul(w, r));
    h = f32x4.add(h, f32x4.mul(w, s));
  }
  return total(a, b, c, d) + total(e, f, g, h);
}

/** Relaxed SIMD, which WebKit lacks: one fused instruction. 32 multiply-adds per round. */
export function relaxedMadd(rounds: i32): f32 {
  const p = f32x4.splat(0.1),
    q = f32x4.splat(0.2),
    r = f32x4.splat(0.3),
    s = f32x4.splat(0.4);
  let a = p,
    b = p,
    c = p,
    d = p,
    e = p,
    f = p,
    g = p,
    h = p;
  for (let n = 0; n < rounds; n++) {
    const at = VALUES + ((n & 7) << 5);
    const v = v128.load(at);
    const w = v128.load(at, 16);
    a = f32x4.relaxed_madd(v, p, a);
    b = f32x4.relaxed_madd(v, q, b);
    c = f32x4.relaxed_madd(v, r, c);
    d = f32x4.relaxed_madd(v, s, d);
    e = f32x4.relaxed_madd(w, p, e);
    f = f32x4.relaxed_madd(w, q, f);
    g = f32x4.relaxed_madd(w, r, g);
    h = f32x4.relaxed_madd(w, s, h);
  }
  return total(a, b, c, d) + total(e, f, g, h);
}
