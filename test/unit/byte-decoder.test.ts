import { expect, test } from "vitest";
import { type Block, ByteDecoder } from "../../src/decode/byte-decoder.js";
import type { Warning } from "../../src/warning.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { bytesPerSample, meaning, type WavEncoding, type WavLayout, writeWav } from "../support/wav-writer.js";

const encodings: WavEncoding[] = ["u8", "s16le", "s24le", "s32le", "f32le", "f64le", "mulaw", "alaw"];
const raw = ["s16le", "f32le", "mulaw", "alaw"] as const;
const lengths = ["exact", "zero", "ffffffff", "7ffff000", "rf64"] as const;

const noFile = () => Promise.reject(new Error("taken for a compressed file"));

async function decode(
  pieces: Iterable<Uint8Array>,
  format?: { encoding: (typeof raw)[number]; sampleRate: number; channels: number },
) {
  const warnings: Warning[] = [];
  const decoder = new ByteDecoder({ format, compressed: false, decodeFile: noFile, warn: (w) => warnings.push(w) });
  const blocks: Block[] = [];
  for (const piece of pieces) for await (const block of decoder.push(piece)) blocks.push(block);
  for await (const block of decoder.end()) blocks.push(block);
  const planes: number[][] = [];
  for (const block of blocks)
    for (const [channel, plane] of ("pcm" in block
      ? [Float32Array.from(block.pcm, (s) => s / 32_768)]
      : block.planes
    ).entries()) {
      planes[channel] ??= [];
      for (const sample of plane) planes[channel].push(sample);
    }
  return { planes, warnings, rates: [...new Set(blocks.map(({ sampleRate }) => sampleRate))] };
}

/** Cuts at random places, empty pieces included; every piece is a copy at a random offset of its own buffer. */
function* cut(bytes: Uint8Array, random: () => number): Generator<Uint8Array> {
  const most = [3, 17, 300, 5000][Math.floor(random() * 4)];
  for (let at = 0; at < bytes.length; ) {
    const length = Math.min(bytes.length - at, Math.floor(random() * (most + 1)));
    const offset = Math.floor(random() * 5);
    const buffer = new Uint8Array(offset + length + 3).fill(0xee);
    buffer.set(bytes.subarray(at, at + length), offset);
    yield buffer.subarray(offset, offset + length);
    at += length;
  }
}

function content(encoding: WavEncoding, frames: number, channels: number, random: () => number) {
  const size = bytesPerSample(encoding);
  const data = new Uint8Array(frames * channels * size).map(() => Math.floor(random() * 256));
  const view = new DataView(data.buffer);
  // Random bits make few sensible floats: those are written as numbers.
  for (let at = 0; encoding.startsWith("f") && at < data.length; at += size)
    if (size === 4) view.setFloat32(at, random() * 2 - 1, true);
    else view.setFloat64(at, random() * 2 - 1, true);
  const planes = Array.from({ length: channels }, (_, channel) =>
    Array.from({ length: frames }, (_, frame) =>
      // A negative zero counts as zero.
      Math.fround(meaning(encoding, view, (frame * channels + channel) * size) + 0),
    ),
  );
  return { data, planes };
}

test("2,000 random cuts of every form of WAV and of headerless PCM decode to the same samples", async () => {
  const seed = 20_261_120;
  const random = pseudoRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)] as T;
  const seen = new Set<string>();
  for (let run = 0; run < 2000; run++) {
    const frames = 1 + Math.floor(random() * 900);
    const channels = pick([1, 1, 2, 2, 6]);
    const sampleRate = pick([8000, 16_000, 22_050, 24_000, 44_100, 48_000]);
    const headerless = run % 4 === 0;
    const encoding = headerless ? raw[(run / 4) % 4] : pick(encodings);
    const { data, planes } = content(encoding, frames, channels, random);
    const layout: WavLayout = {
      encoding,
      sampleRate,
      channels,
      extensible: random() < 0.5,
      length: pick(lengths),
      extraChunks: random() < 0.5,
    };
    const bytes = headerless ? data : writeWav(data, layout);
    const name = `seed ${seed}, run ${run}: ${headerless ? "headerless " : ""}${JSON.stringify(layout)}`;
    seen.add(
      headerless ? `raw ${encoding}` : `${encoding} ${layout.length} ${layout.extensible} ${layout.extraChunks}`,
    );
    const got = await decode(
      cut(bytes, random),
      headerless ? { encoding: encoding as "s16le", sampleRate, channels } : undefined,
    );
    expect(got.rates, name).toEqual([sampleRate]);
    expect(got.planes, name).toEqual(planes);
  }
  console.log(`seed ${seed}: 2000 cuts, ${seen.size} different forms`);
  // Every encoding with every length, plain and extensible, with and without chunks beside the data; and raw.
  expect(seen.size).toBe(encodings.length * lengths.length * 2 * 2 + raw.length);
}, 240_000);

