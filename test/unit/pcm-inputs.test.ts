import { expect, test, vi } from "vitest";
import { pcm } from "../../src/source/pcm.js";
import type { PcmInput } from "../../src/source/piece.js";
import { openSource, readAll, readSource } from "../support/open-source.js";
import { noisePcm } from "../support/pcm-source.js";

// What a turn asks of its input, and what it tells it: when it is called, when it is let go, and what is said of a wrong one.

const s16 = { encoding: "s16le", sampleRate: 24_000 } as const;
const sent = noisePcm(4000, 7);
const bytes = new Uint8Array(sent.slice().buffer);
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20));

const sentences = async function* () {
  yield new Response(bytes.slice(0, 3000));
  yield Promise.resolve(bytes.slice(3000));
};

test.each<[string, PcmInput]>([
  ["a promise of an async iterable", Promise.resolve(sentences())],
  ["an async function that gives an async iterable", async () => sentences()],
  ["an async function that gives a Response", async () => new Response(bytes)],
  ["an async function that gives a stream", async () => new Blob([bytes]).stream()],
  [
    "a stream of ArrayBuffers",
    new ReadableStream<ArrayBuffer>({
      start(controller) {
        controller.enqueue(bytes.slice(0, 999).buffer);
        controller.enqueue(bytes.slice(999).buffer);
        controller.close();
      },
    }) as never,
  ],
])("%s is spoken, sample for sample", async (_name, input) => {
  const { samples, error, warnings } = await readSource(pcm(input, s16));
  expect(error).toBeUndefined();
  expect(warnings).toEqual([]);
  expect(samples).toEqual([...sent]);
});

test.each<[string, unknown]>([
  ["an object of no known form", {}],
  ["an array of objects of no known form", [sent, {}]],
  ["samples that are text", { samples: "AAAA", sampleRate: 24_000 }],
  ["samples without a rate", { audio: new Float32Array(3) }],
])("%s throws at the call, and the text says what is taken", (_name, input) => {
  expect(() => pcm(input as PcmInput, s16)).toThrow(/takes bytes, a Response, a Blob, a stream/);
});

test("samples at an impossible rate throw at the call", () => {
  for (const sampleRate of [0, -1, Number.NaN, Number.POSITIVE_INFINITY])
    expect(() => pcm({ samples: new Float32Array(3), sampleRate })).toThrow(RangeError);
});

test("a stream of text fails with not-audio, which names what to give", async () => {
  const stream = new ReadableStream({ start: (controller) => controller.enqueue("AAAA") });
  const { samples, error } = await readSource(pcm(stream, s16));
  expect(error).toMatchObject({ code: "not-audio", remedy: expect.stringContaining("Uint8Array") });
  expect(samples).toEqual([]);
});

test("a Response whose body somebody reads is source-used", async () => {
  const response = new Response(bytes);
  response.body?.getReader();
  await expect(openSource(pcm(response, s16))).rejects.toMatchObject({ code: "source-used" });
});

test("a promise that fails before its turn is told in its turn, and is no unhandled rejection", async () => {
  const unhandled = vi.fn();
  process.on("unhandledRejection", unhandled);
  try {
    const source = pcm(Promise.reject(new TypeError("network error")), s16);
    await pause();
    expect((await readSource(source)).error).toMatchObject({ code: "source-failed" });
    expect(unhandled).not.toHaveBeenCalled();
  } finally {
    process.off("unhandledRejection", unhandled);
  }
});

test("a function's signal aborts when nothing more is read: at the end, and at a failure", async () => {
  for (const rate of [24_000, 7] as const) {
    const aborted = vi.fn();
    const input = async function* (signal: AbortSignal) {
      signal.addEventListener("abort", aborted);
      yield { samples: new Float32Array(2400), sampleRate: rate };
    };
    const { error } = await readSource(pcm(input));
    expect(error?.code).toBe(rate === 7 ? "not-audio" : undefined);
    expect(aborted).toHaveBeenCalledTimes(1);
  }
});

test("an iterator is returned when it is left, and not when it has ended or failed by itself", async () => {
  const run = async (steps: (() => IteratorResult<Int16Array>)[], leave: boolean): Promise<number> => {
    let returned = 0;
    const iterator = {
      next: async () => steps.shift()?.() ?? { done: true as const, value: undefined },
      return: async () => {
        returned++;
        return { done: true as const, value: undefined };
      },
    };
    const { reader, drop } = await openSource(pcm({ [Symbol.asyncIterator]: () => iterator }, s16));
    await reader.read();
    if (leave) drop();
    await readAll(reader);
    await pause();
    return returned;
  };
  const piece = (): IteratorResult<Int16Array> => ({ done: false, value: sent });
  const failure = (): never => {
    throw new Error("broken");
  };
  expect(await run([piece, piece, piece], true)).toBe(1);
  expect(await run([piece], false)).toBe(0);
  expect(await run([piece, failure], false)).toBe(0);
});

test("a response that comes after the turn was dropped is let go", async () => {
  const cancelled = vi.fn();
  let answer: (response: Response) => void = () => undefined;
  const late = new Promise<Response>((resolve) => {
    answer = resolve;
  });
  const requests = async function* () {
    yield sent;
    yield late;
  };
  const { reader, drop } = await openSource(pcm(requests, s16));
  await reader.read();
  const rest = reader.read();
  await pause();
  drop();
  await expect(rest).rejects.toMatchObject({ name: "AbortError" });
  answer(new Response(new ReadableStream({ cancel: cancelled })));
  await vi.waitFor(() => expect(cancelled).toHaveBeenCalledTimes(1));
});

test("a piece at an impossible rate fails the turn after what came before, and says what to do", async () => {
  const pieces = async function* () {
    yield sent;
    yield { samples: new Float32Array(100), sampleRate: 7 };
  };
  const { samples, error } = await readSource(pcm(pieces, s16));
  expect(samples).toEqual([...sent]);
  expect(error).toMatchObject({ code: "not-audio", remedy: expect.stringContaining("Resample") });
});

test("what is wrong with every piece is said once", async () => {
  const floats = Float32Array.from({ length: 4000 }, (_, n) => 0.3 * Math.sin(n / 9));
  const pieces = async function* () {
    for (let n = 0; n < 5; n++) yield new Response(floats.slice().buffer);
  };
  const { warnings, error } = await readSource(pcm(pieces, s16));
  expect(error).toBeUndefined();
  expect(warnings.map(({ code }) => code)).toEqual(["format-implausible"]);
});
