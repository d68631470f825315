import { expect, test } from "vitest";
import { base64Bytes, hexBytes } from "../../src/decode/base64-bytes.js";
import { EventSplitter } from "../../src/decode/event-stream.js";
import { valuesAt } from "../../src/decode/field-path.js";
import { JsonSplitter } from "../../src/decode/json-splitter.js";
import { pcm } from "../../src/source/pcm.js";
import { pcmWriter } from "../../src/source/pcm-writer.js";
import { cut } from "../support/cut.js";
import { readSource } from "../support/open-source.js";
import { noisePcm } from "../support/pcm-source.js";
import { pseudoRandom } from "../support/pseudo-random.js";
import { monoWav } from "../support/wav-writer.js";

// Audio as base64 or hexadecimal text inside of JSON, JSON lines and server-sent events.

const s16 = { encoding: "s16le", sampleRate: 24_000 } as const;
const sent = noisePcm(2500, 1);
const bytes = Buffer.from(sent.slice().buffer);

/** The bytes in records of odd sizes, so that samples are cut. */
function pieces(): Buffer[] {
  const sizes = [1, 333, 2, 777, 1097, 3, 1201];
  const cuts: Buffer[] = [];
  for (let at = 0, n = 0; at < bytes.length; n++) {
    cuts.push(bytes.subarray(at, at + (sizes[n % sizes.length] as number)));
    at += sizes[n % sizes.length] as number;
  }
  return cuts;
}

const json = (make: (audio: string) => unknown, as: BufferEncoding = "base64"): string[] =>
  pieces().map((piece) => JSON.stringify(make(piece.toString(as))));

/** What services send, by the field that holds the audio: as one text. */
const forms: Record<string, { field: string; text: string }> = {
  "one JSON value": { field: "audioContent", text: JSON.stringify({ audioContent: bytes.toString("base64") }) },
  "pretty JSON": {
    field: "audio",
    text: JSON.stringify({ note: "é 😀 \\" }, null, 2).replace("}", `, "audio": "${bytes.toString("base64")}" }`),
  },
  "JSON lines": {
    field: "audio_base64",
    text: json((audio) => ({ audio_base64: audio, alignment: { characters: ["a", "}"] } })).join("\n"),
  },
  "JSON without anything between": { field: "audio", text: json((audio) => ({ audio })).join("") },
  "JSON text sequences": {
    field: "audio",
    text: json((audio) => ({ audio }))
      .map((one) => `\x1e${one}\n`)
      .join(""),
  },
  "an array": {
    field: "result.audioContent",
    text: `[${json((audio) => ({ result: { audioContent: audio } })).join(",\r\n")}\n]\n`,
  },
  events: {
    field: "delta",
    text: `${json((audio) => ({ type: "speech.audio.delta", delta: audio }))
      .map((one) => `event: x\ndata: ${one}\n\n`)
      .join("")}data: [DONE]\n\n`,
  },
  "events with CRLF, comments and ids": {
    field: "audio",
    text: json((audio) => ({ audio }))
      .map((one, n) => `: é\r\nid: ${n}\r\ndata:${one}\r\n\r\n`)
      .join(""),
  },
  "events over two lines": {
    field: "audio",
    text: json((audio) => ({ a: 1, audio }))
      .map((one) => `data: ${one.replace(',"audio"', '\ndata: ,"audio"')}\n\n`)
      .join(""),
  },
  "an event that no empty line ends": {
    field: "audio",
    text: `data: ${JSON.stringify({ audio: bytes.toString("base64") })}`,
  },
  "URL-safe base64": { field: "audio", text: json((audio) => ({ audio }), "base64url").join("\n") },
  "base64 in lines of 76": {
    field: "audio",
    text: JSON.stringify({ audio: bytes.toString("base64").replace(/.{76}/g, "$&\r\n") }),
  },
  hexadecimal: { field: "data.audio", text: JSON.stringify({ data: { audio: bytes.toString("hex") } }) },
  "a data URL": {
    field: "audio",
    text: JSON.stringify({ audio: `data:audio/pcm;base64,${bytes.toString("base64")}` }),
  },
  "nested lists": {
    field: "candidates[0].content.parts.inlineData.data",
    text: json((data) => ({ candidates: [{ content: { parts: [{ text: "x" }, { inlineData: { data } }] } }] })).join(
      "\n",
    ),
  },
  "a list of texts": {
    field: "audios",
    text: JSON.stringify({ audios: pieces().map((piece) => piece.toString("base64")) }),
  },
  "Buffers as JSON makes them": { field: "audio", text: JSON.stringify({ audio: bytes }) },
  "a WAV inside": {
    field: "audioContent",
    text: JSON.stringify({ audioContent: Buffer.from(monoWav(sent, 24_000)).toString("base64") }),
  },
  "values without the field between": {
    field: "audio",
    text: json((audio) => ({ audio }))
      .map((one) => `{"type":"meta","error":null}\n${one}\n{"audio":null}\n`)
      .join(""),
  },
};

