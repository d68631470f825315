import { expect, test } from "vitest";
import { base64ByTable, base64Length, base64Pcm, pcmBytes } from "../../../src/tavus/base64.js";
import { noisePcm } from "../../support/pcm-source.js";

test("base64 by table is Node's, for every length around the seams and a large one", () => {
  for (const length of [...Array(70).keys(), 2892, 48_971, 1_000_003]) {
    const bytes = new Uint8Array(noisePcm(Math.ceil(length / 2), length + 1).buffer).subarray(0, length);
    const text = base64ByTable(bytes);
    expect(text === Buffer.from(bytes).toString("base64")).toBe(true);
    expect(text.length).toBe(base64Length(length));
  }
});

test("samples are little-endian in the message, from a view in the middle of a buffer too", () => {
  const samples = noisePcm(1000).subarray(3, 900);
  const decoded = Buffer.from(base64Pcm(samples), "base64");
  expect(decoded.length).toBe(samples.length * 2);
  samples.forEach((sample, n) => {
    expect(decoded.readInt16LE(2 * n)).toBe(sample);
  });
});

test("memory that cannot be viewed as bytes of an ArrayBuffer is copied, in the right order", () => {
  const shared = new Int16Array(new SharedArrayBuffer(8));
  shared.set([1, -2, 0x1234, -0x1234]);
  expect([...pcmBytes(shared)]).toEqual([1, 0, 0xfe, 0xff, 0x34, 0x12, 0xcc, 0xed]);
});

test("the engine's own encoder is used where there is one", () => {
  const prototype = Uint8Array.prototype as { toBase64?: () => string };
  const before = prototype.toBase64;
  try {
    prototype.toBase64 = function (this: Uint8Array) {
      return `native ${this.length}`;
    };
    expect(base64Pcm(new Int16Array(5))).toBe("native 10");
  } finally {
    if (before) prototype.toBase64 = before;
    else delete prototype.toBase64;
  }
});