test("a WAV is recognised although a headerless format was declared", async () => {
  const { data, planes } = content("s16le", 100, 1, pseudoRandom(1));
  const wav = writeWav(data, { encoding: "s16le", sampleRate: 16_000, channels: 1 });
  const got = await decode([wav], { encoding: "f32le", sampleRate: 24_000, channels: 2 });
  expect(got).toEqual({ planes, rates: [16_000], warnings: [] });
});

test("several WAVs in one stream, each in a form of its own, decode one after the other wherever they are cut", async () => {
  const seed = 20_261_125;
  const random = pseudoRandom(seed);
  for (let run = 0; run < 300; run++) {
    const parts = encodings.map((encoding) => {
      const { data, planes } = content(encoding, 1 + Math.floor(random() * 50), 1, random);
      const wav = writeWav(data, { encoding, sampleRate: 24_000, channels: 1 });
      // Not all writers pad an odd number of bytes.
      const end = wav.length - (random() < 0.5 ? data.length % 2 : 0);
      return { bytes: [...wav.subarray(0, end)], plane: planes[0] ?? [] };
    });
    const got = await decode(cut(Uint8Array.from(parts.flatMap(({ bytes }) => bytes)), random));
    expect(got, `seed ${seed}, run ${run}`).toEqual({
      planes: [parts.flatMap(({ plane }) => plane)],
      rates: [24_000],
      warnings: [],
    });
  }
});

test("samples beyond the length that a header told too early are heard; a chunk behind them is none", async () => {
  const { data, planes } = content("s16le", 400, 1, pseudoRandom(3));
  const whole = writeWav(data, { encoding: "s16le", sampleRate: 24_000, channels: 1 });
  const early = whole.slice();
  new DataView(early.buffer).setUint32(40, 200, true);
  const list = [...new TextEncoder().encode("LIST"), 6, 0, 0, 0, ...new TextEncoder().encode("INFO"), 1, 2];
  for (const bytes of [early, Uint8Array.from([...whole, ...list])])
    for (const size of [1, 7, 5000]) {
      const pieces = Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) =>
        bytes.subarray(n * size, (n + 1) * size),
      );
      expect(await decode(pieces)).toEqual({ planes, rates: [24_000], warnings: [] });
    }
});

test.each([
  ["no header and no format", new Uint8Array(64).fill(1), "not-audio"],
  [
    "a WAV that ends in its header",
    writeWav(new Uint8Array(4), { encoding: "s16le", sampleRate: 8000, channels: 1 }).subarray(0, 30),
    "not-audio",
  ],
  [
    "a WAV that ends before its samples",
    writeWav(new Uint8Array(4), { encoding: "s16le", sampleRate: 8000, channels: 1 }).subarray(0, 40),
    "not-audio",
  ],
  ["ADPCM", adpcm(), "not-audio"],
])("%s is an error", async (_name, bytes, code) => {
  await expect(decode([bytes])).rejects.toMatchObject({ code });
});

test("a sample that is cut off at the end is told", async () => {
  const { warnings } = await decode([new Uint8Array(1001)], { encoding: "s16le", sampleRate: 24_000, channels: 1 });
  expect(warnings.map(({ code }) => code)).toEqual(["incomplete-sample"]);
});

test("samples without a header that follow a WAV are what was declared, wherever they are cut", async () => {
  const random = pseudoRandom(6);
  const file = content("s24le", 200, 2, random);
  const raw = content("f32le", 300, 2, random);
  const wav = writeWav(file.data, { encoding: "s24le", sampleRate: 24_000, channels: 2, extraChunks: true });
  const all = Uint8Array.from([...wav, ...raw.data]);
  for (let run = 0; run < 50; run++)
    expect(await decode(cut(all, random), { encoding: "f32le", sampleRate: 48_000, channels: 2 })).toEqual({
      planes: [0, 1].map((channel) => [...(file.planes[channel] ?? []), ...(raw.planes[channel] ?? [])]),
      rates: [24_000, 48_000],
      warnings: [],
    });
});

test("a WAV's sample that is cut off is told, and does not shift the next file's", async () => {
  const { data, planes } = content("s16le", 100, 1, pseudoRandom(5));
  const whole = writeWav(data, { encoding: "s16le", sampleRate: 24_000, channels: 1 });
  const short = whole.slice(0, -1);
  new DataView(short.buffer).setUint32(40, 199, true);
  const got = await decode([Uint8Array.from([...short, ...whole])]);
  const samples = planes[0] ?? [];
  expect(got.planes).toEqual([[...samples.slice(0, 99), ...samples]]);
  expect(got.warnings.map(({ code }) => code)).toEqual(["incomplete-sample"]);
});

function adpcm(): Uint8Array {
  const bytes = writeWav(new Uint8Array(64), { encoding: "s16le", sampleRate: 8000, channels: 1 });
  new DataView(bytes.buffer).setUint16(20, 0x11, true);
  return bytes;
}
