import { expect, test } from "vitest";
import { pseudoRandom } from "../support/pseudo-random.js";
import { encode, exact, expectedLength, ratePairs } from "./encode.js";

/** Beside the measured pairs: interpolated phases, many phases, and the widest ratios. */
const others: [number, number][] = [
  [44_101, 24_000],
  [24_000, 23_999],
  [48_000, 44_100],
  [11_025, 16_000],
  [8_000, 192_000],
  [192_000, 8_000],
];

test.each([...ratePairs, ...others])("%i to %i Hz: every sample is the formula's, rounded", (inputRate, outputRate) => {
  const random = pseudoRandom(inputRate + outputRate);
  const input = Float32Array.from({ length: 5000 }, () => 0.5 * (random() - random()));
  const output = encode(inputRate, outputRate, input);
  expect(output.length).toBe(expectedLength(input.length, inputRate, outputRate));
  let worst = 0;
  for (let k = 0; k < output.length; k += outputRate > 48_000 ? 23 : 1) {
    const wanted = Math.min(32_767, Math.max(-32_768, exact(inputRate, outputRate, input, k)));
    worst = Math.max(worst, Math.abs(output[k] - wanted));
  }
  console.log(`${inputRate} to ${outputRate} Hz: at most ${worst.toFixed(4)} LSB from the formula`);
  // Half an LSB of rounding, and what float32 sums may add.
  expect(worst).toBeLessThan(0.51);
});
