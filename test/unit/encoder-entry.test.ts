import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { createEncoder } from "../../src/encoder/index.js";
import { loadWasm } from "../../src/encoder/wasm.js";
import { EchoError } from "../../src/errors.js";

test("the public encoder: one plane or several, flush, reset, close", async () => {
  const encoder = await createEncoder({ inputRate: 48_000, outputRate: 24_000, channels: 2 });
  const ramp = Float32Array.from({ length: 4_096 }, (_, n) => Math.sin(n / 20) / 2);
  const collect = (planes: Float32Array | Float32Array[]): number[] => [...encoder.encode(planes), ...encoder.flush()];
  const mono = collect(ramp);
  expect(mono).toHaveLength(2_048);
  expect(collect([ramp])).toEqual(mono);
  expect(collect([ramp, ramp])).toEqual(mono);
  encoder.encode(ramp.subarray(0, 1_000));
  encoder.reset();
  expect(collect(ramp)).toEqual(mono);
  expect(encoder.latencySeconds).toBeGreaterThan(0.002);
  expect(encoder.latencySeconds).toBeLessThan(0.0025);
  expect(() => encoder.encode([ramp, ramp, ramp])).toThrow(/planes must be 1 or 2 \(channels\), not 3/);
  expect(() => encoder.encode(new Float32Array(4_097))).toThrow(/0 to 4096 frames/);
  encoder.close();
  expect(() => encoder.encode(ramp)).toThrow(TypeError);
});

test("bad options are RangeErrors that name the option and its range", async () => {
  const good = { inputRate: 48_000, outputRate: 24_000 };
  await expect(createEncoder({ ...good, inputRate: 0 })).rejects.toThrow(/inputRate must be .*8000 to 192000, not 0/);
  await expect(createEncoder({ ...good, outputRate: Number.NaN })).rejects.toThrow(/outputRate .*not NaN/);
  for (const channels of [0, 9, 1.5, Number.NaN]) {
    const made = createEncoder({ ...good, channels });
    await expect(made).rejects.toThrow(/channels must be a whole number from 1 to 8/);
    await expect(made).rejects.toBeInstanceOf(RangeError);
  }
  await expect(createEncoder({ ...good, maxBlockFrames: 5_000 })).rejects.toThrow(/maxBlockFrames .*1 to 4096/);
});

test("the wasm: within its size, one load per URL, typed errors", async () => {
  const bytes = await loadWasm();
  expect(bytes.byteLength).toBeLessThanOrEqual(6_144);
  expect(await loadWasm()).toBe(bytes);
  await expect(loadWasm(new URL("../../package.json", import.meta.url))).rejects.toMatchObject({
    code: "worklet-failed",
  });
  await expect(loadWasm("http://127.0.0.1:9/encoder.wasm")).rejects.toBeInstanceOf(EchoError);
  const given = await createEncoder({
    inputRate: 48_000,
    outputRate: 16_000,
    wasm: readFileSync("build/encoder.wasm"),
  });
  expect(given.encode(new Float32Array(480)).length + given.flush().length).toBe(160);
});
