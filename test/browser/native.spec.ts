import { expect, test } from "@playwright/test";
import { openHarness } from "../support/open-harness.js";

test("nodes, contexts and elements of an iframe are native: their sound is captured", async ({ page }) => {
  await openHarness(page);
  const heard = await page.evaluate(async () => {
    const { echo, probe } = window.lib;
    const frame = document.createElement("iframe");
    document.body.append(frame);
    const inner = frame.contentWindow as Window & typeof globalThis;
    const context = new inner.AudioContext();
    await context.resume();
    const oscillator = new inner.OscillatorNode(context, { frequency: 440 });
    const level = new inner.GainNode(context, { gain: 0.3 });
    const destination = new inner.MediaStreamAudioDestinationNode(context);
    oscillator.connect(level).connect(destination);
    oscillator.start();
    const wav = probe.wavOf((time) => 0.3 * Math.sin(2 * Math.PI * 440 * time), 1, 24_000);
    const element = inner.document.createElement("audio");
    element.src = URL.createObjectURL(new Blob([wav], { type: "audio/wav" }));
    const shown = inner.document.createElement("audio");
    shown.srcObject = destination.stream;
    const sources = [
      echo.audioNode(level),
      echo.mediaStream(destination.stream),
      echo.mediaStream(destination.stream.getAudioTracks()[0]),
      echo.mediaElement(element),
      echo.mediaElement(shown),
    ];
    const shares = [];
    for (const source of sources) {
      const turn = await probe.openSource(source);
      await turn.arrived(19_200);
      turn.end();
      const { pcm, error } = await turn.result;
      shares.push(error ? error.message : probe.toneShare(pcm.subarray(9600, 19_200), 440, 24_000) > 0.95);
    }
    new echo.Replica({
      transport: { send() {}, subscribe: () => () => {}, maxMessageLength: 4096 },
      audio: { context },
    }).close();
    return shares;
  });
  expect(heard).toEqual(Array(5).fill(true));
});

test("what is not native is refused at the call, and the text names the right door", async ({ page }) => {
  await openHarness(page);
  const texts = await page.evaluate(() => {
    const { echo } = window.lib;
    const context = new AudioContext();
    const node = new GainNode(context);
    const wrapper = {
      connect: () => undefined,
      context: { sampleRate: 48_000, currentTime: 0, state: "running" },
      numberOfOutputs: 1,
    };
    const transport = { send() {}, subscribe: () => () => {}, maxMessageLength: 4096 };
    const of = (call: () => unknown): string => {
      try {
        call();
        return "accepted";
      } catch (error) {
        return `${(error as Error).name}: ${(error as Error).message}`;
      }
    };
    const wrong = (value: unknown) => value as never;
    const toneBuffer = { get: () => new AudioBuffer({ length: 1, sampleRate: 8000 }), duration: 1 };
    return {
      wrapper: of(() => echo.audioNode(wrong(wrapper))),
      copy: of(() => echo.audioNode(wrong(Object.create(node)))),
      proxy: of(() => echo.audioNode(wrong(new Proxy(node, {})))),
      context: of(() => new echo.Replica({ transport, audio: { context: wrong(wrapper.context) } })),
      offline: of(
        () => new echo.Replica({ transport, audio: { context: wrong(new OfflineAudioContext(1, 1, 8000)) } }),
      ),
      number: of(() => new echo.Replica({ transport, audio: wrong(5) })),
      limit: of(() => new echo.Replica({ transport, audio: { loadTimeoutSeconds: wrong("20") } })),
      url: of(() => new echo.Replica({ transport, audio: { wasmUrl: wrong(5) } })),
      utterances: of(() => echo.utterances(echo.microphone(), { audio: { context: wrong(wrapper.context) } })),
      preRoll: of(() => echo.microphone({ preRollSeconds: wrong("0.2") })),
      nodeOfNull: of(() => echo.audioNode(wrong(null))),
      nodeOfBuffer: of(() => echo.audioNode(wrong(toneBuffer))),
      nodeOfAudioBuffer: of(() => echo.audioNode(wrong(toneBuffer.get()))),
      nodeOfElement: of(() => echo.audioNode(wrong(new Audio()))),
      elementOfNull: of(() => echo.mediaElement(wrong(null))),
      elementOfDataUrl: of(() => echo.mediaElement(wrong("data:audio/wav;base64,UklGRg=="))),
      elementOfUrl: of(() => echo.mediaElement(wrong("https://example.com/a.mp3"))),
      elementOfPlayer: of(() => echo.mediaElement(wrong({ getGainNode: () => node, play() {} }))),
      elementOfStream: of(() => echo.mediaElement(wrong(new MediaStream()))),
      elementOfNode: of(() => echo.mediaElement(wrong(node))),
      streamOfBlob: of(() => echo.mediaStream(wrong(new Blob([])))),
      fileOfDataUrl: of(() => echo.audioFile(wrong("data:audio/wav;base64,UklGRg=="))),
      fileOfBuffer: of(() => echo.audioFile(wrong(toneBuffer))),
      native: of(() => echo.audioNode(node)),
    };
  });
  for (const name of ["wrapper", "copy", "proxy", "context", "offline", "utterances"] as const) {
    expect(texts[name], name).toMatch(/^TypeError: .*native/);
    expect(texts[name], name).toContain("Tone.setContext(new AudioContext())");
    expect(texts[name], name).toContain("MediaStreamDestination");
  }
  expect(texts.context).toContain("audio.context");
  expect(texts.number).toBe("TypeError: The option audio must be an object.");
  expect(texts.limit).toBe("TypeError: The option audio.loadTimeoutSeconds must be a number above 0.");
  expect(texts.url).toContain("The option audio.wasmUrl must be a");
  expect(texts.preRoll).toMatch(/^RangeError: preRollSeconds/);
  const doors = {
    nodeOfNull: "masterGain",
    nodeOfBuffer: "audioFile(buffer.get())",
    nodeOfAudioBuffer: "pcm()",
    nodeOfElement: "mediaElement()",
    elementOfNull: "html5: true",
    elementOfDataUrl: "new URL(text, location.href)",
    elementOfUrl: "audioFile(new URL(text, location.href))",
    elementOfPlayer: "audioNode(player.getGainNode())",
    elementOfStream: "mediaStream()",
    elementOfNode: "audioNode()",
    streamOfBlob: "audioFile()",
    fileOfDataUrl: "new URL(text, location.href)",
    fileOfBuffer: "audioFile(buffer.get())",
  };
  for (const [name, door] of Object.entries(doors)) {
    expect(texts[name as keyof typeof doors], name).toMatch(/^TypeError: /);
    expect(texts[name as keyof typeof doors], name).toContain(door);
  }
  expect(texts.native).toBe("accepted");
});
