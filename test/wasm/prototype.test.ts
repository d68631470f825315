import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { designPrototype, prototypeModule } from "../../scripts/prototype.mjs";
import { HALF_LENGTH, impulseResponse } from "../../src/encoder/prototype.js";
import { TABLE } from "../../src/encoder/prototype-table.js";

test("the table is what the design gives", () => {
  const table = designPrototype();
  // Engines differ in the last bit of sines and cosines: the smallest unit may, too.
  expect(table).toHaveLength(TABLE.length);
  expect(Math.max(...table.map((value, i) => Math.abs(value - TABLE[i])))).toBeLessThanOrEqual(1);
  expect(readFileSync("src/encoder/prototype-table.ts", "utf8")).toBe(prototypeModule(TABLE));
});

/** The right half of the impulse response, 16 points per sample: far beyond the frequencies that it contains. */
const response = Array.from({ length: 16 * HALF_LENGTH }, (_, i) => impulseResponse(i / 16) / (i === 0 ? 16 : 8));

/** Gain in dB at `frequency` cycles per sample of the lower rate, from the impulse response alone. */
const gain = (frequency: number): number =>
  20 * Math.log10(Math.abs(response.reduce((sum, h, i) => sum + h * Math.cos((2 * Math.PI * frequency * i) / 16), 0)));

test("the response keeps what the design promises", () => {
  let [lowest, highest, stop] = [0, 0, Number.NEGATIVE_INFINITY];
  for (let f = 0; f <= 0.46; f += 0.0005) {
    lowest = Math.min(lowest, gain(f));
    highest = Math.max(highest, gain(f));
  }
  for (let f = 0.5; f <= 2; f += f < 0.6 ? 0.0005 : 0.01) stop = Math.max(stop, gain(f));
  // At 4:3 each tone from Nyquist on comes in twice, at full level: as itself and as its image.
  let twice = 0;
  for (let f = 0.5; f <= 2 / 3; f += 0.0005)
    twice = Math.max(twice, 10 ** (gain(f) / 20) + 10 ** (gain(4 / 3 - f) / 20));
  console.log(
    `to 0.92 of Nyquist: ${lowest.toFixed(4)} to ${highest.toFixed(4)} dB; from Nyquist on: ${stop.toFixed(2)} dB, ` +
      `with its image at 4:3 ${(20 * Math.log10(twice)).toFixed(2)} dB`,
  );
  expect(highest).toBeLessThan(0.049);
  expect(lowest).toBeGreaterThan(-0.049);
  expect(gain(0.4601)).toBeGreaterThan(-0.1);
  // -1 dBFS must stay below half an LSB, which is -95.3 dB.
  expect(stop).toBeLessThan(-96.4);
  expect(20 * Math.log10(twice)).toBeLessThan(-95.6);
});