for (const [name, { field, text }] of Object.entries(forms))
  test(`${name}: the samples arrive bit by bit, however the text is cut`, async () => {
    const encoded = new Uint8Array(Buffer.from(text));
    const ways: Record<string, () => Parameters<typeof pcm>[0]> = {
      "a response": () => new Response(encoded, { headers: { "content-type": "application/json" } }),
      "a response of events": () => new Response(encoded, { headers: { "content-type": "text/event-stream" } }),
      bytes: () => encoded,
      text: () => text as never,
    };
    for (let seed = 1; seed < 4; seed++)
      ways[`cut, seed ${seed}`] = () =>
        async function* () {
          yield* cut(encoded, pseudoRandom(seed));
        };
    for (const [way, make] of Object.entries(ways)) {
      const { samples, error, warnings } = await readSource(pcm(make(), { ...s16, field }));
      expect(error, way).toBeUndefined();
      expect(samples.length, way).toBe(sent.length);
      expect(samples, way).toEqual([...sent]);
      expect(warnings, way).toEqual([]);
    }
  });

test("values that somebody parsed, and texts of a socket, give the same", async () => {
  const values = async function* () {
    for (const one of json((audio) => ({ message: { audio } }))) yield JSON.parse(one);
  };
  expect((await readSource(pcm(values, { ...s16, field: "message.audio" }))).samples).toEqual([...sent]);
  const texts = async function* () {
    yield* json((audio) => ({ audio }));
  };
  expect((await readSource(pcm(texts, { ...s16, field: "audio" }))).samples).toEqual([...sent]);
  const writer = pcmWriter({ ...s16, field: "audio" });
  for (const one of json((audio) => ({ audio, isFinal: null }))) void writer.write(one);
  void writer.write('{"isFinal":true}');
  writer.end();
  expect((await readSource(writer)).samples).toEqual([...sent]);
});

test("a header inside needs no encoding, and lists of samples in JSON are samples", async () => {
  const wav = JSON.stringify({ audio: Buffer.from(monoWav(sent, 24_000)).toString("base64") });
  expect((await readSource(pcm(wav, { field: "audio" }))).samples).toEqual([...sent]);
  const list = JSON.stringify({ audio: [...sent] });
  expect((await readSource(pcm(list, { ...s16, field: "audio" }))).samples).toEqual([...sent]);
});

test.each([
  ["no value has the field", '{"other":1}\n{"more":2}', "not-audio", '{\\"other\\":1}'],
  ["the service reports an error", '{"error":{"message":"quota"}}', "not-audio", "quota"],
  ["the text is no JSON", "<html>", "not-audio", "no JSON"],
  ["the text is empty", "", "not-audio", "empty"],
  ["the field is no base64", '{"audio":"AA*A"}', "not-audio", "base64"],
  ["the base64 is cut off", '{"audio":"AAAAA"}', "not-audio", "cut off"],
  ["the text breaks off", '{"audio":"AAAA"}\n{"audio":"AA', "source-failed", "cut off"],
  ["an error comes after some audio", '{"audio":"AAAA"}\n{"type":"error","reason":"busy"}', "source-failed", "busy"],
])("%s: the turn fails and says so", async (_name, text, code, says) => {
  const { error } = await readSource(pcm(text, { ...s16, field: "audio" }));
  expect(error).toMatchObject({ name: "EchoError", code });
  expect(JSON.stringify(error?.message)).toContain(says);
});

