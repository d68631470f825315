import { expect, test } from "vitest";
import { base64Pcm, toBase64 } from "../../../src/tavus/base64.js";
import { noisePcm } from "../../support/pcm-source.js";

const prototype = Uint8Array.prototype as { toBase64?: (() => string) | undefined };

/** Runs `step` with `native` in the place of the engine's own encoder. */
function withNative(native: (() => string) | undefined, step: () => void): void {
  const before = Object.getOwnPropertyDescriptor(prototype, "toBase64");
  Object.defineProperty(prototype, "toBase64", { value: native, configurable: true });
  try {
    step();
  } finally {
    if (before) Object.defineProperty(prototype, "toBase64", before);
    else delete prototype.toBase64;
  }
}

test("where the engine has no encoder, base64 is Node's, for every length around the seams and a large one", () => {
  withNative(undefined, () => {
    for (const length of [...Array(70).keys(), 2892, 8191, 8192, 8193, 48_971, 1_000_003]) {
      const bytes = new Uint8Array(noisePcm(Math.ceil(length / 2), length + 1).buffer).subarray(0, length);
      expect(toBase64(bytes) === Buffer.from(bytes).toString("base64")).toBe(true);
    }
  });
});

test("samples are little-endian in the message, from a view in the middle of a buffer too", () => {
  const samples = noisePcm(1000).subarray(3, 900);
  const decoded = Buffer.from(base64Pcm(samples), "base64");
  expect(decoded.length).toBe(samples.length * 2);
  samples.forEach((sample, n) => {
    expect(decoded.readInt16LE(2 * n)).toBe(sample);
  });
});

test("the engine's own encoder is used where there is one", () => {
  function native(this: Uint8Array): string {
    return `native ${this.length}`;
  }
  withNative(native as () => string, () => expect(base64Pcm(new Int16Array(5))).toBe("native 10"));
});
