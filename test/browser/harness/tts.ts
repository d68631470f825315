import { pcm, VirtualClock } from "tavus-echo";
import { synthesise, synthRate } from "../../../demo/synth.js";
import { dailyRoom } from "./daily-room.js";

/** What came of one synthesised text. */
export interface SpokenText {
  /** Milliseconds of wall-clock time from the synthesiser's first chunk to the first message's leaving. */
  firstMessageMs: number;
  /** The replica's virtual time that passed meanwhile: 0 means that no timer was waited for. */
  virtualSeconds: number;
  /** Chunks that had been given when it left, and all that were. */
  chunksBefore: number;
  chunks: number;
  outcome: string;
  /** The synthesiser's own samples, and what the replica heard. */
  made: number[];
  heard: number[];
}

/**
 * Speaks `text` by eSpeak NG in a worker, through `pcm()`, the real daily-js and the fake room. With a `virtual` clock
 * the replica's time stands still, and the synthesiser is held after its first chunk, until the first message has left.
 */
export async function speakText(text: string, virtual: boolean): Promise<SpokenText> {
  const clock = new VirtualClock();
  const { replica, room, echoes, close } = await dailyRoom(virtual ? { replica: { clock } } : {});
  const turnOver = new AbortController();
  const tick = () => new Promise((resolve) => setTimeout(resolve, 10));
  const made: number[] = [];
  let chunks = 0;
  let firstChunkAt = 0;
  let sent: () => void = () => undefined;
  const firstSent = new Promise<void>((resolve) => {
    sent = resolve;
  });
  const speech = async function* () {
    const reader = synthesise(text, "en-us").getReader();
    for (let read = await reader.read(); !read.done; read = await reader.read()) {
      if (virtual && chunks > 0) await firstSent;
      chunks++;
      made.push(...new Int16Array(read.value.buffer));
      firstChunkAt ||= performance.now();
      yield read.value;
    }
  };
  try {
    while (replica.state !== "ready") {
      if (virtual) await clock.advance(0.01);
      await tick();
    }
    const began = clock.now();
    const turn = replica.speak(pcm(speech, { encoding: "s16le", sampleRate: synthRate }));
    void turn.outcome.then(() => turnOver.abort());
    // Every macrotask: a message is noticed at once, and nothing waits for a timer of the replica's.
    const channel = new MessageChannel();
    await new Promise<void>((resolve) => {
      channel.port1.onmessage = () => {
        if (echoes().length > 0 || turnOver.signal.aborted) resolve();
        else channel.port2.postMessage(0);
      };
      channel.port2.postMessage(0);
    });
    const firstMessageMs = performance.now() - firstChunkAt;
    const virtualSeconds = clock.now() - began;
    const chunksBefore = chunks;
    sent();
    while (!turnOver.signal.aborted) {
      // Faster than the wall clock, by which the room plays.
      if (virtual) await clock.advance(0.05);
      await tick();
    }
    const { type } = await turn.outcome;
    const [turnHeard] = await room.turns();
    return {
      firstMessageMs,
      virtualSeconds,
      chunksBefore,
      chunks,
      outcome: type,
      made,
      heard: Array.from(turnHeard?.pcm ?? []),
    };
  } finally {
    await close();
  }
}
