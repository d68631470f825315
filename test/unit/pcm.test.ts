import { expect, test, vi } from "vitest";
import { planEncoder } from "../../src/encoder/plan.js";
import { loadWasm } from "../../src/encoder/wasm.js";
import { pcm } from "../../src/source/pcm.js";
import type { PcmInput, Piece } from "../../src/source/piece.js";
import { PcmEncoder } from "../../worklet/encoder.js";
import { audio, openSource, readAll, readSource } from "../support/open-source.js";
import { noisePcm } from "../support/pcm-source.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { monoWav } from "../support/wav-writer.js";

const s16 = { encoding: "s16le", sampleRate: 24_000 } as const;

const bytesOf = (samples: Int16Array | Float32Array): Uint8Array<ArrayBuffer> =>
  new Uint8Array(samples.slice().buffer as ArrayBuffer);

/** A stream that gives `bytes` cut at seeded places, odd ones included, and counts how much was asked for. */
function streamOf(bytes: Uint8Array, seed = 1, most = 1000) {
  const random = pseudoRandom(seed);
  const state = { given: 0, cancelled: undefined as unknown };
  const stream = new ReadableStream<Uint8Array>(
    {
      pull(controller) {
        if (state.given >= bytes.length) return controller.close();
        const length = Math.min(bytes.length - state.given, 1 + Math.floor(random() * most));
        controller.enqueue(bytes.slice(state.given, state.given + length));
        state.given += length;
      },
      cancel(reason) {
        state.cancelled = reason ?? "cancelled";
      },
    },
    { highWaterMark: 0 },
  );
  return { stream, state };
}

/** What the encoder alone makes of mono samples. */
async function encoded(samples: Float32Array, rate: number): Promise<number[]> {
  const encoder = new PcmEncoder(await loadWasm(audio.wasmUrl), planEncoder(rate, 24_000));
  const output: number[] = [];
  for (let at = 0; at < samples.length; at += 4096) output.push(...encoder.encode([samples.subarray(at, at + 4096)]));
  output.push(...encoder.flush());
  return output;
}

const sent = noisePcm(20_000, 1);
const view = new Uint8Array(2 + sent.byteLength + 3);
view.set(bytesOf(sent), 1);

const forms: [string, () => PcmInput][] = [
  ["an ArrayBuffer", () => bytesOf(sent).buffer],
  ["an Int16Array", () => sent],
  ["a DataView", () => new DataView(bytesOf(sent).buffer)],
  ["a view at an odd offset", () => view.subarray(1, 1 + sent.byteLength)],
  ["a Response", () => new Response(bytesOf(sent))],
  ["a promise of a Response", () => Promise.resolve(new Response(bytesOf(sent)))],
  ["a stream with odd seams", () => streamOf(bytesOf(sent), 2).stream],
  ["a function", () => () => sent],
  ["a function that gives a stream", () => () => streamOf(bytesOf(sent), 3).stream],
  [
    "an async generator of views that cut samples apart",
    () =>
      (async function* () {
        const bytes = bytesOf(sent);
        for (let at = 0; at < bytes.length; at += 777) yield bytes.slice(at, at + 777);
      })(),
  ],
  [
    "a function with one Response per sentence",
    () =>
      async function* () {
        for (let at = 0; at < sent.length; at += 5000)
          yield Promise.resolve(new Response(bytesOf(sent.slice(at, at + 5000))));
      },
  ],
  [
    "one WAV per sentence",
    () =>
      async function* () {
        for (let at = 0; at < sent.length; at += 5000) yield monoWav(sent.slice(at, at + 5000), 24_000);
      },
  ],
];

test.each(forms)("s16le at the replica's rate is passed on bit for bit: %s", async (_name, input) => {
  const { samples, error, warnings } = await readSource(pcm(input(), s16));
  expect(error).toBeUndefined();
  expect(warnings).toEqual([]);
  expect(samples).toEqual([...sent]);
});

