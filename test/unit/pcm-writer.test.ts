import { expect, test } from "vitest";
import { systemClock } from "../../src/flow/clock.js";
import { pcmWriter } from "../../src/source/pcm-writer.js";
import { AudioPayload } from "../../src/turn/audio-payload.js";
import { openSource, readAll, readSource } from "../support/open-source.js";
import { noisePcm } from "../support/pcm-source.js";
import { pseudoRandom } from "../support/pseudo-random.js";

const format = { encoding: "s16le", sampleRate: 24_000 } as const;

test("what is written in odd pieces, before and after the opening, arrives bit-exactly", async () => {
  const sent = noisePcm(30_000, 7);
  const bytes = new Uint8Array(sent.buffer);
  const writer = pcmWriter(format);
  const random = pseudoRandom(8);
  let at = 0;
  const writeSome = (until: number): void => {
    while (at < until) {
      const length = Math.min(until - at, 1 + Math.floor(random() * 3000));
      void writer.write(bytes.subarray(at, at + length));
      at += length;
    }
  };
  writeSome(9001);
  const { reader } = await openSource(writer);
  writeSome(bytes.length);
  writer.end();
  const { samples, error } = await readAll(reader);
  expect(error).toBeUndefined();
  expect(samples).toEqual([...sent]);
});

test("the caller may overwrite its buffer after write()", async () => {
  const writer = pcmWriter(format);
  const buffer = Int16Array.of(1, 2, 3);
  void writer.write(buffer);
  buffer.fill(9);
  writer.end();
  expect((await readSource(writer)).samples).toEqual([1, 2, 3]);
});

test("write() waits while a second is buffered, and goes on as the turn reads", async () => {
  const writer = pcmWriter(format);
  const second = new Int16Array(24_000);
  let taken = 0;
  const writing = (async () => {
    for (; taken < 5; taken++) await writer.write(second);
    writer.end();
  })();
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(taken).toBe(0);
  expect((await readSource(writer)).samples.length).toBe(5 * 24_000);
  await writing;
  expect(taken).toBe(5);
});

test("end() does not deny a write that waits: what it gave is heard", async () => {
  const writer = pcmWriter(format);
  const written = writer.write(noisePcm(60_000, 3));
  writer.end();
  await expect(written).resolves.toBeUndefined();
  expect((await readSource(writer)).samples).toEqual([...noisePcm(60_000, 3)]);
});

test("an interrupted turn rejects writes that wait and those that come, with AbortError", async () => {
  const writer = pcmWriter(format);
  void writer.write(noisePcm(60_000, 4));
  const waiting = writer.write(noisePcm(60_000, 4));
  const { reader, drop } = await openSource(writer);
  await reader.read();
  drop();
  await readAll(reader);
  const over = expect.objectContaining({ name: "AbortError" });
  await expect(waiting).rejects.toEqual(over);
  await expect(writer.write(new Int16Array(3))).rejects.toEqual(over);
});

test("the end of the turn delivers everything that was written", async () => {
  const writer = pcmWriter(format);
  void writer.write(noisePcm(50_000, 5));
  const { reader, end } = await openSource(writer);
  end();
  expect((await readAll(reader)).samples).toEqual([...noisePcm(50_000, 5)]);
  await expect(writer.write(new Int16Array(3))).rejects.toThrow("over");
});

test("a turn that never opened it and is over rejects the writes that wait", async () => {
  const writer = pcmWriter(format);
  void writer.write(noisePcm(60_000, 6));
  const waiting = writer.write(noisePcm(60_000, 6));
  const around = { clock: systemClock, sampleRate: 24_000, audio: undefined, short: false, warn: () => undefined };
  new AudioPayload(writer, around).cancel();
  await expect(waiting).rejects.toMatchObject({ name: "AbortError" });
  // One that reads it is not disturbed by another that never did.
  const read = pcmWriter(format);
  void read.write(noisePcm(500, 6));
  const { reader } = await openSource(read);
  new AudioPayload(read, around).cancel();
  read.end();
  expect((await readAll(reader)).samples).toEqual([...noisePcm(500, 6)]);
});

test("misuse throws at the call; a second turn is source-used", async () => {
  expect(() => pcmWriter({ encoding: "s16le", sampleRate: 0 })).toThrow(RangeError);
  const writer = pcmWriter(format);
  expect(() => writer.write("AAAA" as never)).toThrow(TypeError);
  writer.end();
  writer.end();
  expect((await readSource(writer)).samples).toEqual([]);
  await expect(openSource(writer)).rejects.toMatchObject({ code: "source-used" });
});
