import { expect, test } from "vitest";
import { type CompressedFile, compressedFiles, id3, isContinuous } from "../support/compressed-files.js";
import { byteByByte, cut } from "../support/cut.js";
import { decodeBytes } from "../support/decode-bytes.js";
import { joined } from "../support/joined.js";
import { noisePcm } from "../support/pcm-source.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { monoWav } from "../support/wav-writer.js";

const files = compressedFiles();
const seed = 20_261_201;
const s16 = { encoding: "s16le", sampleRate: 24_000, channels: 1 } as const;

/** The bytes that the decoder should be given for files in a row. */
function expected(row: readonly CompressedFile[]): Uint8Array[] {
  const parts: Uint8Array[][] = [];
  for (const [n, file] of row.entries()) {
    const before = row[n - 1];
    const same =
      before && isContinuous(before) && streamOf(before) === streamOf(file) && !file.name.startsWith("tagged");
    if (same) parts.at(-1)?.push(file.decoded);
    else if (before && streamOf(before) === streamOf(file) && isContinuous(file)) parts.at(-1)?.push(file.bytes);
    else parts.push([file.decoded]);
  }
  return parts.map((part) => joined(Uint8Array, part));
}

const streamOf = ({ name }: CompressedFile): string => name.replace("tagged.aac", "tones-48000.aac");

function cuts(bytes: Uint8Array): [string, Iterable<Uint8Array>][] {
  return [
    ["whole", [bytes]],
    ["byte by byte", byteByByte(bytes)],
    ...[1, 2, 3].map((n): [string, Iterable<Uint8Array>] => [
      `random cuts, seed ${seed + n}`,
      cut(bytes, pseudoRandom(seed + n)),
    ]),
  ];
}

for (const file of files)
  test(`${file.name}: two and three in a row are cut where each begins, however they arrive`, async () => {
    for (const count of [1, 2, 3]) {
      const row = Array.from({ length: count }, () => file);
      for (const [name, pieces] of cuts(
        joined(
          Uint8Array,
          row.map(({ bytes }) => bytes),
        ),
      )) {
        const got = await decodeBytes(pieces);
        const want = expected(row);
        expect(
          got.files.map(({ length }) => length),
          `${count}, ${name}`,
        ).toEqual(want.map(({ length }) => length));
        expect(
          got.files.every((bytes, n) => Buffer.compare(bytes, want[n] as Uint8Array) === 0),
          `${count}, ${name}`,
        ).toBe(true);
        expect(got.warnings).toEqual([]);
      }
    }
  });

test("every container behind every other is cut where it begins", async () => {
  const random = pseudoRandom(seed);
  let pairs = 0;
  for (const first of files)
    for (const second of files) {
      const row = [first, second];
      const bytes = joined(
        Uint8Array,
        row.map(({ bytes }) => bytes),
      );
      for (const pieces of [[bytes], cut(bytes, random)]) {
        const got = await decodeBytes(pieces);
        expect(
          got.files.map(({ length }) => length),
          `${first.name}, ${second.name}`,
        ).toEqual(expected(row).map(({ length }) => length));
      }
      pairs++;
    }
  console.log(`${pairs} pairs of containers, whole and in random cuts (seed ${seed})`);
});

test("WAV and samples in front of every container, and a WAV behind it, wherever they are cut", async () => {
  const random = pseudoRandom(seed + 9);
  const before = noisePcm(700, 1);
  const after = noisePcm(300, 2);
  const raw = new Uint8Array(before.slice().buffer);
  const open = monoWav(before, 24_000).slice();
  new DataView(open.buffer).setUint32(40, 0xffff_ffff, true);
  for (const file of files.filter((one) => !isContinuous(one) || one.name.startsWith("tagged")))
    for (const front of [raw, monoWav(before, 24_000), open]) {
      const bytes = joined(Uint8Array, [front, file.bytes, monoWav(after, 24_000)]);
      for (const [name, pieces] of [
        ["whole", [bytes]],
        ["cut", cut(bytes, random)],
      ] as const) {
        const got = await decodeBytes(pieces, { format: s16 });
        expect(got.order, `${file.name}, ${name}`).toEqual([700, "file", 300]);
        expect(Buffer.compare(got.files[0] as Uint8Array, file.decoded), `${file.name}, ${name}`).toBe(0);
        expect(got.planes).toEqual([[...before, ...after].map((sample) => sample / 32_768)]);
      }
    }
});

test("a file that was cut off does not swallow the one behind it", async () => {
  const random = pseudoRandom(seed + 20);
  for (const file of files) {
    // An MP3 goes on with the next frame, whosever it is.
    if (isContinuous(file)) continue;
    for (let run = 0; run < 10; run++) {
      const at = Math.floor(file.bytes.length * (0.3 + 0.6 * random()));
      const got = await decodeBytes(cut(joined(Uint8Array, [file.bytes.subarray(0, at), file.bytes]), random));
      expect(got.files.length, `${file.name}, cut at ${at}`).toBe(2);
      expect(Buffer.compare(got.files[1] as Uint8Array, file.decoded), `${file.name}, cut at ${at}`).toBe(0);
    }
  }
});

test("two tags in front of an MP3, and frames behind a tag that is padded, are one file without them", async () => {
  const mp3 = files.find(({ name }) => name === "tones-44100.mp3") as CompressedFile;
  for (const front of [id3(20), joined(Uint8Array, [id3(5), id3(4000)])]) {
    const got = await decodeBytes(byteByByte(joined(Uint8Array, [front, mp3.bytes])));
    expect(got.files.map((bytes) => Buffer.compare(bytes, mp3.decoded))).toEqual([0]);
  }
});

test("MP3 in a WAV is handed to the browser as MP3, also between other WAVs", async () => {
  const mp3 = files.find(({ name }) => name.includes("untagged")) as CompressedFile;
  const plain = monoWav(noisePcm(500, 3), 24_000);
  const bytes = joined(Uint8Array, [plain, wavOfMp3(mp3.bytes), plain]);
  for (const [name, pieces] of cuts(bytes)) {
    const got = await decodeBytes(pieces);
    expect(got.order, name).toEqual([500, "file", 500]);
    expect(Buffer.compare(got.files[0] as Uint8Array, mp3.bytes), name).toBe(0);
  }
});

/** MPEGLAYER3WAVEFORMAT, from Microsoft's mmreg.h. */
function wavOfMp3(frames: Uint8Array): Uint8Array {
  const head = new DataView(new ArrayBuffer(58));
  const text = (at: number, value: string): void => {
    for (let n = 0; n < value.length; n++) head.setUint8(at + n, value.charCodeAt(n));
  };
  text(0, "RIFF");
  head.setUint32(4, 50 + frames.length, true);
  text(8, "WAVEfmt ");
  head.setUint32(16, 30, true);
  head.setUint16(20, 0x55, true);
  head.setUint16(22, 1, true);
  head.setUint32(24, 24_000, true);
  head.setUint32(28, 6000, true);
  head.setUint16(32, 1, true);
  head.setUint16(36, 12, true);
  text(50, "data");
  head.setUint32(54, frames.length, true);
  return joined(Uint8Array, [new Uint8Array(head.buffer), frames]);
}
