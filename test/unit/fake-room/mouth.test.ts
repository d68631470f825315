import { expect, test } from "vitest";
import { mouthOf, restingMouth, windowFrames } from "../../../src/fake-room/media/mouth.js";
import { powerSpectrum } from "../../../src/fake-room/media/spectrum.js";
import { toPcm16, voice } from "../../../src/fake-room/replica/voice.js";

const sound = (letter: string, who: "first" | "second", gain = 1): Int16Array => {
  const [piece] = [...voice(letter.repeat(4), who)];
  // The middle of a letter, away from its fades.
  return toPcm16(piece!.samples.map((value) => gain * value)).subarray(2200, 2200 + 1024);
};

test("the spectrum of a sine of full scale is one peak of about 1 at its frequency", () => {
  const pcm = Int16Array.from({ length: 1024 }, (_, n) => Math.round(32_767 * Math.sin((2 * Math.PI * 64 * n) / 1024)));
  const power = powerSpectrum(pcm, 1024);
  expect(power.indexOf(Math.max(...power))).toBe(64);
  expect(power[64]).toBeCloseTo(1, 3);
  expect(power[128]).toBeLessThan(1e-6);
});

for (const who of ["first", "second"] as const)
  test(`vowels are told apart by their formants, in the ${who} voice`, () => {
    const mouth = Object.fromEntries([..."aeiou"].map((letter) => [letter, mouthOf(sound(letter, who), 24_000)]));
    const by = (name: "open" | "width"): string =>
      Object.entries(mouth)
        .sort(([, one], [, other]) => other[name] - one[name])
        .map(([letter]) => letter)
        .join("");
    console.log(
      `${who} voice, open/width: ${Object.entries(mouth)
        .map(([letter, { open, width }]) => `${letter} ${open.toFixed(2)}/${width.toFixed(2)}`)
        .join("  ")}`,
    );
    // Jaw: a widest, i and u nearly closed. Lips: i and e spread, o and u round.
    expect(by("open")[0]).toBe("a");
    expect(new Set(by("open").slice(3))).toEqual(new Set("iu"));
    expect(new Set(by("width").slice(0, 2))).toEqual(new Set("ei"));
    expect(mouth.u!.width).toBeLessThan(-0.2);
    expect(mouth.a!.open - mouth.i!.open).toBeGreaterThan(0.5);
  });

test("the mouth follows the spectrum, not the volume: 20 dB less changes nothing", () => {
  for (const letter of "aeiou") {
    const loud = mouthOf(sound(letter, "first"), 24_000);
    const soft = mouthOf(sound(letter, "first", 0.1), 24_000);
    expect(soft.open).toBeCloseTo(loud.open, 1);
    expect(soft.width).toBeCloseTo(loud.width, 1);
  }
});

test("s shows the teeth, m closes the lips, silence rests", () => {
  const s = mouthOf(sound("s", "first"), 24_000);
  expect(s.teeth).toBeGreaterThan(0.8);
  expect(s.open).toBeLessThan(0.2);
  // Below 0.05 the face draws closed lips.
  expect(mouthOf(sound("m", "first"), 24_000).open).toBeLessThan(0.05);
  expect(mouthOf(new Int16Array(1024), 24_000)).toEqual(restingMouth);
});

test("16 kHz looks at the same stretch of time", () => {
  expect([windowFrames(24_000), windowFrames(16_000)]).toEqual([1024, 512]);
});