test.each([8000, 16_000, 22_050, 44_100, 48_000])(
  "f32le at %i Hz is what the encoder makes of it",
  async (sampleRate) => {
    const random = pseudoRandom(sampleRate);
    const samples = Float32Array.from({ length: 12_345 }, () => random() - 0.5);
    const got = await readSource(pcm(streamOf(bytesOf(samples)).stream, { encoding: "f32le", sampleRate }));
    expect(got.samples).toHaveLength(Math.floor((12_345 * 24_000) / sampleRate + 0.5));
    expect(got.samples).toEqual(await encoded(samples, sampleRate));
  },
);

test.each<[string, (samples: Float32Array) => unknown]>([
  ["{ audio, sampling_rate }", (samples) => ({ audio: samples, sampling_rate: 16_000 })],
  ["{ samples, sampleRate }", (samples) => ({ samples, sampleRate: 16_000 })],
  ["kokoro's stream", (samples) => ({ text: "", phonemes: "", audio: { audio: samples, sampling_rate: 16_000 } })],
])("objects with samples bring their own rate: %s", async (_name, make) => {
  const samples = Float32Array.from({ length: 8000 }, (_, n) => Math.sin(n / 10));
  const pieces = async function* () {
    yield make(samples.slice(0, 3000)) as Piece;
    yield make(samples.slice(3000)) as Piece;
  };
  const got = await readSource(pcm(pieces));
  expect(got.error).toBeUndefined();
  expect(got.samples).toEqual(await encoded(samples, 16_000));
});

test("input is asked for only as it is wanted", async () => {
  const { stream, state } = streamOf(new Uint8Array(4_800_000), 1, 9600);
  const { reader } = await openSource(pcm(stream, s16));
  await reader.read();
  await reader.read();
  expect(state.given).toBeLessThan(40_000);
});

test("an error after some samples: they are delivered, the encoder's rest included, then source-failed with the cause", async () => {
  const cause = new TypeError("network error");
  const samples = Float32Array.from({ length: 4800 }, (_, n) => Math.sin(n / 7));
  const broken = async function* () {
    yield bytesOf(samples);
    throw cause;
  };
  const got = await readSource(pcm(broken, { encoding: "f32le", sampleRate: 48_000 }));
  expect(got.error).toMatchObject({ name: "EchoError", code: "source-failed", cause });
  expect(got.samples).toEqual(await encoded(samples, 48_000));
});

test.each<[string, () => Response, string, RegExp]>([
  [
    "a status that is not ok",
    () => new Response("quota exceeded", { status: 429 }),
    "http-status",
    /429.*quota exceeded/,
  ],
  ["JSON", () => Response.json({ detail: "voice not found" }), "not-audio", /voice not found/],
  [
    "problem+json",
    () => new Response("{}", { headers: { "content-type": "application/problem+json" } }),
    "not-audio",
    /problem/,
  ],
  [
    "text",
    () => new Response("<html>", { headers: { "content-type": "text/html; charset=utf-8" } }),
    "not-audio",
    /<html>/,
  ],
])("a Response with %s is an error and never spoken", async (_name, response, code, message) => {
  const pieces = async function* () {
    yield bytesOf(sent);
    yield response();
  };
  for (const [input, before] of [
    [response(), []],
    [pieces, [...sent]],
  ] as [PcmInput, number[]][]) {
    const got = await readSource(pcm(input, s16));
    expect(got.error).toMatchObject({ code, message: expect.stringMatching(message) });
    expect(got.samples).toEqual(before);
  }
});

test.each<[string, () => PcmInput]>([
  ["a Response", () => new Response(bytesOf(sent))],
  ["a stream", () => streamOf(bytesOf(sent)).stream],
  [
    "a generator",
    () =>
      (async function* () {
        yield sent;
      })(),
  ],
])("%s can be spoken once", async (_name, input) => {
  const source = pcm(input(), s16);
  expect((await readSource(source)).samples).toEqual([...sent]);
  await expect(readSource(source)).rejects.toMatchObject({ code: "source-used" });
});

test("a Response that was read, or a stream that is locked, is source-used", async () => {
  const response = new Response(bytesOf(sent));
  await response.arrayBuffer();
  await expect(openSource(pcm(response, s16))).rejects.toMatchObject({ code: "source-used" });
  const { stream } = streamOf(bytesOf(sent));
  stream.getReader();
  await expect(openSource(pcm(stream, s16))).rejects.toMatchObject({ code: "source-used" });
});

