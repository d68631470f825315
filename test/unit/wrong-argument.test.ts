import { audioFile, pcm, pcmWriter, Replica, type Source } from "tavus-echo";
import { createFakeRoom } from "tavus-echo/fake-room";
import { expect, test } from "vitest";

/** What `Object.prototype.toString` shows of a class that Node does not have. */
const named = (name: string): unknown => ({ [Symbol.toStringTag]: name });

const wanted: readonly [what: string, value: unknown, text: string][] = [
  ["text", "Hello", "speak() takes a Source, not String: use say()."],
  ["a Response", new Response("x"), "speak() takes a Source, not Response: use pcm()."],
  ["a promise of one", Promise.resolve(new Response("x")), "speak() takes a Source, not Promise: use pcm()."],
  ["a buffer", new ArrayBuffer(2), "speak() takes a Source, not ArrayBuffer: use pcm()."],
  ["samples", new Float32Array(2), "speak() takes a Source, not Float32Array: use pcm()."],
  ["a stream of bytes", new ReadableStream(), "speak() takes a Source, not ReadableStream: use pcm()."],
  ["a generator", (async function* () {})(), "speak() takes a Source, not AsyncGenerator: use pcm()."],
  ["a Blob", new Blob(["x"]), "speak() takes a Source, not Blob: use audioFile()."],
  ["a File", named("File"), "speak() takes a Source, not File: use audioFile()."],
  ["an element", named("HTMLVideoElement"), "speak() takes a Source, not HTMLVideoElement: use mediaElement()."],
  ["a MediaStream", named("MediaStream"), "speak() takes a Source, not MediaStream: use mediaStream()."],
  ["a track", named("MediaStreamTrack"), "speak() takes a Source, not MediaStreamTrack: use mediaStream()."],
  ["a node", named("GainNode"), "speak() takes a Source, not GainNode: use audioNode()."],
  ["nothing", undefined, "speak() takes a Source, not Undefined."],
  ["a number", 3, "speak() takes a Source, not Number."],
];

test("speak() with a value that is no source names the function that was meant", async () => {
  const room = await createFakeRoom();
  const replica = new Replica({ transport: room.transport() });
  for (const [what, value, text] of wanted)
    expect(() => replica.speak(value as Source), what).toThrow(new TypeError(text));
  await replica.close();
  room.close();
});

test("sources that were given another's input name that one", () => {
  const file = audioFile as (input: unknown) => Source;
  const bytes = pcm as (input: unknown) => Source;
  const cases: readonly [make: () => unknown, end: string][] = [
    [() => file("/x.mp3"), "not String: use new URL(text, location.href)."],
    [() => file(new Response("x")), "not Response: use pcm()."],
    [() => file(named("HTMLAudioElement")), "not HTMLAudioElement: use mediaElement()."],
    [() => bytes(named("HTMLAudioElement")), "not HTMLAudioElement: use mediaElement()."],
    [() => bytes(named("MediaStream")), "not MediaStream: use mediaStream()."],
    [() => bytes("UklGRg=="), "not String: use the bytes, decoded from base64"],
  ];
  for (const [make, end] of cases) {
    expect(make).toThrow(TypeError);
    expect(make).toThrow(end);
  }
});

test("a writer that is given a Blob names binaryType", () => {
  const write = (value: unknown): unknown =>
    pcmWriter({ encoding: "s16le", sampleRate: 24_000 }).write(value as ArrayBuffer);
  for (const value of [new Blob(["x"]), "UklGRg=="]) {
    expect(() => write(value)).toThrow(TypeError);
    expect(() => write(value)).toThrow('set socket.binaryType = "arraybuffer", decode base64 text first');
  }
});