test("the declaration is checked at the call", () => {
  expect(() => pcm("{}", { ...s16, field: "" })).toThrow(/field/);
  expect(() => pcm("{}", { ...s16, field: "audio", text: "base32" as never })).toThrow(/hex/);
  expect(() => pcm("{}", { field: "audio", encoding: "s24le" as never })).toThrow(/encoding/);
  expect(() => pcmWriter(s16).write("{}")).toThrow(/name the field/);
});

test("base64 of every length, padded or not, in either alphabet, several in a row; and hexadecimal", () => {
  for (let length = 0; length < 70; length++) {
    const given = bytes.subarray(length, 2 * length);
    for (const written of [
      given.toString("base64"),
      given.toString("base64url"),
      given.toString("base64").replace(/=/g, ""),
    ])
      expect(Buffer.from(base64Bytes(written))).toEqual(given);
    expect(Buffer.from(hexBytes(given.toString("hex").toUpperCase()))).toEqual(given);
    const twice = given.toString("base64") + given.toString("base64");
    if (twice.includes("=")) expect(Buffer.from(base64Bytes(twice))).toEqual(Buffer.concat([given, given]));
  }
  for (const wrong of ["A", "AAAAA", "AA.A", "é"]) expect(() => base64Bytes(wrong)).toThrow(SyntaxError);
  for (const wrong of ["0", "0g"]) expect(() => hexBytes(wrong)).toThrow(SyntaxError);
});

test("silence in base64 is not taken for hexadecimal", async () => {
  const silence = JSON.stringify({ audio: Buffer.alloc(960).toString("base64") });
  expect((await readSource(pcm(silence, { ...s16, field: "audio" }))).samples).toEqual(new Array(480).fill(0));
});

test("JSON values of any form are found in a row, cut at every place", () => {
  const values: unknown[] = [{ a: ["}", '\\"'] }, { b: { c: [1, [2]] } }, {}, { d: "\u2028,[" }];
  const text = values.map((value) => JSON.stringify(value)).join(" \n");
  for (let at = 0; at <= text.length; at++) {
    const splitter = new JsonSplitter();
    expect([...splitter.push(text.slice(0, at)), ...splitter.push(text.slice(at)), ...splitter.end()]).toEqual(values);
  }
  for (const [wrong, push] of [
    ["{]", true],
    ["{", false],
    ['"a', false],
  ] as const)
    expect(() => {
      const splitter = new JsonSplitter();
      splitter.push(wrong);
      if (!push) splitter.end();
    }).toThrow(SyntaxError);
});

test("events are found as the standard says, cut at every place", () => {
  const text = ":c\r\ndata: a\r\ndata\r\ndata:b\r\n\r\nevent: x\n\ndata:  c\rid: 1\r\rdata: d";
  for (let at = 0; at <= text.length; at++) {
    const splitter = new EventSplitter();
    expect(
      [...splitter.push(text.slice(0, at)), ...splitter.push(text.slice(at)), ...splitter.end()],
      `cut at ${at}`,
    ).toEqual(["a\n\nb", " c", "d"]);
  }
});

test("a path leads through names, indexes and lists, and past what is missing", () => {
  const value = { a: [{ b: 1 }, { b: null }, { c: 2 }, { b: [3, 4] }] };
  expect(valuesAt(value, "a.b")).toEqual([1, [3, 4]]);
  expect(valuesAt(value, "a[3].b[1]")).toEqual([4]);
  expect(valuesAt(value, "a[*].c")).toEqual([2]);
  expect(valuesAt(value, "a.b.x")).toEqual([]);
  expect(valuesAt(value, "toString")).toEqual([]);
  expect(valuesAt(null, "a")).toEqual([]);
});
