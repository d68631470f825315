import { KNOTS_PER_SAMPLE, TABLE, TABLE_SCALE } from "./prototype-table.js";

/** The B-spline's degree; the design script names the order, one more. */
const DEGREE = 9;

/**
 * The impulse response is 0 from this many samples of the lower rate on, on either side. The spline reaches 2 knots
 * further, where it holds nothing that 16 bits could show (the stopband rises by less than 0.1 dB).
 */
export const HALF_LENGTH = (TABLE.length - 1 + (DEGREE + 1) / 2 - 2) / KNOTS_PER_SAMPLE;

/**
 * The encoder's impulse response, linear-phase, at `t` samples of the lower of the two rates from its middle, in double
 * precision: the sum over j of c[|j|] B(2t - j), with B the centered cardinal B-spline of degree 9. Its integral is 1
 * within the passband's ripple.
 *
 * With it, sample k of the output is the sum over n of x[n] · s · h(s · (n - k · inputRate / outputRate)), where
 * s = min(1, outputRate / inputRate), times 32768, rounded.
 */
export function impulseResponse(t: number): number {
  if (!(Math.abs(t) < HALF_LENGTH)) return 0;
  const position = t * KNOTS_PER_SAMPLE;
  const knot = Math.floor(position);
  splineValues(position - knot);
  let value = 0;
  for (let m = 0; m <= DEGREE; m++) value += (spline[m] ?? 0) * (TABLE[Math.abs(knot + (DEGREE + 1) / 2 - m)] ?? 0);
  return value / TABLE_SCALE;
}

const spline = new Float64Array(DEGREE + 1);

/**
 * Fills `spline` with the values of the B-spline on [0, 10] at `fraction` + 0 … 9, by the recurrence of C. de Boor, "On
 * calculating with B-splines", J. Approx. Theory 6 (1972), for equidistant knots.
 */
function splineValues(fraction: number): void {
  spline.fill(0);
  spline[0] = 1;
  for (let degree = 1; degree <= DEGREE; degree++)
    for (let m = degree; m >= 0; m--) {
      const rising = (fraction + m) * (spline[m] ?? 0);
      const falling = m === 0 ? 0 : (degree + 1 - fraction - m) * (spline[m - 1] ?? 0);
      spline[m] = (rising + falling) / degree;
    }
}
