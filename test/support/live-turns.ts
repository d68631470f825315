import type { CDPSession, Page } from "@playwright/test";
import type {} from "../browser/harness/harness.js";

/** Each live source, with the page's own context or with one of the library's own, which it makes for every turn. */
export const liveKinds = [
  "audioNode",
  "mediaStream",
  "mediaStream, own context",
  "mediaElement",
  "mediaElement, own context",
  "microphone, own context",
  "microphone, prepared",
  "utterances",
] as const;

/** One of {@link liveKinds}. */
export type LiveKind = (typeof liveKinds)[number];

/** What a page holds, after its garbage was collected: counts of the browser's own, and User Timing entries. */
export interface PageCounts {
  handlers: number;
  processors: number;
  nodes: number;
  listeners: number;
  entries: number;
  /** Objects of the library's classes and of those that its turns make, by a heap snapshot. */
  objects: number;
}

/** Makes `count` turns of a source, one after the other, each read to its end. Runs in the harness; state stays on `window`. */
export async function makeTurns(page: Page, kind: LiveKind, count: number): Promise<void> {
  await page.evaluate(
    async ({ kind, count }) => {
      const { echo, probe } = window.lib;
      const state = window as unknown as Record<string, unknown>;
      const once = <T>(name: string, make: () => T): T => {
        state[name] ??= make();
        return state[name] as T;
      };
      const context = once("liveContext", () => new AudioContext());
      await context.resume();
      const tone = once("liveTone", () => {
        const node = new OscillatorNode(context, { frequency: 440 });
        node.start();
        return node;
      });
      const device = once("liveDevice", () => {
        const node = new MediaStreamAudioDestinationNode(context, { channelCount: 1 });
        tone.connect(node);
        return node;
      });
      const element = once("liveElement", () => {
        const wav = probe.wavOf((time) => 0.3 * Math.sin(2764 * time), 30, 24_000);
        const audio = new Audio(URL.createObjectURL(new Blob([wav], { type: "audio/wav" })));
        audio.loop = true;
        return audio;
      });
      const audio = kind.endsWith("own context") ? undefined : { context };
      const turn = async (source: ReturnType<typeof echo.audioNode>): Promise<void> => {
        const opened = await probe.openSource(source, { audio });
        opened.end();
        const { error } = await opened.result;
        if (error) throw new Error(error.message);
      };
      if (kind === "utterances") {
        const mic = echo.microphone();
        const speaking = new Set<(active: boolean) => void>();
        const detector = {
          subscribe: (listener: (active: boolean) => void) => {
            speaking.add(listener);
            return () => speaking.delete(listener);
          },
        };
        const over = new AbortController();
        await mic.prepare(audio);
        let said = 0;
        const tell = (active: boolean): void => {
          for (const listener of speaking) listener(active);
        };
        const loop = (async () => {
          for await (const source of echo.utterances(mic, { detector, audio, signal: over.signal })) {
            await turn(source);
            said++;
          }
        })();
        while (said < count) {
          const before = said;
          tell(true);
          await new Promise((done) => setTimeout(done, 4));
          tell(false);
          while (said === before) await new Promise((done) => setTimeout(done, 2));
        }
        over.abort();
        await loop;
        await mic.close();
        return;
      }
      const prepared = kind === "microphone, prepared" ? echo.microphone() : undefined;
      await prepared?.prepare(audio);
      for (let n = 0; n < count; n++) {
        if (kind === "audioNode") await turn(echo.audioNode(tone));
        else if (kind.startsWith("mediaStream")) await turn(echo.mediaStream(device.stream));
        else if (kind.startsWith("mediaElement")) await turn(echo.mediaElement(element));
        else await turn(prepared ?? echo.microphone());
      }
      await prepared?.close();
    },
    { kind, count },
  );
  // Contexts that are closed, and processors that leave, take a moment.
  await page.waitForTimeout(1500);
}

/** Names of the library's own classes, as its built files have them, and of what each of its turns makes. */
const ours =
  /^(Tap|Capture|Delivery|MicrophoneSession|UserMicrophone|Utterance|ElementEnd|BorrowedElement|ReadableStream|AbortController)$/;

/** Collects the page's garbage and counts. `cdp` is a session of the page. */
export async function countPage(page: Page, cdp: CDPSession): Promise<PageCounts> {
  await cdp.send("Performance.enable");
  await cdp.send("HeapProfiler.enable");
  for (let n = 0; n < 3; n++) await cdp.send("HeapProfiler.collectGarbage");
  const { metrics } = await cdp.send("Performance.getMetrics");
  const of = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? Number.NaN;
  const parts: string[] = [];
  const collect = ({ chunk }: { chunk: string }): void => void parts.push(chunk);
  cdp.on("HeapProfiler.addHeapSnapshotChunk", collect);
  await cdp.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  cdp.off("HeapProfiler.addHeapSnapshotChunk", collect);
  return {
    handlers: of("AudioHandlers"),
    processors: of("AudioWorkletProcessors"),
    nodes: of("Nodes"),
    listeners: of("JSEventListeners"),
    entries: await page.evaluate(() => performance.getEntriesByType("measure").length),
    objects: objectsIn(parts.join("")),
  };
}

/** How many objects of {@link ours} a heap snapshot has. */
function objectsIn(snapshot: string): number {
  const {
    nodes,
    strings,
    snapshot: about,
  } = JSON.parse(snapshot) as {
    nodes: number[];
    strings: string[];
    snapshot: { meta: { node_fields: string[]; node_types: [string[]] } };
  };
  const { node_fields: fields, node_types: types } = about.meta;
  const type = fields.indexOf("type");
  const name = fields.indexOf("name");
  let count = 0;
  for (let at = 0; at < nodes.length; at += fields.length)
    if (types[0][nodes[at + type]] === "object" && ours.test(strings[nodes[at + name]])) count++;
  return count;
}
