import { readFileSync } from "node:fs";
import { afterEach, expect, test, vi } from "vitest";
import { pcm } from "../../src/source/pcm.js";
import { openSource } from "../support/open-source.js";

const wasm = readFileSync("build/encoder.wasm");
const fetched: string[] = [];

/** A page whose files come from `answer`; each file has an address of its own, because loads are kept. */
function serve(answer: () => Response): { workletUrl: string; wasmUrl: string } {
  vi.stubGlobal("fetch", async (url: string) => {
    fetched.push(url);
    return answer();
  });
  const unique = `https://files.test/${Math.random()}`;
  return { workletUrl: `${unique}.js`, wasmUrl: `${unique}.wasm` };
}

afterEach(() => {
  vi.unstubAllGlobals();
  fetched.length = 0;
});

test("the encoder is loaded while the first bytes are on their way", async () => {
  const audio = serve(() => new Response(wasm));
  let give = (_: Uint8Array): void => undefined;
  const bytes = new Promise<Uint8Array>((resolve) => {
    give = resolve;
  });
  const source = pcm(() => bytes, { encoding: "s16le", sampleRate: 22_050 });
  const { reader } = await openSource(source, { audio });
  const first = reader.read();
  expect(fetched).toEqual([audio.wasmUrl]);
  give(new Uint8Array(22_050));
  expect((await first).value?.length).toBeGreaterThan(1000);
  expect(fetched).toEqual([audio.wasmUrl]);
});

test("what is passed on untouched loads nothing", async () => {
  const audio = serve(() => new Response(wasm));
  const source = pcm(new Uint8Array(4_800), { encoding: "s16le", sampleRate: 24_000 });
  const { reader } = await openSource(source, { audio });
  expect((await reader.read()).value).toEqual(new Int16Array(2_400));
  expect(fetched).toEqual([]);
});

test("a load that fails is told where the encoder is needed, after a second try", async () => {
  const audio = serve(() => new Response("", { status: 404 }));
  const source = pcm(new Uint8Array(4_410), { encoding: "s16le", sampleRate: 22_050 });
  const { reader } = await openSource(source, { audio });
  await new Promise((resolve) => setTimeout(resolve));
  await expect(reader.read()).rejects.toMatchObject({ code: "worklet-failed" });
  expect(fetched).toEqual([audio.wasmUrl, audio.wasmUrl]);
});

test("a server that answers the app's page in place of the wasm is told apart from one that serves another version", async () => {
  for (const [body, says] of [
    ["<!doctype html><title>App</title>", "text/html"],
    ["\0asm\x01\0\0\0", "not this version's"],
  ] as const) {
    const audio = serve(() => new Response(body));
    const { reader } = await openSource(pcm(new Uint8Array(4_410), { encoding: "s16le", sampleRate: 22_050 }), {
      audio,
    });
    await expect(reader.read()).rejects.toMatchObject({
      code: "worklet-failed",
      message: expect.stringContaining(says),
      remedy: expect.stringContaining("audio.wasmUrl"),
    });
  }
});
