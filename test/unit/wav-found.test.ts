import { expect, test } from "vitest";
import { audioFile } from "../../src/source/audio-file.js";
import { pcm } from "../../src/source/pcm.js";
import { pcmWriter } from "../../src/source/pcm-writer.js";
import { byteByByte, cut } from "../support/cut.js";
import { decodeBytes } from "../support/decode-bytes.js";
import { joined } from "../support/joined.js";
import { openSource, readAll, readSource } from "../support/open-source.js";
import { noisePcm } from "../support/pcm-source.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { monoWav, writeWav } from "../support/wav-writer.js";

// WAVs that begin where nobody expects one, and such as end before their length.

const s16 = { encoding: "s16le", sampleRate: 24_000, channels: 1 } as const;
const raw = (pcm: Int16Array): Uint8Array<ArrayBuffer> => new Uint8Array(pcm.slice().buffer);
const text = (value: string): Uint8Array => new TextEncoder().encode(value);
const u32 = (value: number): Uint8Array => new Uint8Array(Uint32Array.of(value).buffer);
const plane = (...parts: Int16Array[]): number[][] => [
  parts.flatMap((part) => [...part].map((sample) => sample / 32_768)),
];

/** A WAV that says `size` where the length of its samples should be. */
function sized(pcm: Int16Array, size: number, rate = 24_000): Uint8Array<ArrayBuffer> {
  const wav = monoWav(pcm, rate);
  new DataView(wav.buffer).setUint32(40, size, true);
  return wav;
}

const lengths = [0, 0xffff_ffff, 0x7fff_ffff, 0x7fff_f000, 2_000_000_000, 2 ** 30];
const parts = [noisePcm(400, 1), noisePcm(301, 2), noisePcm(200, 3)] as const;

/** Whole, byte by byte, in pieces of 4096, and three times at random. */
function everyCut(bytes: Uint8Array): [string, Iterable<Uint8Array>][] {
  const even = Array.from({ length: Math.ceil(bytes.length / 4096) }, (_, n) =>
    bytes.subarray(n * 4096, (n + 1) * 4096),
  );
  return [
    ["whole", [bytes]],
    ["byte by byte", byteByByte(bytes)],
    ["4096", even],
    ...[1, 2].map((seed): [string, Iterable<Uint8Array>] => [`seed ${seed}`, cut(bytes, pseudoRandom(seed))]),
  ];
}

async function expectParts(bytes: Uint8Array, want: number[][], name: string, format: typeof s16 | undefined = s16) {
  for (const [how, pieces] of everyCut(bytes)) {
    const got = await decodeBytes(pieces, { format });
    expect(got.planes, `${name}, ${how}`).toEqual(want);
    expect(got.warnings, `${name}, ${how}`).toEqual([]);
  }
}

test("WAVs of open length behind one another are cut at their headers, wherever those are cut", async () => {
  for (const size of lengths)
    for (const count of [2, 3]) {
      const row = parts.slice(0, count);
      await expectParts(
        joined(
          Uint8Array,
          row.map((part) => sized(part, size)),
        ),
        plane(...row),
        `${count} of length ${size}`,
      );
    }
});

test("each WAV keeps its own rate, and none that of the first", async () => {
  const rates = [24_000, 16_000, 48_000];
  for (const size of lengths) {
    const bytes = joined(
      Uint8Array,
      rates.map((rate, n) => sized(parts[n] as Int16Array, size, rate)),
    );
    for (const [how, pieces] of everyCut(bytes)) {
      const got = await decodeBytes(pieces);
      expect(got.rates, how).toEqual(rates);
      expect(got.planes, how).toEqual(plane(...parts));
    }
  }
});

test("samples without a header, then WAVs; two headers in front, whatever the first one says", async () => {
  await expectParts(
    joined(Uint8Array, [raw(parts[0]), monoWav(parts[1], 24_000)]),
    plane(parts[0], parts[1]),
    "raw, then WAV",
  );
  const inner = monoWav(parts[0], 24_000);
  for (const size of [...lengths, inner.length, parts[0].byteLength])
    for (const rate of [24_000, 16_000]) {
      const outer = sized(new Int16Array(0), size, rate);
      await expectParts(joined(Uint8Array, [outer, inner]), plane(parts[0]), `two headers, ${size}`);
      const got = await decodeBytes([joined(Uint8Array, [outer, inner])]);
      expect(got.rates).toEqual([24_000]);
    }
});

test("a WAV that is shorter than its header says, before another: both are heard, then the turn fails", async () => {
  const bytes = joined(Uint8Array, [sized(parts[0], 800 + 24_000), monoWav(parts[1], 24_000)]);
  const { samples, error } = await readSource(pcm(bytes));
  expect(samples).toEqual([...parts[0], ...parts[1]]);
  expect(error).toMatchObject({ code: "source-failed", message: expect.stringContaining("0.50 s") });
});