test("buffers and functions can be spoken again", async () => {
  for (const input of [sent, () => new Response(bytesOf(sent))]) {
    const source = pcm(input, s16);
    for (const _ of [1, 2]) expect((await readSource(source)).samples).toEqual([...sent]);
  }
});

test("turn.end() while the input waits: what was read is delivered, the input is let go", async () => {
  const state = { cancelled: 0, aborted: 0, returned: 0 };
  const waiting = {
    stream: () =>
      new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(bytesOf(sent)),
        cancel: () => void state.cancelled++,
      }),
    function: async function* (signal: AbortSignal) {
      signal.addEventListener("abort", () => state.aborted++);
      try {
        yield sent;
        await new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason)));
      } finally {
        state.returned++;
      }
    },
  };
  for (const input of [waiting.stream(), waiting.function]) {
    const { reader, end } = await openSource(pcm(input, s16));
    const all = readAll(reader);
    await new Promise((resolve) => setTimeout(resolve, 20));
    end();
    expect(await all).toEqual({ samples: [...sent], error: undefined });
  }
  await vi.waitFor(() => expect(state).toEqual({ cancelled: 1, aborted: 1, returned: 1 }));
});

test.each(["drop", "cancel"] as const)("%s lets the input go at once, read or not", async (how) => {
  for (const reads of [0, 1]) {
    const state = { aborted: 0 };
    const { stream, state: given } = streamOf(bytesOf(noisePcm(100_000, 1)));
    const source = pcm((signal: AbortSignal) => {
      signal.addEventListener("abort", () => state.aborted++);
      return stream;
    }, s16);
    const { reader, drop } = await openSource(source);
    for (let n = 0; n < reads; n++) await reader.read();
    if (how === "drop") drop();
    else await reader.cancel("enough");
    if (how === "drop") await expect(reader.read()).rejects.toMatchObject({ name: "AbortError" });
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (reads > 0)
      expect({ ...state, cancelled: given.cancelled !== undefined }).toEqual({ aborted: 1, cancelled: true });
  }
});

test("an iterator is returned when the turn fails for what it gave", async () => {
  for (const value of [Promise.reject(new Error("broken")), new Response("", { status: 500 }), "text"]) {
    let [given, returned] = [0, 0];
    const iterator = {
      next: async () => ({ done: false as const, value: given++ === 0 ? sent : value }),
      return: async () => ({ done: true as const, value: returned++ }),
    };
    const { samples, error } = await readSource(pcm({ [Symbol.asyncIterator]: () => iterator } as PcmInput, s16));
    expect(error?.name).toBe("EchoError");
    expect(samples).toEqual([...sent]);
    expect([given, returned]).toEqual([2, 1]);
  }
});

test("misuse throws at the call", () => {
  expect(() => pcm(sent, { encoding: "s24le", sampleRate: 24_000 } as never)).toThrow(TypeError);
  for (const sampleRate of [0, -1, Number.NaN, 7999, 192_001, 44_100.5, "24000" as unknown as number])
    expect(() => pcm(sent, { encoding: "s16le", sampleRate })).toThrow(RangeError);
  for (const channels of [0, 9, 1.5]) expect(() => pcm(sent, { ...s16, channels })).toThrow(RangeError);
  expect(() => pcm(sent)).toThrow(/format/);
  for (const input of ["UklGRg==", null, undefined, 7] as unknown[])
    expect(() => pcm(input as PcmInput, s16)).toThrow(TypeError);
});

test("stereo is mixed down, and an implausible format warns without failing", async () => {
  const stereo = Int16Array.from({ length: 4000 }, (_, n) => (n % 2 === 0 ? 1000 : 3000));
  const mixed = await readSource(pcm(stereo, { ...s16, channels: 2 }));
  expect(mixed.samples).toEqual(Array.from({ length: 2000 }, () => 2000));
  const floats = Float32Array.from({ length: 4000 }, (_, n) => 0.3 * Math.sin(n / 9));
  const wrong = await readSource(pcm(bytesOf(floats), s16));
  expect(wrong.error).toBeUndefined();
  expect(wrong.samples).toHaveLength(8000);
  expect(wrong.warnings.map(({ code }) => code)).toEqual(["format-implausible"]);
});
