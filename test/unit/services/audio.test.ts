import { expect, test } from "vitest";
import { VirtualClock } from "../../../src/flow/virtual-clock.js";
import { cut, deliver } from "../../support/services/delivery.js";
import { decode, type Encoding, encode, fromBase64 } from "../../support/services/encoding.js";
import { firstDifference } from "../../support/services/first-difference.js";
import { decodeAlaw, decodeMulaw } from "../../support/services/g711.js";
import { Heard } from "../../support/services/heard.js";
import { Secrets } from "../../support/services/secrets.js";
import { speech } from "../../support/services/speech.js";

test("G.711 has the values of the Recommendation's tables", () => {
  // Tables 1a and 2a: the ends of the range and the smallest steps, times 8 and times 4.
  expect([0x80, 0x00, 0xff, 0xfe, 0x8f, 0xf0].map(decodeMulaw)).toEqual([32_124, -32_124, 0, 8, 16_764, 120]);
  expect([0xaa, 0x2a, 0xd5, 0x55, 0xd4, 0xc5].map(decodeAlaw)).toEqual([32_256, -32_256, 8, -8, 24, 264]);
});

test.each(["s16le", "f32le", "mulaw", "alaw"] as const)("%s survives a second coding", (encoding: Encoding) => {
  const samples = Int16Array.of(0, 1, -1, 1000, -1000, 32_767, -32_768);
  const once = decode(encode(samples, encoding), encoding);
  expect(decode(encode(once, encoding), encoding)).toEqual(once);
  if (encoding === "s16le" || encoding === "f32le") expect(once).toEqual(samples);
});

test("generated speech is the same for a seed, differs between seeds, and never repeats 20 ms of itself", () => {
  const samples = speech(7, 2, 24_000);
  expect(firstDifference(speech(7, 2, 24_000), samples)).toBe(-1);
  expect(firstDifference(speech(8, 2, 24_000), samples)).toBe(0);
  const windows = Array.from({ length: 100 }, (_, k) => samples.subarray(k * 480, (k + 1) * 480).join());
  expect(new Set(windows).size).toBe(100);
  const level = 20 * Math.log10(Math.sqrt(samples.reduce((sum, x) => sum + (x / 32_768) ** 2, 0) / samples.length));
  expect(level).toBeGreaterThan(-22);
  expect(level).toBeLessThan(-12);
});

test("speech starts after three loud windows and stops after the silence, wherever the bytes are cut", () => {
  const samples = new Int16Array(48_000);
  samples.set(speech(2, 1, 24_000), 12_000);
  const bytes = encode(samples, "s16le");
  const heard = new Heard(24_000, "s16le", 0.3);
  const noticed = [];
  for (let at = 0; at < bytes.length; at += 997) noticed.push(...heard.add(bytes.subarray(at, at + 997)));
  expect(firstDifference(heard.samples, samples)).toBe(-1);
  expect(noticed.map(({ type }) => type)).toEqual(["started", "stopped"]);
  expect(noticed[0].atSeconds).toBeCloseTo(0.56, 1);
  expect(noticed[1].atSeconds).toBeCloseTo(1.8, 1);
});

test("a delivery keeps its pace, its stalls and its break", async () => {
  const clock = new VirtualClock();
  const bytes = Buffer.alloc(48_000);
  const delivery = {
    pieceSeconds: 0.25,
    speed: 2,
    stalls: [{ afterSeconds: 0.5, seconds: 3 }],
    dropAfterSeconds: 0.75,
  };
  const times: number[] = [];
  const { signal } = new AbortController();
  const ending = deliver(clock, cut(bytes, 48_000, 2, delivery), 48_000, delivery, signal, () =>
    times.push(clock.now()),
  );
  await clock.advance(10);
  expect(await ending).toBe("dropped");
  expect(times).toEqual([0, 0.125, 3.25]);
  const odd = cut(Buffer.alloc(1000), 48_000, 2, { pieceSeconds: 0.002, oddCuts: true });
  expect(odd.map(({ bytes }) => bytes.length).slice(0, 3)).toEqual([97, 97, 97]);
  expect(odd.reduce((sum, piece) => sum + piece.bytes.length, 0)).toBe(1000);
});

test("secrets expire and are used up", async () => {
  const clock = new VirtualClock();
  const secrets = new Secrets(clock, "t_");
  const once = secrets.make({ uses: 1, expiresIn: 60 });
  expect([secrets.use(once), secrets.use(once), secrets.use(""), secrets.use("t_x")]).toEqual([
    undefined,
    "used",
    "missing",
    "unknown",
  ]);
  const short = secrets.make({ expiresIn: 60 });
  await clock.advance(60);
  expect(secrets.use(short)).toBe("expired");
});

test("base64 is strict", () => {
  expect(fromBase64("AAE=")).toEqual(Buffer.of(0, 1));
  for (const text of ["AAE", "AA E", "AAE-", "====", "A==="]) expect(fromBase64(text)).toBeUndefined();
});