test("samples that spell a header stay samples", async () => {
  const spellings: Record<string, Uint8Array> = {
    RIFF: text("RIFF"),
    "RIFF and WAVE": joined(Uint8Array, [text("RIFF"), u32(5000), text("WAVE")]),
    "a format of no channels": header({ channels: 0 }),
    "a format whose numbers disagree": header({ blockAlign: 7 }),
    "a format that nobody knows": header({ tag: 0x1234 }),
    "an impossible rate": header({ rate: 3 }),
    "a length that is too short for itself": header({ riff: 8 }),
    "data in front of the format": joined(Uint8Array, [
      text("RIFF"),
      u32(99),
      text("WAVEdata"),
      u32(8),
      new Uint8Array(40),
    ]),
    OggS: joined(Uint8Array, [text("OggS"), new Uint8Array([0, 2]), new Uint8Array(40)]),
    fLaC: joined(Uint8Array, [text("fLaC"), new Uint8Array(40).fill(9)]),
    ftyp: joined(Uint8Array, [new Uint8Array([0, 0, 0, 3]), text("ftypM4A "), new Uint8Array(40)]),
    ID3: joined(Uint8Array, [text("ID3"), new Uint8Array([4, 0, 0, 0, 0, 0, 20]), new Uint8Array(400).fill(7)]),
    EBML: joined(Uint8Array, [new Uint8Array([0x1a, 0x45, 0xdf, 0xa3]), new Uint8Array(80).fill(3)]),
    "MPEG frames": new Uint8Array(800).fill(0xff),
  };
  for (const [name, spelt] of Object.entries(spellings))
    for (const at of [0, 600]) {
      const bytes = joined(Uint8Array, [
        raw(parts[0]).subarray(0, at),
        spelt,
        new Uint8Array(spelt.length % 2),
        raw(parts[1]),
      ]);
      await expectParts(bytes, plane(new Int16Array(bytes.buffer)), `${name} at ${at}`);
      const wav = sized(new Int16Array(bytes.buffer), 0xffff_ffff);
      if (at > 0) await expectParts(wav, plane(new Int16Array(bytes.buffer)), `${name} at ${at} of a WAV`);
    }
});

test("what stands behind samples of open length and is none is not heard: chunks, and the lengths that some append", async () => {
  const [samples] = parts;
  const list = joined(Uint8Array, [text("LIST"), u32(26), text("INFOISFT"), u32(14), text("Lavf60.16.100\0")]);
  const c2pa = joined(Uint8Array, [
    text("C2PA"),
    u32(801),
    new Uint8Array(801).map((_, n) => n * 7),
    new Uint8Array(1),
  ]);
  const both = joined(Uint8Array, [u32(samples.byteLength + 36), u32(samples.byteLength)]);
  for (const [name, tail] of Object.entries({ list, c2pa, chunks: joined(Uint8Array, [list, c2pa]), lengths: both })) {
    const wav = joined(Uint8Array, [sized(samples, 0xffff_ffff), tail]);
    await expectParts(wav, plane(samples), name);
    // Another file may follow.
    if (name !== "lengths")
      await expectParts(joined(Uint8Array, [wav, sized(parts[1], 0)]), plane(samples, parts[1]), `${name}, then a WAV`);
  }
  // The same names among the samples are samples.
  const spelt = joined(Uint8Array, [raw(samples), list, raw(parts[1])]);
  await expectParts(
    sized(new Int16Array(spelt.slice().buffer), 0),
    plane(new Int16Array(spelt.slice().buffer)),
    "within",
  );
});

test("a WAV shorter than its header by more than 1 % and 0.1 s fails the turn, after what came; how much is missing is said", async () => {
  const second = noisePcm(24_000, 4);
  const wav = monoWav(second, 24_000);
  const ways = (bytes: Uint8Array<ArrayBuffer>) => ({
    bytes: () => pcm(bytes),
    response: () => pcm(new Response(bytes, { headers: { "content-type": "audio/wav" } })),
    iterable: () =>
      pcm(async function* () {
        for (const piece of cut(bytes, pseudoRandom(5))) yield piece;
      }),
    file: () => audioFile(bytes.buffer),
    writer: () => {
      const writer = pcmWriter(s16);
      void writer.write(bytes);
      writer.end();
      return writer;
    },
  });
  for (const [missing, says] of [
    [12_000, "0.50 s"],
    [2500, "0.10 s"],
    [2300, undefined],
    [1, undefined],
  ] as const) {
    const bytes = wav.slice(0, wav.length - 2 * missing);
    for (const [way, make] of Object.entries(ways(bytes))) {
      const { samples, error } = await readSource(make());
      expect(samples.length, way).toBe(24_000 - missing);
      if (says) expect(error, way).toMatchObject({ code: "source-failed", message: expect.stringContaining(says) });
      else expect(error, `${way}, ${missing}`).toBeUndefined();
    }
  }
  // Of a minute, 0.3 s are within the 1 % by which writers err.
  const minute = monoWav(new Int16Array(60 * 24_000).fill(5), 24_000);
  expect((await readSource(pcm(minute.slice(0, -2 * 7200)))).error).toBeUndefined();
  // What is no length is never too long.
  for (const size of lengths) expect((await readSource(pcm(sized(second, size)))).error).toBeUndefined();
});

test("a turn that is asked to end has not been cut short", async () => {
  const wav = monoWav(noisePcm(240_000, 6), 24_000);
  const half = async function* () {
    yield wav.slice(0, 240_044);
    await new Promise(() => undefined);
  };
  const { reader, end } = await openSource(pcm(half));
  setTimeout(end, 20);
  const { samples, error } = await readAll(reader);
  expect(error).toBeUndefined();
  expect(samples).toHaveLength(120_000);
});

/** A header with one number that is wrong. */
function header({ tag = 1, channels = 1, rate = 24_000, blockAlign = 2, riff = 0xffff_ffff }): Uint8Array {
  const wav = writeWav(new Uint8Array(8), { encoding: "s16le", sampleRate: rate, channels: 1 });
  const view = new DataView(wav.buffer);
  view.setUint32(4, riff, true);
  view.setUint16(20, tag, true);
  view.setUint16(22, channels, true);
  view.setUint16(32, blockAlign, true);
  return wav;
}
